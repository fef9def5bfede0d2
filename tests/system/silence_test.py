"""Services whose database does not answer: callers hear so instead of waiting too, probes hear what
Kubernetes should know, and all goes on when it answers again."""

import json
import os
import signal
import subprocess
import unittest
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from suite import Suite, free_ports, postgres, run_tests, wait_for

SERVING = b"\x08\x01"  # of grpc.health.v1.HealthCheckResponse
MIGRATION_LOCK = 7813280642171  # of services/base/db.cc
MOST_SILENT = 20  # calls in a row, each of at least five seconds
SILENCE = 6000  # milliseconds: five of them and the time until the gateway sends the call on


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
            self.assertEqual(set(self.at_once(MOST_SILENT, SILENCE)), {"DEADLINE"})
            # One of them is let through to see whether it is answered.
            self.assertEqual(set(self.at_once(3, 1000)), {"DEADLINE", "SERVICE_SILENT"})
            session.stdin.close()
        wait_for("tasks answers again", lambda: self.list_units(5000) == "OK")
        self.assertEqual(self.at_once(3, 5000), ["OK"] * 3)

    def serving(self):
        try:
            with urllib.request.urlopen(f"{self.suite.url}/healthz") as answer:
                return answer.status == 200
        except urllib.error.HTTPError as refused:
            return refused.code == 200

    def test_a_service_whose_database_hangs_does_not_serve(self):
        name = self.suite.database("tasks").split("?")[0].rsplit("/", 1)[1]
        found = subprocess.run(
            ["psql", "-XAtq", self.suite.postgres, "-c",
             f"SELECT pid FROM pg_stat_activity WHERE datname = '{name}'"],
            capture_output=True, text=True, check=True).stdout.split()
        self.assertTrue(found)
        try:
            for pid in found:
                os.kill(int(pid), signal.SIGSTOP)
            wait_for("the gateway hears of it", lambda: not self.serving(), 30)
        finally:
            for pid in found:
                os.kill(int(pid), signal.SIGCONT)
        wait_for("tasks serves again", self.serving)

    def health(self, service):
        """What the probes port says of a service, as Kubernetes asks."""
        name = service.encode()
        request = b"\x0a" + bytes([len(name)]) + name if name else b""
        return subprocess.run(
            ["curl", "-s", "--http2-prior-knowledge", "-H", "content-type: application/grpc", "-H",
             "te: trailers", "--data-binary", "@-",
             f"http://127.0.0.1:{self.probes}/grpc.health.v1.Health/Check"],
            input=b"\0" + len(request).to_bytes(4, "big") + request, capture_output=True,
            check=False).stdout[5:]

    def test_a_service_that_waits_to_change_its_schema_is_alive(self):
        suite, (self.probes,) = self.suite, free_ports(1)
        suite.stop("tasks")
        plain = suite.command
        suite.command = lambda name: plain(name) + (
            [f"--probes=127.0.0.1:{self.probes}"] if name == "tasks" else [])
        with subprocess.Popen(["psql", "-XAtq", suite.database("tasks")], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as session:
            session.stdin.write(f"SELECT 'locked' FROM pg_advisory_lock({MIGRATION_LOCK});\n")
            session.stdin.flush()
            self.assertEqual(session.stdout.readline(), "locked\n")
            suite.start("tasks")
            wait_for("tasks is alive", lambda: self.health("live") == SERVING)
            self.assertNotEqual(self.health(""), SERVING)
            session.stdin.close()
        wait_for("tasks is ready", lambda: self.health("") == SERVING)
        self.assertEqual(self.health("live"), SERVING)


if __name__ == "__main__":
    run_tests()
