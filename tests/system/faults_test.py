"""What fails around the programs: Redis, a disk, a peer. Each is said by the right code; nothing that
was acknowledged is lost; and when it is over, all goes on without a restart."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import unittest
import urllib.error
import urllib.request

from suite import PROGRAMS, Suite, run_tests, wait_for

from api import Refused

REGION = "210400"
ORIGIN = {"synthetic": True}


class SmallDisk:
    """A file system of its own size, which only the programs started within it see at `folder`."""

    def __init__(self, folder, size):
        self.folder = folder
        os.mkdir(folder)
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--map-root-user", "sh", "-c",
             'mount -t tmpfs -o size="$2" none "$1" && echo mounted && exec cat', "sh", folder,
             size], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if self.holder.stdout.readline() != b"mounted\n":
            raise unittest.SkipTest("this machine does not let a user mount a file system")

    def close(self):
        self.holder.communicate(b"")

    def within(self, command):
        return ["nsenter", f"--target={self.holder.pid}", "--user", "--preserve-credentials",
                "--mount", *command]

    def fill(self):
        """Takes all that is left."""
        with open(self._file("filler"), "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def clear(self):
        os.unlink(self._file("filler"))

    def _file(self, name):
        return f"/proc/{self.holder.pid}/root{self.folder}/{name}"


class SuiteOnASmallDisk(Suite):
    """The tasks service has its database on a small disk."""

    def __init__(self, size):
        super().__init__()
        self.disk = SmallDisk(self.file("disk"), size)

    def __exit__(self, *_):
        try:
            super().__exit__()
        finally:
            self.disk.close()

    def command(self, name):
        return self.within_disk(name, super().command(name))

    def check_command(self, service, *words):
        program, *flags = super().command(service)
        return self.within_disk(service, [program, *(words or ["check"]), *flags])

    def within_disk(self, name, command):
        if name != "tasks":
            return command
        return self.disk.within([f"--db=sqlite:{self.file('disk/tasks.db')}"
                                 if word.startswith("--db=") else word for word in command])


def unit(name):
    return {"id": name, "name": name, "region": REGION, "origin": ORIGIN}


class Faults(unittest.TestCase):
    def begin(self, suite):
        self.suite = self.enterContext(suite)
        self.api = self.suite.api()
        self.addCleanup(self.api.close)
        return self.suite

    def refused(self, code, reason, role, method, path, body=None):
        """The call is refused so; without a key, so it is tried once."""
        with self.assertRaises(Refused) as refusal:
            self.api.call(role, method, path, body)
        self.assertEqual(refusal.exception.code, code, refusal.exception)
        self.assertIn(reason, refusal.exception.details)
        self.assertNotIn("127.0.0.1", str(refusal.exception))
        self.assertNotIn("sqlite", str(refusal.exception).lower())

    def units(self):
        page = self.api.call("OFFICE", "GET", "/v1/units?pageSize=1000")
        return {u["id"] for u in page.get("units", [])}

    def test_a_full_disk_refuses_writes_until_there_is_room_again(self):
        suite = self.begin(SuiteOnASmallDisk("16m"))
        self.api.call("OFFICE", "POST", "/v1/units", unit("before"))
        suite.disk.fill()
        acknowledged = {"before"}
        refusals = 0
        for number in range(200):  # the first few may still fit into what SQLite already has
            name = f"unit-{number}"
            try:
                self.api.call("OFFICE", "POST", "/v1/units", {**unit(name), "kind": "x" * 100})
                acknowledged.add(name)
            except Refused as refused:
                self.assertEqual(refused.code, "UNAVAILABLE")
                self.assertIn("DISK_FULL", refused.details)
                refusals += 1
                if refusals == 20:
                    break
        self.assertEqual(refusals, 20)
        self.assertEqual(self.units(), acknowledged)
        suite.disk.clear()
        self.api.call("OFFICE", "POST", "/v1/units", unit("after"), "the same key")
        self.api.call("OFFICE", "POST", "/v1/units", unit("after"), "the same key")
        acknowledged.add("after")
        suite.kill("tasks")
        suite.start("tasks")
        suite.wait_healthy()
        self.assertEqual(self.units(), acknowledged)
        page = self.api.call("OFFICE", "GET", "/v1/events/tasks?pageSize=1000")
        self.assertEqual({e["recordId"] for e in page["events"]}, acknowledged)
        self.assertEqual([int(e["position"]) for e in page["events"]],
                         list(range(1, len(acknowledged) + 1)))
        suite.stop("tasks")
        subprocess.run(suite.check_command("tasks"), check=True, stdout=subprocess.DEVNULL)

    def test_a_new_epoch_begins_on_demand(self):
        """After a restore that was not ours, which may have taken events away."""
        suite = self.begin(Suite())
        self.api.call("OFFICE", "POST", "/v1/units", unit("before"))
        before = self.api.call("OFFICE", "GET", "/v1/events/tasks")
        suite.stop("tasks")
        subprocess.run(suite.check_command("tasks", "new-epoch"), check=True,
                       stdout=subprocess.DEVNULL)
        suite.start("tasks")
        suite.wait_healthy()
        self.refused("FAILED_PRECONDITION", "EPOCH_CHANGED", "OFFICE", "GET",
                     f"/v1/events/tasks?epoch={before['epoch']}&after={before['position']}")
        after = self.api.call("OFFICE", "GET", "/v1/events/tasks")
        self.assertNotEqual(after["epoch"], before["epoch"])
        self.assertEqual([e["recordId"] for e in after["events"]],
                         [e["recordId"] for e in before["events"]])
        self.api.call("OFFICE", "POST", "/v1/units", unit("after"))

    def test_a_command_on_no_database_makes_none(self):
        suite = self.begin(Suite())
        nothing, empty = suite.file("nothing.db"), suite.file("empty.db")
        with open(empty, "wb"):
            pass
        for file, why in ((nothing, "unable to open database file"),
                          (empty, "there is no database of tasks yet")):
            for words in (["check"], ["new-epoch"], ["backup", suite.file("backup")]):
                command = [part.replace(suite.database("tasks"), f"sqlite:{file}")
                           for part in suite.check_command("tasks", *words)]
                refused = subprocess.run(command, check=False, capture_output=True, text=True)
                self.assertEqual(refused.returncode, 1)
                self.assertIn(why, refused.stderr)
        self.assertFalse(os.path.exists(nothing))
        self.assertEqual(os.path.getsize(empty), 0)

    def test_a_command_that_waits_ends_when_told_to(self):
        suite = self.begin(Suite())
        suite.stop("tasks")
        with contextlib.closing(sqlite3.connect(suite.database("tasks").removeprefix("sqlite:"),
                                                isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = subprocess.Popen(suite.check_command("tasks", "new-epoch"),
                                       stderr=subprocess.DEVNULL)
            with self.assertRaises(subprocess.TimeoutExpired):
                waiting.wait(1)
            waiting.terminate()
            self.assertEqual(waiting.wait(1), 128 + signal.SIGTERM)

    def test_a_peer_that_is_away_is_said_once(self):
        suite = self.begin(Suite())

        def said(begin=0):
            with open(suite.file("publications.log"), encoding="utf-8") as log:
                log.seek(begin)
                lines = [json.loads(line) for line in log if '"what":"follow"' in line]
            return [(line["follower"], line["code"]) for line in lines]

        # What failed while the suite started, goes.
        wait_for("all follow", lambda: all(code == "OK" for code in dict(said()).values()))
        began = os.path.getsize(suite.file("publications.log"))
        suite.kill("tasks")
        wait_for("it is said", lambda: said(began))
        # Meanwhile it is asked over and over, for as long as the gateway tries.
        request = urllib.request.Request(
            f"{suite.url}/v1/tasks", headers={"Authorization": f"Bearer {suite.token('OFFICE')}"})
        with self.assertRaises(urllib.error.HTTPError):
            urllib.request.urlopen(request)
        followers = [follower for follower, _ in said(began)]
        self.assertEqual(len(followers), len(set(followers)))
        suite.start("tasks")
        wait_for("its return is said", lambda: (followers[0], "OK") in said(began))

    def test_a_database_of_another_service_is_refused(self):
        suite = self.begin(Suite())
        self.api.call("OFFICE", "POST", "/v1/units", unit("here"))
        suite.stop("tasks")
        suite.stop("cases")
        wrong = [word.replace(suite.database("cases"), suite.database("tasks"))
                 for word in suite.check_command("cases")]
        refused = subprocess.run(wrong, check=False, capture_output=True, text=True)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("this database is that of tasks", refused.stderr)
        subprocess.run(suite.check_command("tasks"), check=True, stdout=subprocess.DEVNULL)

    def total(self):
        overview = self.api.call("OFFICE", "GET", "/v1/dashboards/overview")
        return next(c["value"] for c in overview["cells"] if c["name"] == "tasks.total")

    def add_task(self, mark):
        self.api.call("OFFICE", "POST", "/v1/tasks", {
            "region": REGION, "origin": ORIGIN, "source": "SELF_FOUND", "number": mark,
            "title": mark, "dueDay": "2030-01-31", "leadUnitId": "one", "supervisingUnitId": "two",
            "acceptingUnitId": "two"})

    def keys_in_redis(self):
        return int(subprocess.run(["redis-cli", "-s", self.suite.file("redis.sock"), "dbsize"],
                                  check=True, capture_output=True, text=True).stdout)

    def test_redis_may_come_late_and_go_early(self):
        suite = self.begin(Suite(start=PROGRAMS[1:]))
        for name in ("one", "two"):
            self.api.call("OFFICE", "POST", "/v1/units", unit(name))
        self.assertEqual(self.total(), "0")
        self.add_task("without")
        wait_for("the overview follows", lambda: self.total() == "1")
        suite.start("redis")
        marks = iter(range(1000))

        def used():
            self.add_task(f"with-{next(marks)}")
            self.total()
            return self.keys_in_redis() > 0

        wait_for("Redis is used", used)
        suite.kill("redis")
        self.assertEqual(suite.healthy(), True)
        count = next(marks) + 1
        self.add_task("without again")
        wait_for("the overview follows", lambda: self.total() == str(count + 1))

    def test_a_peer_that_is_away_leaves_everything_as_it_was(self):
        suite = self.begin(Suite())
        draft = self.api.call("OFFICE", "POST", "/v1/publications", {
            "region": REGION, "origin": ORIGIN, "kind": "PROGRESS", "title": "title",
            "body": "会议{{figure F01}}。",
            "figures": [
                {"key": "F01", "query": {"figure": "F01", "parameters": {"from": "2021-04-06"}}}]})
        path = f"/v1/publications/{draft['id']}"
        suite.kill("tasks")
        self.refused("UNAVAILABLE", "OWNER_UNAVAILABLE", "OFFICE", "POST", f"{path}:freeze", {})
        self.assertEqual(self.api.call("OFFICE", "GET", path)["version"], draft["version"])
        with self.assertRaises(AssertionError):
            wait_for("healthy", suite.healthy, 1)
        # What does not need the peer goes on.
        self.api.call("OFFICE", "PATCH", path, {"title": "another"})
        overview = self.api.call("OFFICE", "GET", "/v1/dashboards/overview")
        self.assertEqual(overview["partial"], ["tasks"])
        suite.start("tasks")
        suite.wait_healthy()

        def freeze():
            try:
                return self.api.call("OFFICE", "POST", f"{path}:freeze", {})
            except Refused as refused:
                self.assertEqual(refused.code, "UNAVAILABLE")
                return None

        # Publications connects anew within a second; until then it says to try again.
        frozen = wait_for("publications finds tasks again", freeze)
        self.assertEqual(frozen["figures"][0]["frozen"]["value"], "0")


if __name__ == "__main__":
    run_tests()
