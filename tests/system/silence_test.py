"""A service that takes calls and leaves them without an answer, because its database is stuck:
callers hear so at once instead of waiting too, and all goes on when it answers again."""

import json
import subprocess
import unittest
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from suite import Suite, postgres, run_tests, wait_for

MOST_SILENT = 20  # calls in a row, each of at least five seconds


class Silence(unittest.TestCase):
    def setUp(self):
        self.suite = self.enterContext(Suite(postgres()))
        self.token = self.suite.token("OFFICE")

    def list_units(self, milliseconds):
        """"OK", or the reason why not."""
        request = urllib.request.Request(
            f"{self.suite.url}/lucid.tasks.v1.TasksService/ListUnits", b"{}",
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json",
             "Connect-Protocol-Version": "1", "Connect-Timeout-Ms": str(milliseconds)})
        try:
            with urllib.request.urlopen(request):
                return "OK"
        except urllib.error.HTTPError as refused:
            details = json.load(refused).get("details", [])
            return next((d["debug"]["reason"] for d in details if "reason" in d.get("debug", {})),
                        refused.status)

    def at_once(self, count, milliseconds):
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(self.list_units, [milliseconds] * count))

    def test_callers_hear_at_once_that_a_service_is_silent(self):
        self.assertEqual(self.at_once(2, 5000), ["OK", "OK"])
        with subprocess.Popen(["psql", "-XAtq", self.suite.database("tasks")],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as session:
            session.stdin.write("BEGIN; LOCK TABLE units; SELECT 'locked';\n")
            session.stdin.flush()
            self.assertEqual(session.stdout.readline(), "locked\n")
            self.assertEqual(set(self.at_once(MOST_SILENT, 5000)), {"DEADLINE"})
            # One of them is let through to see whether it is answered.
            self.assertEqual(set(self.at_once(3, 1000)), {"DEADLINE", "SERVICE_SILENT"})
            session.stdin.close()
        wait_for("tasks answers again", lambda: self.list_units(5000) == "OK")
        self.assertEqual(self.at_once(3, 5000), ["OK"] * 3)


if __name__ == "__main__":
    run_tests()
