"""The air and the water of a city over the whole suite: from observations to indices and classes."""

import calendar
import unittest

from suite import Suite, postgres, run_tests

from api import Refused

REGION = "210400"
YEAR = 2023


class AirAndWater(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Suite(postgres()))
        elsewhere = cls.suite.token("OFFICE", region="210500")
        cls.api = cls.suite.api(ELSEWHERE=elsewhere)
        cls.addClassCleanup(cls.api.close)

    def refused(self, code, role, method, path, body=None):
        with self.assertRaises(Refused, msg=f"{role} {method} {path}") as refused:
            self.api.call(role, method, path, body)
        self.assertEqual(refused.exception.code, code, f"{role} {method} {path}")
        return refused.exception

    def observe(self, observations):
        for first in range(0, len(observations), 1000):
            self.api.call("MONITOR", "POST", "/v1/observations:batchCreate",
                          {"observations": observations[first:first + 1000]})

    def site(self, name, kind, **more):
        self.api.call("MONITOR", "POST", "/v1/sites",
                      {"id": name, "region": "210411", "name": name, "kind": kind, **more})

    def month_of_air(self, site, month, pm25):
        days = calendar.monthrange(YEAR, month)[1]
        values = {"SO2": "12", "NO2": "20", "PM10": "40", "CO": "0.8", "PM2_5": pm25}
        self.observe([
            {"siteId": site, "factor": factor, "length": "DAY", "value": value,
             "start": f"{YEAR}-{month:02}-{day:02}",
             "unit": "mg/m³" if factor == "CO" else "μg/m³"}
            for factor, value in values.items() for day in range(1, days + 1)])
        self.observe([
            {"siteId": site, "factor": "O3", "length": "HOUR", "value": str(40 + hour),
             "unit": "μg/m³", "start": f"{YEAR}-{month:02}-{day:02}T{hour:02}:00"}
            for day in range(1, days + 1) for hour in range(24)])

    def evaluate(self, indicator, **period):
        return self.api.call("OFFICE", "POST", f"/v1/indicators/{indicator}:evaluate", period)

    def test_a_month_of_air_becomes_indices_good_days_and_the_composite(self):
        self.site("air", "AIR_STATION")
        self.month_of_air("air", 5, "60")
        self.observe([{"siteId": "air", "factor": "PM10", "length": "DAY", "value": "180",
                       "unit": "μg/m³", "start": f"{YEAR}-05-01", "note": "复核"}])
        listing = f"/v1/airQuality?region={REGION}&fromDay={YEAR}-05-01&toDay={YEAR}-05-31"
        days = self.api.call("LEADER", "GET", listing)["days"]
        self.assertEqual(len(days), 31)
        self.assertEqual((days[0]["aqi"], days[0]["airClass"], days[0]["primaryPollutants"]),
                         (115, "LIGHTLY_POLLUTED", ["PM10"]))  # 100 + 30 × 50 ÷ 100
        self.assertEqual((days[1]["aqi"], days[1]["airClass"], days[1]["standard"]),
                         (82, "GOOD", "HJ 633-2012"))  # PM2.5 of 60: 81.25, rounded up
        newer = self.api.call("LEADER", "GET", listing + "&edition=2026")["days"]
        self.assertEqual(newer[1]["aqi"], 100)

        sites = {"kind": "AIR_STATION"}
        standard = {"name": "GB 3095", "grade": "II"}
        for body in (
                {"id": "good", "name": "优良天数比例", "unit": "%", "decimals": 1,
                 "kind": "AIR_DAYS", "airDaysRule": {"measure": "RATIO"},
                 "targets": [{"comparator": "AT_LEAST", "value": "90", "unit": "%"}]},
                {"id": "ozone", "name": "O3", "unit": "μg/m³", "kind": "MEAN", "factor": "O3_8H",
                 "meanRule": {"statistic": "PERCENTILE"}, "standard": standard},
                {"id": "index", "name": "综合指数", "unit": "无量纲", "decimals": 2,
                 "kind": "COMPOSITE", "compositeRule": {}, "standard": standard}):
            self.api.call("OFFICE", "POST", "/v1/indicators",
                          {"region": REGION, "sites": sites, **body})
        may = {"fromDay": f"{YEAR}-05-01", "toDay": f"{YEAR}-05-31"}
        good = self.evaluate("good", **may)
        self.assertEqual((good["value"], good["numerator"], good["denominator"], good["verdict"]),
                         ("96.8", "30", "31", "MET"))
        self.assertEqual(good["standardId"], "hj633-2012")
        # The hours that start at 16:00 … 23:00 are 56 … 63, on every day.
        self.assertEqual(self.evaluate("ozone", **may, decimals=1)["value"], "59.5")
        index = self.evaluate("index", **may)
        # 12/60 + 20/40 + (30 × 40 + 180)/31/70 + 60/35 + 0.8/4 + 59.5/160
        self.assertEqual((index["value"], index["standardId"]), ("3.62", "gb3095-2012"))
        self.assertEqual(len(index["compositeTerms"]), 6)

        for role, bad in (("OFFICE", ""), ("SUPERIOR", "&region=210000"),
                          ("OFFICE", f"&region={REGION}&siteId=air"),
                          ("OFFICE", "&siteId=air&set=NATIONAL"),
                          ("OFFICE", f"&region={REGION}&edition=1996")):
            self.refused("INVALID_ARGUMENT", role, "GET",
                         f"/v1/airQuality?fromDay={YEAR}-05-01{bad}")
        self.refused("PERMISSION_DENIED", "ELSEWHERE", "GET", listing)
        self.refused("PERMISSION_DENIED", "ELSEWHERE", "GET",
                     f"/v1/airQuality?siteId=air&fromDay={YEAR}-05-01")
        for role in ("PETITIONS", "DISCIPLINE", "ADMIN"):
            self.refused("PERMISSION_DENIED", role, "GET", listing)
        self.refused("UNAUTHENTICATED", None, "GET", listing)

    def test_a_year_of_water_becomes_classes_and_grades_and_a_wrong_limit_is_corrected(self):
        for name, target, ammonia in (("上", "II", "0.4"), ("中", "III", "0.95"), ("下", "III", "1.2")):
            section = {"上": "up", "中": "mid", "下": "low"}[name]
            self.site(section, "WATER_SECTION", set="NATIONAL", fromDay="2021-01-01",
                      targetClass=target, waterBody="RIVER", waterName="浑河", basin="辽河")
            self.observe([
                {"siteId": section, "factor": factor, "length": "MONTH", "value": value,
                 "unit": "mg/L", "start": f"{YEAR}-{month:02}-01"}
                for factor, value in (("NH3N", ammonia), ("DO", "8"), ("CODMN", "3.5"))
                for month in range(1, 13)])
        self.api.call("OFFICE", "POST", "/v1/indicators", {
            "id": "share", "region": REGION, "name": "优良比率", "unit": "%", "decimals": 1,
            "kind": "CLASS", "classRule": {"measure": "GOOD"},
            "sites": {"kind": "WATER_SECTION", "set": "NATIONAL"}})
        listing = f"/v1/waterQuality?region={REGION}&set=NATIONAL&year={YEAR}"

        def classes():
            listed = self.api.call("LEADER", "GET", listing)
            return listed, {s["siteId"]: (s["waterClass"], s["verdict"]) for s in listed["sections"]}

        listed, found = classes()
        self.assertEqual(found, {"up": ("II", "MET"), "mid": ("III", "MET"), "low": ("IV", "NOT_MET")})
        self.assertEqual((listed["standardId"], listed["standardVersion"]), ("gb3838-2002", "1"))
        share = self.evaluate("share", year=YEAR)
        self.assertEqual((share["value"], share["numerator"], share["denominator"]), ("66.7", "2", "3"))
        rivers = f"/v1/waterBodies?region={REGION}&set=NATIONAL&year={YEAR}"
        river = self.api.call("LEADER", "GET", rivers)["waters"][0]
        # Fewer than five sections: the mean of 0.4, 0.95 and 1.2 is 0.85, class III.
        self.assertEqual((river["name"], river["method"], river["waterClass"], river["grade"]),
                         ("浑河", "MEAN_OF_SECTIONS", "III", "GOOD"))

        wrong = {"note": "勘误", "limits": [{"factor": "NH3N", "grade": "III", "atMost": "0.9",
                                             "unit": "mg/L"}]}
        path = "/v1/standards/gb3838-2002:correct"
        for role in ("OFFICE", "SUPERIOR", "MONITOR", "LEADER", "PUBLISHER"):
            self.refused("PERMISSION_DENIED", role, "POST", path, wrong)
        self.refused("UNAUTHENTICATED", None, "POST", path, wrong)
        self.refused("FAILED_PRECONDITION", "ADMIN", "POST", path, {"limits": wrong["limits"]})
        self.refused("INVALID_ARGUMENT", "ADMIN", "POST", path,
                     {"note": "x", "limits": [{**wrong["limits"][0], "unit": "μg/L"}]})
        self.api.call("ADMIN", "POST", path, wrong)
        listed, found = classes()
        self.assertEqual(found["mid"], ("IV", "NOT_MET"))
        self.assertEqual(listed["standardVersion"], "2")
        share = self.evaluate("share", year=YEAR)
        self.assertEqual((share["value"], share["standardVersion"]), ("33.3", "2"))

        for path in (listing, rivers):
            self.refused("PERMISSION_DENIED", "ELSEWHERE", "GET", path)
            self.refused("PERMISSION_DENIED", "DISCIPLINE", "GET", path)
            self.refused("UNAUTHENTICATED", None, "GET", path)
            self.refused("INVALID_ARGUMENT", "OFFICE", "GET", path + "&month=13")
            self.refused("INVALID_ARGUMENT", "OFFICE", "GET", path + "&pageToken=AAAA")


if __name__ == "__main__":
    run_tests()
