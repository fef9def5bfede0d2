"""A task on its whole way: reported, closed after its public notice, filed, reopened."""

import unittest

from suite import Suite, postgres, run_tests, wait_for

from api import Refused

DAY = 24 * 60 * 60
TESTS = {"measuresDone": True, "violationsDealtWith": True, "effectMeetsStandard": True,
         "sameKindRectified": True, "mechanismInPlace": True}


class Closure(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Suite(postgres(), test_clock=True))
        duties = {duty.upper(): cls.suite.token("UNIT", unit=duty, hours=720)
                  for duty in ("lead", "guide", "judge")}
        roles = {role: cls.suite.token(role, hours=720)
                 for role in ("OFFICE", "PUBLISHER", "SUPERIOR")}
        cls.api = cls.suite.api(**duties, **roles)
        cls.addClassCleanup(cls.api.close)
        for unit in ("lead", "guide", "judge"):
            cls.api.call("OFFICE", "POST", "/v1/units",
                         {"id": unit, "name": unit, "region": "210400"})

    def step(self, role, verb, **body):
        return self.api.call(role, "POST", f"/v1/tasks/t1:{verb}", body)

    def state(self):
        return self.api.call("OFFICE", "GET", "/v1/tasks/t1")["closure"]["state"]

    def test_a_task_is_closed_by_its_notice(self):
        self.api.call("OFFICE", "POST", "/v1/tasks", {
            "id": "t1", "region": "210400", "source": "SELF_FOUND", "number": "1",
            "title": "演武垃圾填埋场渗滤液收集", "leadUnitId": "lead",
            "supervisingUnitId": "guide", "acceptingUnitId": "judge", "dueDay": "2099-12-31",
            "measures": [{"text": "建成收集池", "dueDay": "2099-12-31"}]})
        self.assertRaisesRegex(Refused, "MEASURES_OPEN|measure", self.step, "LEAD", "selfCheck",
                               tests=TESTS)
        self.api.call("LEAD", "PATCH", "/v1/tasks/t1", {"measures": [
            {"text": "建成收集池", "dueDay": "2099-12-31", "state": "DONE",
             "doneDay": "2026-01-31"}]})
        self.step("GUIDE", "confirmProgress", state="DONE", doneDay="2026-02-01")
        self.step("LEAD", "selfCheck", tests=TESTS)
        self.step("LEAD", "apply")
        self.step("GUIDE", "inspect", tests=TESTS)
        self.assertEqual(self.step("JUDGE", "review", tests=TESTS)["closure"]["state"], "REVIEWED")

        notices = wait_for("publications opens the notice", lambda: self.api.call(
            "OFFICE", "GET", "/v1/publications?kind=TASK_CLOSURE").get("publications"))
        notice = f"/v1/publications/{notices[0]['id']}"
        self.assertEqual(notices[0]["taskId"], "t1")
        if "freeze" in notices[0]["allowedActions"]:
            self.api.call("OFFICE", "POST", f"{notice}:freeze", {})
        self.api.call("OFFICE", "POST", f"{notice}:submit", {})
        self.api.call("PUBLISHER", "POST", f"{notice}:approve", {})
        self.api.call("PUBLISHER", "POST", f"{notice}:startNotice", {})
        wait_for("the task is on notice", lambda: self.state() == "ON_NOTICE")
        public = self.api.call(None, "GET", f"/v1/public/publications/{notices[0]['id']}")
        self.assertEqual(public["state"], "ON_NOTICE")

        self.suite.move_clock(9 * DAY)
        wait_for("the task is closed", lambda: self.state() == "CLOSED")
        filed = self.step("SUPERIOR", "file", documentNumber="辽督改备〔2026〕1号")
        self.assertEqual(filed["closure"]["state"], "FILED")
        self.assertEqual([s["action"] for s in filed["closure"]["history"]],
                         ["selfCheck", "apply", "inspect", "review", "startNotice", "close", "file"])
        again = self.step("OFFICE", "reopen", reason="回头看发现收集池停用")
        self.assertEqual((again["closure"]["state"], again["closure"]["round"]), ("NONE", 2))


if __name__ == "__main__":
    run_tests()
