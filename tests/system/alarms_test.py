"""Alarms, verdicts and rebounds over the whole suite: what is measured reaches the closed task."""

import datetime
import time
import unittest

from suite import Suite, postgres, run_tests, wait_for

from api import Refused

REGION = "210400"
ZONE = datetime.timezone(datetime.timedelta(hours=8))
POINT = {"lng": 123.9, "lat": 41.9}


def utc(moment):
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Alarms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Suite(postgres()))
        duties = {f"U-{unit}": cls.suite.token("UNIT", unit=unit)
                  for unit in ("lead", "guide", "judge", "village")}
        both = cls.suite.token("MONITOR,UNIT", unit="village")
        elsewhere = cls.suite.token("MONITOR", region="210500")
        cls.api = cls.suite.api(BOTH=both, ELSEWHERE=elsewhere, **duties)
        cls.addClassCleanup(cls.api.close)
        for unit in ("lead", "guide", "judge", "village"):
            cls.api.call("OFFICE", "POST", "/v1/units",
                         {"id": unit, "name": unit, "region": REGION})
        cls.now = datetime.datetime.now(ZONE)
        cls.api.call("MONITOR", "POST", "/v1/sites",
                     {"id": "station", "region": "210411", "name": "顺城站", "kind": "AIR_STATION",
                      "point": POINT})

    def closed_task(self, number, **more):
        self.api.call("OFFICE", "POST", "/v1/tasks", {
            "id": number, "region": REGION, "source": "SELF_FOUND", "number": number,
            "title": number, "leadUnitId": "lead", "supervisingUnitId": "guide",
            "acceptingUnitId": "judge", "dueDay": "2024-01-01", "startDay": "2023-01-01",
            "origin": {"historical": True},
            "progress": {"confirmed": "DONE", "doneDay": "2023-12-01"},
            "closure": {"round": 1, "state": "CLOSED"}, **more})

    def task(self, number):
        return self.api.call("OFFICE", "GET", f"/v1/tasks/{number}")

    def rebounds(self, number):
        return self.task(number).get("rebounds", [])

    def step(self, role, alarm, verb, **body):
        return self.api.call(role, "POST", f"/v1/alarms/{alarm}:{verb}", body)

    def refused(self, code, *call, **body):
        with self.assertRaises(Refused) as refused:
            call[0](*call[1:], **body)
        self.assertEqual(refused.exception.code, code)
        return refused.exception

    def test_a_straw_fire_is_confirmed_handled_and_held_against_the_closed_task_beside_it(self):
        self.closed_task("pool", points=[{"name": "收集池", "point": POINT}])
        fire = {"region": "210411", "kind": "STRAW_FIRE", "source": "straw-video",
                "sourceId": "f-1", "time": utc(self.now), "place": "村北",
                "point": {"lng": 123.905, "lat": 41.9}, "unitId": "village",
                "pictureSha256": "0" * 64}
        alarm = self.api.call("MONITOR", "POST", "/v1/alarms", fire)
        self.assertEqual((alarm["state"], alarm["episodeNumber"]), ("RAISED", 1))
        again = self.api.call("MONITOR", "POST", "/v1/alarms", fire)
        self.assertEqual(again["id"], alarm["id"])
        raising = (self.api.call, "MONITOR", "POST", "/v1/alarms")
        taken = self.refused("ALREADY_EXISTS", *raising, {**fire, "place": "村南"})
        self.assertIn("SOURCE_ID_TAKEN", taken.details)
        nowhere = {k: v for k, v in fire.items() if k != "point"}
        self.refused("INVALID_ARGUMENT", *raising, {**nowhere, "sourceId": "f-2"})
        tomorrow = utc(self.now + datetime.timedelta(days=1))
        self.refused("INVALID_ARGUMENT", *raising, {**fire, "sourceId": "f-2", "time": tomorrow})
        self.refused("PERMISSION_DENIED", self.api.call, "ELSEWHERE", "POST", "/v1/alarms",
                     {**fire, "sourceId": "f-2"})

        self.refused("PERMISSION_DENIED", self.step, "U-village", alarm["id"], "confirm")
        self.refused("PERMISSION_DENIED", self.step, "BOTH", alarm["id"], "confirm")
        self.refused("PERMISSION_DENIED", self.step, "ELSEWHERE", alarm["id"], "confirm")
        self.assertEqual(self.rebounds("pool"), [])
        self.assertEqual(self.step("MONITOR", alarm["id"], "confirm")["state"], "CONFIRMED")
        self.refused("PERMISSION_DENIED", self.step, "U-lead", alarm["id"], "handle", note="x")
        mine = self.api.call("U-village", "GET", f"/v1/alarms/{alarm['id']}")
        self.assertEqual(mine["allowedActions"], ["handle"])
        handled = self.step("U-village", alarm["id"], "handle", note="已扑灭")
        self.assertEqual(handled["state"], "HANDLED")

        raised = wait_for("the closed task is flagged", lambda: self.rebounds("pool"))
        self.assertEqual([(r["cause"], r["record"], r["state"]) for r in raised],
                         [("ALARM_NEARBY", f"alarms/{alarm['id']}", "OPEN")])
        self.assertEqual(self.task("pool")["closure"]["state"], "CLOSED")

    def test_an_exceedance_raises_an_alarm_within_a_second(self):
        self.api.call("MONITOR", "POST", "/v1/alarmRules", {
            "id": "high", "region": REGION, "kind": "STATION_EXCEEDANCE", "unitId": "village",
            "threshold": {"factor": "PM2_5", "length": "INSTANT", "comparator": "ABOVE",
                          "value": "75", "unit": "μg/m³"}})
        start = (self.now - datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
        self.api.call("MONITOR", "POST", "/v1/observations:batchCreate", {"observations": [
            {"siteId": "station", "factor": "PM2_5", "length": "INSTANT", "start": start,
             "value": "75.1", "unit": "μg/m³"}]})
        sent = time.monotonic()
        path = "/v1/alarms?siteId=station&state=RAISED"
        alarms = wait_for("the alarm", lambda: self.api.call("MONITOR", "GET", path).get("alarms"))
        print(f"arrival to alarm: {(time.monotonic() - sent) * 1000:.0f} ms")
        self.assertEqual([(a["value"], a["threshold"], a["unitId"]) for a in alarms],
                         [("75.1", "> 75 μg/m³", "village")])
        # A service that is killed and comes back raises nothing twice and loses nothing.
        self.suite.kill("indicators")
        self.suite.start("indicators")
        self.suite.wait_healthy()
        self.api.call("MONITOR", "POST", "/v1/observations:batchCreate", {"observations": [
            {"siteId": "station", "factor": "PM2_5", "length": "INSTANT",
             "start": (self.now - datetime.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"),
             "value": "76", "unit": "μg/m³"}]})
        wait_for("the second alarm", lambda: len(
            self.api.call("MONITOR", "GET", path).get("alarms", [])) == 2)

    def test_a_correction_that_turns_a_verdict_flags_the_closed_task(self):
        self.api.call("OFFICE", "POST", "/v1/indicators", {
            "id": "capacity", "region": REGION, "name": "处理能力", "unit": "吨/日",
            "kind": "GAUGE", "targets": [{"comparator": "AT_LEAST", "value": "1000",
                                          "unit": "吨/日"}]})
        observation = {"indicatorId": "capacity", "factor": "value", "length": "INSTANT",
                       "start": "2024-01-01", "value": "1200", "unit": "吨/日"}
        record = ("MONITOR", "POST", "/v1/observations:batchCreate")
        self.api.call(*record, {"observations": [observation]})
        verdict = lambda: self.api.call("OFFICE", "GET", "/v1/verdicts/capacity")  # noqa: E731
        wait_for("the verdict", lambda: self.api.call(
            "OFFICE", "GET", "/v1/verdicts?verdict=MET").get("verdicts"))
        self.closed_task("plant", targets=[{
            "indicatorId": "capacity", "comparator": "AT_LEAST", "value": "1100", "unit": "吨/日",
            "byDay": "2023-12-31"}])
        # The indicator's own target is still met, the task's is not.
        self.api.call(*record, {"observations": [{**observation, "value": "1050",
                                                  "note": "抄录错误"}]})
        raised = wait_for("the closed task is flagged", lambda: self.rebounds("plant"))
        self.assertEqual([(r["cause"], r["record"], r["value"]) for r in raised],
                         [("TARGET_NOT_MET", "indicators/capacity", "1050")])
        self.assertEqual(verdict()["verdict"], "MET")
        self.api.call(*record, {"observations": [{**observation, "value": "900",
                                                  "note": "抄录错误"}]})
        turned = wait_for("the verdict turns", lambda: (
            lambda v: v if v["verdict"] == "NOT_MET" else None)(verdict()))
        self.assertEqual((turned["previousVerdict"], turned["value"]), ("MET", "900"))

        flagged = self.api.call("OFFICE", "GET", "/v1/tasks?rebound=true")["tasks"]
        self.assertIn("plant", [t["id"] for t in flagged])
        self.refused("PERMISSION_DENIED", self.api.call, "U-lead", "POST",
                     "/v1/tasks/plant:dismissRebound", {"reboundId": "1", "reason": "x"})
        dismissed = self.api.call("OFFICE", "POST", "/v1/tasks/plant:dismissRebound",
                                  {"reboundId": "1", "reason": "检修"})
        self.assertEqual(dismissed["rebounds"][0]["state"], "DISMISSED")
        self.assertNotIn("plant", [t["id"] for t in self.api.call(
            "OFFICE", "GET", "/v1/tasks?rebound=true").get("tasks", [])])


if __name__ == "__main__":
    run_tests()
