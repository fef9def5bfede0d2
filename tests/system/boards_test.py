"""A formula with targets by region, a board and a series, asked through the front door by those who
may and refused to those who may not; and what follows from them in tasks."""

import datetime
import unittest

from suite import Suite, postgres, run_tests, wait_for

from api import Refused

REGION, NORTH, SOUTH = "210400", "210411", "210402"
ZONE = datetime.timezone(datetime.timedelta(hours=8))
YEAR = datetime.datetime.now(ZONE).year - 1  # the last that ended
READERS = ("OFFICE", "LEADER", "UNIT", "MONITOR", "SUPERIOR", "PUBLISHER")


def days(year):
    day = datetime.date(year, 1, 1)
    while day.year == year:
        yield day.isoformat()
        day += datetime.timedelta(days=1)


class Boards(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Suite(postgres()))
        cls.api = cls.suite.api(UNIT=cls.suite.token("UNIT", unit="lead"),
                                ELSEWHERE=cls.suite.token("OFFICE", region="210500"))
        cls.addClassCleanup(cls.api.close)
        for unit in ("lead", "guide", "judge"):
            cls.api.call("OFFICE", "POST", "/v1/units",
                         {"id": unit, "name": unit, "region": REGION})
        for site, region, before, value in (("north", NORTH, "44", "30"),
                                            ("south", SOUTH, "46", "40")):
            cls.api.call("MONITOR", "POST", "/v1/sites",
                         {"id": site, "region": region, "name": site, "kind": "AIR_STATION"})
            cls.observe([cls.daily(site, day, v) for year, v in ((YEAR - 1, before), (YEAR, value))
                         for day in days(year)])
        cls.create("/v1/indicators", {
            "id": "pm", "name": "PM2.5", "unit": "μg/m³", "kind": "MEAN", "factor": "PM2_5",
            "sites": {"kind": "AIR_STATION"}})
        cls.create("/v1/indicators", {
            "id": "sewage", "name": "污水处理能力", "unit": "万吨/日", "kind": "GAUGE"})
        cls.observe([{"indicatorId": "sewage", "factor": "value", "length": "INSTANT",
                      "start": f"{YEAR}-03-01T09:00", "value": "50", "unit": "万吨/日"}])
        cls.create("/v1/indicators", {
            "id": "share", "name": "PM2.5 占限值", "unit": "%", "decimals": 1, "kind": "FORMULA",
            "formula": {"expression": "P ÷ 35 μg/m³",
                        "operands": [{"alias": "P", "indicatorId": "pm"}]},
            "targets": [cls.at_most("100"), {**cls.at_most("110"), "region": SOUTH},
                        {**cls.at_most("90"), "region": NORTH}]})
        cls.create("/v1/boards", {"id": "air", "name": "大气与水",
                                  "indicatorIds": ["share", "sewage", "pm"]})

    @staticmethod
    def at_most(value):
        return {"comparator": "AT_MOST", "value": value, "unit": "%"}

    @staticmethod
    def daily(site, day, value, **more):
        return {"siteId": site, "factor": "PM2_5", "length": "DAY", "start": day, "value": value,
                "unit": "μg/m³", **more}

    @classmethod
    def observe(cls, observations):
        for i in range(0, len(observations), 1000):
            cls.api.call("MONITOR", "POST", "/v1/observations:batchCreate",
                         {"observations": observations[i:i + 1000]})

    @classmethod
    def create(cls, path, record, role="OFFICE", region=REGION):
        return cls.api.call(role, "POST", path, {"region": region, **record})

    def refused(self, code, *call, **named):
        with self.assertRaises(Refused) as refused:
            call[0](*call[1:], **named)
        self.assertEqual(refused.exception.code, code, refused.exception)
        return refused.exception

    def evaluate(self, role, indicator, **body):
        return self.api.call(role, "POST", f"/v1/indicators/{indicator}:evaluate", body)

    def batch(self, role, **body):
        return self.api.call(role, "POST", "/v1/indicators:batchEvaluate", body)

    def test_a_formula_is_judged_by_the_target_of_each_region(self):
        for region, value, verdict in (("", "100.0", "MET"), (NORTH, "85.7", "MET"),
                                       (SOUTH, "114.3", "NOT_MET")):
            answer = self.evaluate("LEADER", "share", year=YEAR, region=region)
            self.assertEqual((answer["value"], answer["target"]["verdict"]), (value, verdict))
            self.assertIn(" μg/m³ ÷ 35 μg/m³ = ", answer["working"])
        # Without days it is of the last year that ended, because its operand is.
        whole = self.evaluate("OFFICE", "share", compare=True)
        self.assertEqual(whole["period"], f"{YEAR}")
        self.assertEqual([o["indicatorId"] for o in whole["operands"]], ["pm"])
        # 45 ÷ 35 in the year before: shares compare in points, and by the values before rounding.
        self.assertEqual([(c["change"], c["changeUnit"]) for c in whole["comparisons"]],
                         [("-28.6", "百分点")] * 2)
        self.refused("INVALID_ARGUMENT", self.evaluate, "OFFICE", "share", region="210500")
        self.refused("INVALID_ARGUMENT", self.evaluate, "OFFICE", "sewage", region=SOUTH)

    def test_a_formula_that_cannot_be_is_refused_with_its_place(self):
        def formula(expression, **more):
            return {"name": expression, "unit": "%", "kind": "FORMULA",
                    "formula": {"expression": expression}, **more}
        for expression, said in (("[share] +", "position 10"), ("[share] + [pm]", "position 9"),
                                 ("[nowhere] ÷ 2", "nowhere is no indicator"),
                                 ("P ÷ 2", "no declared alias")):
            refused = self.refused("INVALID_ARGUMENT", self.create, "/v1/indicators",
                                   formula(expression))
            self.assertIn(said, str(refused))
        refused = self.refused("FAILED_PRECONDITION", self.create, "/v1/indicators",
                               formula("[self] + [share]", id="self"))
        self.assertIn("FORMULA_CYCLE", refused.details)
        for role in ("LEADER", "UNIT", "MONITOR", "ELSEWHERE"):
            self.refused("PERMISSION_DENIED", self.create, "/v1/indicators", formula("[share]"),
                         role=role)

    def test_a_board_is_evaluated_at_one_time_by_who_may_see_it(self):
        for role in READERS:
            answer = self.batch(role, boardId="air", year=YEAR)
            self.assertEqual([(r["indicatorId"], r["evaluation"]["value"])
                              for r in answer["results"]],
                             [("share", "100.0"), ("sewage", "50"), ("pm", "35")], role)
            self.assertEqual({r["evaluation"]["asOf"] for r in answer["results"]},
                             {answer["asOf"]})
        for role in ("ELSEWHERE", "PETITIONS", "DISCIPLINE", "PUBLIC"):
            self.refused("PERMISSION_DENIED", self.batch, role, boardId="air", year=YEAR)
        self.refused("UNAUTHENTICATED", self.batch, None, boardId="air", year=YEAR)
        # Of several, each is refused alone.
        mixed = self.batch("ELSEWHERE", ids=["pm"])["results"]
        self.assertEqual([r["error"]["code"] for r in mixed], ["PERMISSION_DENIED"])

    def test_a_board_is_a_dashboard(self):
        path = f"/v1/dashboards/indicators?boardId=air&region={REGION}"
        for role in READERS:
            board = self.api.call(role, "GET", path)
            self.assertEqual([(c["name"], c["value"], c["unit"], c.get("verdict"))
                              for c in board["cells"]],
                             [("indicators.share", "100.0", "%", "MET"),
                              ("indicators.sewage", "50", "万吨/日", None),
                              ("indicators.pm", "35", "μg/m³", None)])
            self.assertEqual([p["service"] for p in board["positions"]], ["indicators"])
        for role in ("ELSEWHERE", "PETITIONS", "PUBLIC"):
            self.refused("PERMISSION_DENIED", self.api.call, role, "GET", path)
        self.refused("PERMISSION_DENIED", self.api.call, "ELSEWHERE", "GET",
                     "/v1/dashboards/indicators?boardId=air")
        self.refused("INVALID_ARGUMENT", self.api.call, "OFFICE", "GET",
                     f"/v1/dashboards/indicators?region={REGION}")

    def test_a_board_is_kept_by_the_office(self):
        for role in ("LEADER", "UNIT", "MONITOR", "SUPERIOR", "PUBLISHER", "ELSEWHERE"):
            self.refused("PERMISSION_DENIED", self.create, "/v1/boards",
                         {"name": role, "indicatorIds": ["pm"]}, role=role)
            self.refused("PERMISSION_DENIED", self.api.call, role, "PATCH", "/v1/boards/air",
                         {"name": "改名"})
        self.refused("INVALID_ARGUMENT", self.create, "/v1/boards",
                     {"name": "空", "indicatorIds": ["nowhere"]})
        made = self.create("/v1/boards", {"name": "一项", "indicatorIds": ["pm"]})
        changed = self.api.call("OFFICE", "PATCH", f"/v1/boards/{made['id']}",
                                {"version": made["version"], "indicatorIds": ["sewage", "pm"]})
        self.assertEqual(changed["indicatorIds"], ["sewage", "pm"])
        self.refused("ABORTED", self.api.call, "OFFICE", "PATCH", f"/v1/boards/{made['id']}",
                     {"version": made["version"], "indicatorIds": ["pm"]})
        listed = self.api.call("LEADER", "GET", f"/v1/boards?region={REGION}&orderBy=name")
        self.assertEqual({b["name"] for b in listed["boards"]}, {"大气与水", "一项"})
        self.assertEqual(self.api.call("ELSEWHERE", "GET", "/v1/boards").get("boards", []), [])

    def test_a_series_has_every_step_for_who_may_see_it(self):
        path = f"/v1/indicators/share:series?fromDay={YEAR - 1}-01-01&toDay={YEAR}-12-31&step="
        for role in READERS:
            years = self.api.call(role, "GET", path + "YEAR")["points"]
            self.assertEqual([p["value"] for p in years], ["128.6", "100.0"], role)
            self.assertEqual([p["verdict"] for p in years], ["NOT_MET", "MET"])
        months = self.api.call("LEADER", "GET", f"{path}MONTH&region={SOUTH}")["points"]
        self.assertEqual({p["value"] for p in months[12:]}, {"114.3"})
        self.assertEqual({p["validity"] for p in months}, {"VALID"})
        days_of_pm = self.api.call("LEADER", "GET", "/v1/indicators/pm:series?step=DAY"
                                   f"&fromDay={YEAR}-01-01&toDay={YEAR}-01-03")["points"]
        self.assertEqual([p["value"] for p in days_of_pm], ["35"] * 3)
        for role in ("ELSEWHERE", "PETITIONS", "PUBLIC"):
            self.refused("PERMISSION_DENIED", self.api.call, role, "GET", path + "YEAR")
        self.refused("INVALID_ARGUMENT", self.api.call, "OFFICE", "GET", path + "DAY")
        self.refused("INVALID_ARGUMENT", self.api.call, "OFFICE", "GET", path + "WEEK")

    def test_a_correction_below_the_formula_reaches_its_verdict_and_the_county_s_task(self):
        for county, at_most in ((NORTH, "90"), (SOUTH, "115")):
            self.api.call("OFFICE", "POST", "/v1/tasks", {
                "id": f"t-{county}", "region": REGION, "source": "SELF_FOUND", "number": county,
                "title": county, "leadUnitId": "lead", "supervisingUnitId": "guide",
                "acceptingUnitId": "judge", "startDay": f"{YEAR}-01-01",
                "dueDay": f"{YEAR}-12-31", "origin": {"historical": True},
                "progress": {"confirmed": "DONE", "doneDay": f"{YEAR}-12-30"},
                "closure": {"round": 1, "state": "CLOSED"},
                "targets": [{**self.at_most(at_most), "indicatorId": "share", "region": county,
                             "byDay": f"{YEAR}-12-31"}]})
        hanging = self.api.call("OFFICE", "GET", "/v1/tasks?indicatorId=share")["tasks"]
        self.assertEqual({t["id"] for t in hanging}, {f"t-{NORTH}", f"t-{SOUTH}"})

        def verdict(expected):
            record = self.api.call("OFFICE", "GET", "/v1/verdicts/share")
            return record if record["verdict"] == expected else None
        before = wait_for("the verdict", lambda: self.api.call(
            "OFFICE", "GET", "/v1/verdicts?verdict=MET").get("verdicts") and verdict("MET"))
        self.assertEqual({t["region"]: t["verdict"] for t in before["targets"]},
                         {REGION: "MET", NORTH: "MET", SOUTH: "NOT_MET"})
        self.observe([self.daily("south", f"{YEAR}-05-01", "400", note="抄录错误")])
        try:
            turned = wait_for("the verdict turns", lambda: verdict("NOT_MET"))
            self.assertEqual(turned["previousVerdict"], "MET")
            rebounds = wait_for("the county's task is flagged", lambda: self.api.call(
                "OFFICE", "GET", f"/v1/tasks/t-{SOUTH}").get("rebounds"))
            self.assertEqual([(r["cause"], r["record"], r["value"]) for r in rebounds],
                             [("TARGET_NOT_MET", "indicators/share", "117.1")])
            north = self.api.call("OFFICE", "GET", f"/v1/tasks/t-{NORTH}")
            self.assertNotIn("rebounds", north)
        finally:  # the other stories read the year as it was
            self.observe([self.daily("south", f"{YEAR}-05-01", "40", note="复核")])


if __name__ == "__main__":
    run_tests()
