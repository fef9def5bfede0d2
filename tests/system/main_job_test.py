"""The main job on the real programs: from records to the released notice, through the front door."""

import html
import json
import re
import unittest
import urllib.error
import urllib.request
from fractions import Fraction

from suite import SERVICES, Suite, postgres, run_tests, wait_for

import check  # of the sample: what the figures must come to
import ledger
from api import Refused

READERS = {"tasks": "OFFICE", "indicators": "OFFICE", "cases": "OFFICE", "publications": "OFFICE"}
EVENT_READERS = {**READERS, "cases": "REGION"}
OWNERS = ["tasks", "indicators", "cases"]
# collection → who reads its records, and where
RECORDS = {
    "meetings": ("OFFICE", "/v1/meetings"), "documents": ("OFFICE", "/v1/documents"),
    "projects": ("OFFICE", "/v1/projects"), "review_rounds": ("OFFICE", "/v1/reviewRounds"),
    "sites": ("OFFICE", "/v1/sites"), "indicators": ("OFFICE", "/v1/indicators"),
    "clues": ("DISCIPLINE", "/v1/clues"), "sanctions": ("DISCIPLINE", "/v1/sanctions"),
    "discipline_cases": ("DISCIPLINE", "/v1/disciplineCases"),
}
REGISTERS = {"F09": "firms", "F14": "grounds", "F15": "vehicles", "F17": "screenings",
             "F22": "villages", "F24": "mines", "F25": "hazards", "F26": "fences"}
RATIOS = {"F13": None, "F19": ("15", "15"), "F21": ("6", "6")}
NOTICE = "fushun-result-2024"


class MainJob(unittest.TestCase):
    """One suite with the sample loaded; the tests change nothing of it."""

    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Suite(postgres()))
        cls.suite.load_sample()
        region = cls.suite.token("PETITIONS,DISCIPLINE")
        unit = cls.suite.token("UNIT", unit="fushun-housing")
        cls.api = cls.suite.api(REGION=region, UNIT=unit,
                                ELSEWHERE=cls.suite.token("OFFICE", region="210500"))
        cls.addClassCleanup(cls.api.close)
        reviewed = f"/v1/tasks/{ledger.task_for_notice()}"
        wait_for("the task that goes on notice", lambda: cls.api.call("OFFICE", "GET", reviewed)
                 ["closure"]["state"] == "ON_NOTICE")
        cls.release = cls.api.call(None, "GET", f"/v1/public/publications/{NOTICE}")
        cls.figures = {f["key"]: f for f in cls.release["figures"]}

    def evaluated(self, records=0):
        """Figure → the owner's own answer, as of the day of the notice."""
        found = {}
        for owner in OWNERS:
            listed = self.api.call("OFFICE", "GET", f"/v1/figures/{owner}")["figures"]
            queries = [{"figure": f["id"]} for f in listed if f["id"] in check.EXPECTED]
            answer = self.api.call(
                "OFFICE", "POST", f"/v1/figures/{owner}:evaluate",
                {"queries": queries, "asOfDay": check.AS_OF, "recordsPageSize": records})
            found.update({f["id"]: f for f in answer["figures"]})
        return found

    def positions(self):
        return {name: self.api.call(EVENT_READERS[name], "GET", f"/v1/events/{name}?pageSize=1")
                ["lastPosition"] for name in SERVICES}

    def test_loading_twice_changes_nothing(self):
        before, figures = self.positions(), self.evaluated()
        said = self.suite.load_sample()
        self.assertIn("RELEASED", said)
        self.assertEqual(self.positions(), before)
        self.assertEqual({k: f["recordsSha256"] for k, f in self.evaluated().items()},
                         {k: f["recordsSha256"] for k, f in figures.items()})

    def test_deadlines_say_how_they_came_about(self):
        due = self.api.call("UNIT", "GET", "/v1/inspections/fushun-central-2021")["planDue"]
        self.assertEqual((due["day"], due["startDay"], due["days"]), ("2021-08-31", "2021-07-20", 30))
        self.assertIn("2021-07-24", due["explanation"])
        asked = self.api.call(
            "UNIT", "GET", "/v1/calendars:deadline?startDay=2024-09-30&workingDays=1")
        self.assertEqual(asked["day"], "2024-10-08")
        self.assertEqual([d["name"] for d in asked["skipped"]], ["国庆节"] * 7)
        self.assertNotIn("yearsWithoutCalendar", asked)
        unknown = self.api.call(
            "UNIT", "GET", "/v1/calendars:deadline?startDay=1999-09-30&workingDays=1")
        self.assertEqual(unknown["yearsWithoutCalendar"], [1999])
        counties = self.api.call("UNIT", "GET", "/v1/regions?parentId=210400")["regions"]
        self.assertEqual(len(counties), 7)

    def test_calendars_are_corrected_by_the_operators_alone(self):
        wrong = {"makeUpWorkdays": [{"day": "2024-10-09", "name": "国庆节调休"}]}
        self.assertEqual(self.refusal("OFFICE", "PATCH", "/v1/calendars/2024", wrong),
                         "PERMISSION_DENIED")
        with self.assertRaisesRegex(Refused, "make_up_workdays has 2024-10-09"):
            self.api.call("ADMIN", "PATCH", "/v1/calendars/2024", wrong)
        before = self.api.call("ADMIN", "GET", "/v1/calendars/2024")
        checked = self.api.call("ADMIN", "PATCH", "/v1/calendars/2024?validateOnly=true",
                                {"makeUpWorkdays": before["makeUpWorkdays"][:-1]})
        self.assertEqual(len(checked["makeUpWorkdays"]), 7)
        self.assertEqual(self.api.call("ADMIN", "GET", "/v1/calendars/2024"), before)

    def test_a_unit_that_does_not_exist_is_named(self):
        with self.assertRaisesRegex(Refused, "owner_unit_id names a unit that does not exist"):
            self.api.call("OFFICE", "POST", "/v1/registers?validateOnly=true", {
                "region": "210400", "name": "无主台账", "unit": "处", "ownerUnitId": "nobody"})

    def jobs_about(self, publication):
        listed = self.api.call("OFFICE", "GET", "/v1/jobs/publications?kind=discard-records"
                               "&pageSize=1000")["jobs"]
        return [job for job in listed if job["record"] == f"publications/{publication}"]

    def test_what_the_release_rests_on_was_never_discarded(self):
        self.assertEqual([job["state"] for job in self.jobs_about(NOTICE)], ["WITHDRAWN"])

    def test_freezing_anew_discards_the_records_before_by_a_job_that_can_be_followed(self):
        draft = self.api.call("OFFICE", "POST", "/v1/publications", {
            "region": "210400", "kind": "PROGRESS", "title": "整改进展", "asOfDay": check.AS_OF,
            "body": "注销老旧营运柴油车{{figure F15}}。",
            "figures": [{"key": "F15", "query": {"figure": "F15"}}]})["id"]
        first, second = (self.api.call("OFFICE", "POST", f"/v1/publications/{draft}:freeze", {})
                         ["freezeId"] for _ in range(2))
        self.assertNotEqual(first, second)
        (job,) = wait_for("the records before are discarded", lambda: [
            job for job in self.jobs_about(draft) if job["state"] == "DONE"])
        # 2092 records, a thousand a row.
        self.assertEqual((job["done"], job["total"], job["subject"]),
                         ("3", "3", self.jobs_about(NOTICE)[0]["subject"]))
        path = f"/v1/jobs/publications/{job['id']}"
        self.assertEqual(self.api.call("OFFICE", "GET", path), job)
        self.assertEqual(self.refusal("ELSEWHERE", "GET", path), "PERMISSION_DENIED")
        self.assertEqual(self.refusal("UNIT", "GET", path), "PERMISSION_DENIED")
        kept = self.api.call("OFFICE", "GET",
                             f"/v1/publications/{draft}/figures/F15/records?pageSize=1000")
        self.assertEqual((kept["recordCount"], len(kept["records"])), ("2092", 1000))

    def test_every_figure_of_the_notice_has_its_value_and_unit(self):
        found = {k: (f["value"], f["unit"]) for k, f in self.figures.items()}
        self.assertEqual(found, check.EXPECTED)

    def test_the_owners_answer_what_the_notice_froze(self):
        found = {k: (f["value"], f["unit"]) for k, f in self.evaluated().items()}
        self.assertEqual(found, check.EXPECTED)

    def test_every_figure_says_how_it_was_made(self):
        for key, figure in self.figures.items():
            for field in ("definition", "period", "asOf"):
                self.assertTrue(figure.get(field), f"{key} has no {field}")
            self.assertGreater(int(figure["recordCount"]), 0, key)

    def test_ratios_keep_both_numbers_and_the_bound_is_kept_beside_the_value(self):
        for key, expected in RATIOS.items():
            both = (self.figures[key]["numerator"], self.figures[key]["denominator"])
            self.assertEqual(*((both, expected) if expected else both), key)
        self.assertEqual(self.figures["F23"]["bound"], ">=76")
        self.assertEqual(self.figures["F16"]["verdict"], "MET")
        self.assertIn("GB 3095-2012", self.figures["F16"]["standard"])

    def test_air_is_followed_day_by_day(self):
        listed = self.api.call("OFFICE", "GET", "/v1/airQuality?region=210400"
                               "&fromDay=2023-02-27&toDay=2023-03-02&pageSize=3")
        self.assertEqual([d["day"] for d in listed["days"]],
                         ["2023-02-27", "2023-02-28", "2023-03-01"])
        for day in listed["days"]:  # the sample has PM2.5 and nothing else
            self.assertNotIn("aqi", day)
            self.assertIn("SO2", day["naReason"])
            known = [p["factor"] for p in day["pollutants"] if "iaqi" in p]
            self.assertEqual((known, day["standard"]), (["PM2_5"], "HJ 633-2012"))

    def test_the_year_of_the_notice_would_miss_the_limit_of_2026(self):
        standard = self.api.call(
            "OFFICE", "GET", "/v1/standards?name=GB%203095&day=2026-03-01")["standards"][0]
        limit = [one for one in standard["limits"] if (one["factor"], one.get("averaging"),
                 one["grade"]) == ("PM2_5", "ANNUAL", "II")][0]
        figure = self.api.call("OFFICE", "GET", "/v1/indicators?figureId=F16")["indicators"][0]
        found = [self.api.call("OFFICE", "POST", f"/v1/indicators/{figure['id']}:evaluate", asked)
                 for asked in ({"year": 2023}, {"year": 2023, "target": {
                     "comparator": "AT_MOST", "value": limit["atMost"], "unit": limit["unit"]}})]
        self.assertEqual([(one["value"], one["verdict"]) for one in found],
                         [("35", "MET"), ("35", "NOT_MET")])

    def test_the_records_behind_each_figure_can_be_fetched(self):
        for key, figure in self.evaluated(records=1000).items():
            records = figure["records"]
            self.assertEqual(len(records), min(1000, int(figure["recordCount"])), key)
            for reference in (records[0], records[-1]):
                if reference["collection"] == "observations":
                    self.check_observation(reference["id"])
                    continue
                if reference["collection"] == "register_items":
                    role, path = "OFFICE", f"/v1/registers/fushun-{REGISTERS[key]}/items"
                else:
                    role, path = RECORDS[reference["collection"]]
                fetched = self.api.call(role, "GET", f"{path}/{reference['id']}")
                self.assertEqual(fetched["version"], reference["version"], key)
                self.assertTrue(fetched["origin"]["synthetic"], key)

    def check_observation(self, key):
        of, owner, factor, length, start = key.split("/")
        listed = self.api.call(
            "OFFICE", "GET", f"/v1/observations?{of}Id={owner}&factor={factor}&length={length}"
            f"&fromDay={start[:10]}&toDay={start[:10]}")["observations"]
        if length == "HOUR" and len(start) == 10:  # the hours of a day together
            self.assertGreaterEqual(len(listed), 20)
            self.assertEqual({o["start"][:10] for o in listed}, {start})
        else:
            self.assertEqual([o["start"] for o in listed], [start])

    def pages(self, path, field):
        """Every record of a list."""
        token = ""
        while True:
            answer = self.api.call("OFFICE", "GET", f"{path}pageSize=1000&pageToken={token}")
            yield from answer.get(field, [])
            token = answer.get("nextPageToken", "")
            if not token:
                return

    def test_the_published_mean_can_be_followed_down_to_its_hours(self):
        # The notice → its figure → the days that were counted.
        self.assertEqual(self.figures["F16"]["value"], "35")
        records = list(self.pages(f"/v1/publications/{NOTICE}/figures/F16/records?", "records"))
        self.assertEqual(str(len(records)), self.figures["F16"]["recordCount"])
        keys = [r["id"].split("/") for r in records]
        stations = sorted({site for _, site, *_ in keys})
        # The indicator that feeds the figure → its stations, each with its own value.
        indicator = self.api.call("OFFICE", "GET", "/v1/indicators?figureId=F16")["indicators"][0]
        evaluation = self.api.call("OFFICE", "POST", f"/v1/indicators/{indicator['id']}:evaluate",
                                   {"year": 2023})
        self.assertEqual(sorted(s["siteId"] for s in evaluation["sites"]), stations)
        for station in stations:
            self.assertEqual(self.api.call("OFFICE", "GET", f"/v1/sites/{station}")["kind"],
                             "AIR_STATION")
        # Each day → the observation of the day, or its hours.
        observed = {}
        for station in stations:
            path = f"/v1/observations?siteId={station}&factor=PM2_5&fromDay=2023-01-01&toDay=2023-12-31&"
            for o in self.pages(path, "observations"):
                if "value" in o and not o.get("invalid"):
                    observed.setdefault((station, o["length"], o["start"][:10]), []).append(
                        Fraction(o["value"]))
        city = {}
        for _, station, _, length, start in keys:
            values = observed[station, length, start[:10]]
            self.assertTrue(len(values) == 1 if length == "DAY" else len(values) >= 20)
            city.setdefault(start[:10], []).append(sum(values) / len(values))
        self.assertEqual({k[3] for k in keys}, {"DAY", "HOUR"})
        # And back up: the stations make the city's day, the days its year.
        city = {d: sum(v) / len(v) for d, v in city.items() if 4 * len(v) >= 3 * len(stations)}
        series = self.api.call(
            "OFFICE", "GET", f"/v1/indicators/{indicator['id']}:series?step=DAY"
            "&fromDay=2023-01-01&toDay=2023-12-31&decimals=9")["points"]
        for point in series:
            mean = city.get(point["fromDay"])
            self.assertEqual(point["validity"] == "VALID", mean is not None, point)
            if mean is not None:
                self.assertLess(abs(Fraction(point["value"]) - mean), Fraction(1, 10**9))
        self.assertEqual(Fraction(evaluation["exact"]), sum(city.values()) / len(city))
        self.assertEqual(evaluation["value"], "35")

    def test_what_hangs_on_an_indicator_is_found_from_both_sides(self):
        hanging = self.api.call("OFFICE", "GET", "/v1/tasks?indicatorId=fushun-f16")["tasks"]
        self.assertEqual(len(hanging), 1)
        self.assertEqual(hanging[0]["targets"][0]["indicatorId"], "fushun-f16")
        batch = self.api.call("OFFICE", "POST", "/v1/indicators:batchEvaluate", {
            "headlinesOfRegion": "210400", "year": 2023, "asOfDay": check.AS_OF, "compare": True})
        values = {r["indicatorId"]: r["evaluation"]["value"] for r in batch["results"]}
        self.assertEqual(values, {"fushun-f12": "50", "fushun-f16": "35", "fushun-f19": "100",
                                  "fushun-f21": "100"})

    def test_the_text_has_every_number_in_its_place(self):
        self.assertEqual("".join(part["text"] for part in self.release["parts"]),
                         self.release["body"])
        for key, figure in self.figures.items():
            printed = [p["text"] for p in self.release["parts"] if p.get("key") == key]
            self.assertTrue(printed, f"the text has no {key}")
            self.assertIn(figure["value"], printed[0], key)
        self.assertNotIn("{{", self.release["body"])

    def page(self, path):
        with urllib.request.urlopen(self.suite.url + path, timeout=30) as answer:
            self.assertIn("text/html", answer.headers["Content-Type"])
            return answer.read().decode()

    def test_the_readable_page_shows_each_figure_with_its_definition(self):
        page = self.page(f"/public/publications/{NOTICE}")
        text = html.unescape(re.sub(r"<[^>]*>", " ", page))
        for key, figure in self.figures.items():
            for field in ("value", "unit", "definition", "period"):
                self.assertIn(figure[field], text, f"{key} {field}")
        self.assertIn("合成", text)

    def test_the_front_page_leads_to_the_notice(self):
        page = self.page("/")
        self.assertIn(f"/public/publications/{NOTICE}", page)
        self.assertIn(self.release["title"], html.unescape(page))

    def test_the_public_list_has_the_release_and_no_draft(self):
        listed = self.api.call(None, "GET", "/v1/public/publications?kind=RESULT")["publications"]
        self.assertEqual([p["id"] for p in listed], [NOTICE])
        self.assertNotIn("figures", listed[0])

    def refusal(self, role, method, path, body=None):
        with self.assertRaises(Refused) as refused:
            self.api.call(role, method, path, body)
        return refused.exception.code

    def test_wrong_roles_are_refused(self):
        for role, method, path, body in (
                ("UNIT", "POST", "/v1/meetings", {}), ("OFFICE", "GET", "/v1/clues", None),
                ("PUBLISHER", "GET", "/v1/sanctions", None), ("OFFICE", "POST", "/v1/petitions", {}),
                ("MONITOR", "GET", "/v1/tasks", None), ("ADMIN", "GET", "/v1/tasks", None),
                ("LEADER", "POST", f"/v1/publications/{NOTICE}:withdraw", {}),
                ("PUBLIC", "GET", "/v1/dashboards/overview", None),
                ("UNIT", "GET", "/v1/tasks/fushun-task-02", None),
                ("ELSEWHERE", "GET", "/v1/tasks/fushun-task-01", None),
                ("ELSEWHERE", "GET", "/v1/tasks/no-such-task", None)):
            self.assertEqual(self.refusal(role, method, path, body), "PERMISSION_DENIED", path)
        self.assertEqual(self.refusal(None, "GET", "/v1/tasks"), "UNAUTHENTICATED")

    def test_nobody_but_discipline_sees_persons(self):
        for role, name in (("OFFICE", "publications"), ("REGION", "cases")):
            events = self.api.call(role, "GET", f"/v1/events/{name}?pageSize=1000")
            self.assertNotIn("person-0", json.dumps(events, ensure_ascii=False))
            self.assertNotIn("举报人", json.dumps(events, ensure_ascii=False))

    def test_the_overview_shows_the_sample(self):
        overview = self.api.call("OFFICE", "GET", "/v1/dashboards/overview")
        cells = {c["name"]: c["value"] for c in overview["cells"]}
        expected = {"tasks.total": "41", "accountability.clues": "23",
                    "accountability.party_admin": "16", "projects.total": "106"}
        self.assertEqual({name: cells.get(name) for name in expected}, expected)
        self.assertFalse(overview["partial"])
        self.assertTrue(overview["asOf"])

    def test_an_unchanged_overview_is_not_sent_again(self):
        request = urllib.request.Request(self.suite.url + "/v1/dashboards/overview", headers={
            "Authorization": f"Bearer {self.api.tokens['OFFICE']}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            request.add_header("If-None-Match", answer.headers["ETag"])
        with self.assertRaises(urllib.error.HTTPError) as unchanged:
            urllib.request.urlopen(request, timeout=30)
        with unchanged.exception as answer:
            self.assertEqual(answer.status, 304)

    def test_the_unit_of_the_first_open_task_may_act_on_it(self):
        task = self.api.call("UNIT", "GET", "/v1/tasks/fushun-task-01")
        self.assertIn("selfCheck", task["allowedActions"])
        checked = self.api.call("UNIT", "POST", "/v1/tasks/fushun-task-01:selfCheck", {
            "validateOnly": True, "tests": {
                "measuresDone": True, "violationsDealtWith": True, "effectMeetsStandard": True,
                "sameKindRectified": True, "mechanismInPlace": True}})
        self.assertEqual(checked["closure"]["state"], "SELF_CHECKED")


if __name__ == "__main__":
    run_tests()
