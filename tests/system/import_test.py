"""Tables through the front door: tried, stored, repeated, and gone on with after a crash."""

import base64
import datetime
import unittest

from suite import Suite, postgres, run_tests, wait_for

from api import Refused

REGION = "210400"
ZONE = datetime.timezone(datetime.timedelta(hours=8))
HEAD = "点位,因子,时段,起始时间,数值,单位,说明\n"


def content(table, encoding="utf-8"):
    return {"content": base64.b64encode(table.encode(encoding)).decode("ascii")}


class Imports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Suite(postgres()))
        cls.api = cls.suite.api(ELSEWHERE=cls.suite.token("MONITOR", region="210500"))
        cls.addClassCleanup(cls.api.close)
        cls.api.call("OFFICE", "POST", "/v1/units", {
            "id": "u", "region": REGION, "name": "u"})
        for site in ("shuncheng", "wanghua"):
            cls.api.call("MONITOR", "POST", "/v1/sites", {
                "id": site, "region": "210411", "name": site, "kind": "AIR_STATION"})
        cls.api.call("MONITOR", "POST", "/v1/alarmRules", {
            "id": "high", "region": REGION, "kind": "STATION_EXCEEDANCE", "unitId": "u",
            "threshold": {"factor": "PM2_5", "length": "HOUR", "comparator": "ABOVE",
                          "value": "75", "unit": "μg/m³"}})

    def send(self, table, key=None, role="MONITOR", **more):
        return self.api.call(role, "POST", "/v1/observations:import", {**content(table), **more},
                             key=key)

    def test_a_table_is_tried_and_stored_and_raises_its_alarms(self):
        hour = (datetime.datetime.now(ZONE) - datetime.timedelta(hours=2)).strftime("%Y-%m-%d %H:00")
        table = (HEAD + f"shuncheng,PM2_5,小时,{hour},７６,μg/m³,\n"
                 "shuncheng,PM2_5,日,2023/5/1,-3,μg/m³,\n")
        tried = self.send(table, dryRun=True)
        self.assertEqual((tried["state"], tried["created"], tried["refused"]), ("TRIED", "1", "1"))
        self.assertEqual([(e["row"], e["column"]) for e in tried["errors"]], [("3", "value")])
        self.assertEqual(self.send(table, validateOnly=True), tried)
        self.assertEqual(self.send(table, allOrNothing=True)["state"], "TRIED")
        listed = "/v1/observations?siteId=shuncheng&factor=PM2_5&length=HOUR"
        self.assertEqual(self.api.call("MONITOR", "GET", listed).get("observations", []), [])

        stored = self.send(table, key="table-1")
        self.assertEqual((stored["state"], stored["created"]), ("DONE", "1"))
        self.assertEqual(stored["errors"], tried["errors"])
        self.assertEqual(self.send(table, key="table-1"), stored)
        with self.assertRaises(Refused) as refused:
            self.send(HEAD, key="table-1")
        self.assertEqual(refused.exception.code, "INVALID_ARGUMENT")
        self.assertEqual(self.send(table, role="ELSEWHERE")["refused"], "2")
        wait_for("the alarm", lambda: self.api.call(
            "MONITOR", "GET", "/v1/alarms?siteId=shuncheng").get("alarms"))

    def test_a_large_table_survives_a_crash(self):
        begin = datetime.datetime(2022, 1, 1)
        rows = "".join(
            f"wanghua,PM2_5,HOUR,{begin + datetime.timedelta(hours=i):%Y-%m-%d %H:%M},"
            f"{i % 90},μg/m³,\n" for i in range(24 * 365))
        started = self.send(HEAD + rows, key="year")
        self.assertEqual(started["state"], "STORING")
        self.suite.kill("indicators")
        self.suite.start("indicators")
        self.suite.wait_healthy()
        path = f"/v1/imports/{started['id']}"
        done = wait_for("the import is done", lambda: (
            lambda i: i if i["state"] == "DONE" else None)(self.api.call("MONITOR", "GET", path)))
        self.assertEqual((done["created"], done["unchanged"], done["refused"]), ("8760", "0", "0"))
        self.assertEqual(self.send(HEAD + rows, dryRun=True)["unchanged"], "8760")
        with self.assertRaises(Refused) as refused:
            self.api.call("ELSEWHERE", "GET", path)
        self.assertEqual(refused.exception.code, "PERMISSION_DENIED")
        listed = self.api.call("MONITOR", "GET", f"/v1/imports?region={REGION}")["imports"]
        self.assertIn(started["id"], [i["id"] for i in listed])


if __name__ == "__main__":
    run_tests()
