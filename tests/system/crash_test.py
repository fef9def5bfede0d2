"""kill -9 of every program in turn while others write: nothing that was acknowledged is lost, nothing
is doubled, no event is missing."""

import subprocess
import threading
import unittest
from collections import Counter

from suite import SERVICES, Suite, postgres, run_tests, wait_for

from api import Refused

REGION = "210400"
TODAY = "2024-05-01"
ORIGIN = {"historical": True, "synthetic": True}
TESTS = {"measuresDone": True, "violationsDealtWith": True, "effectMeetsStandard": True,
         "sameKindRectified": True, "mechanismInPlace": True}


def meeting(mark):
    return {"region": REGION, "origin": ORIGIN, "body": "OTHER", "day": TODAY, "agenda": mark}


def clue(mark):
    return {"region": REGION, "origin": ORIGIN, "source": "OTHER", "receivedDay": TODAY,
            "number": "", "text": mark, "state": "RECEIVED"}


def item(mark):
    return {"origin": ORIGIN, "key": mark, "name": mark, "day": TODAY, "state": "DONE"}


def draft(mark):
    return {"region": REGION, "origin": ORIGIN, "kind": "PROGRESS", "title": mark, "body": mark}


def reviewed_task(mark):
    """A task for which publications must open exactly one notice."""
    return {"region": REGION, "origin": ORIGIN, "source": "SELF_FOUND", "number": mark,
            "title": mark, "dueDay": TODAY, "startDay": "2023-05-01", "leadUnitId": "lead",
            "supervisingUnitId": "supervisor", "acceptingUnitId": "acceptor",
            "measures": [{"text": "done", "dueDay": TODAY, "state": "DONE", "doneDay": TODAY}],
            "progress": {"confirmed": "DONE", "doneDay": TODAY},
            "closure": {"round": 1, "state": "REVIEWED", "history": [
                {"round": 1, "action": "review", "state": "REVIEWED", "day": TODAY,
                 "unitId": "acceptor", "tests": TESTS}]}}


# who writes, where, what, the list it comes back in, and the field with its mark
WRITERS = {
    "meetings": ("OFFICE", "/v1/meetings", meeting, "meetings", "agenda"),
    "clues": ("DISCIPLINE", "/v1/clues", clue, "clues", "text"),
    "items": ("OFFICE", "/v1/registers/ledger/items", item, "items", "key"),
    "drafts": ("OFFICE", "/v1/publications", draft, "publications", "title"),
    "tasks": ("OFFICE", "/v1/tasks", reviewed_task, "tasks", "title"),
}
EVENT_READERS = {"tasks": "OFFICE", "indicators": "OFFICE", "cases": "REGION",
                 "publications": "OFFICE"}
OWNER = {"meetings": "tasks", "clues": "cases", "items": "indicators", "drafts": "publications",
         "tasks": "tasks"}
FEWEST, MOST = 40, 4000  # writes of each kind


class Writer(threading.Thread):
    """Writes one kind of record, each until it is acknowledged, until told to stop."""

    def __init__(self, suite, name, stop):
        super().__init__()
        self.role, self.path, self.make, *_ = WRITERS[name]
        self.name, self.api, self.stop = name, suite.api(), stop
        self.acknowledged, self.failed = {}, None

    def run(self):
        try:
            for number in range(MOST):
                if self.stop.is_set() and number >= FEWEST:
                    return
                mark = f"{self.name}-{number:04}"
                answer = self.write(mark)
                self.acknowledged[mark] = answer["id"]
        except Exception as failure:  # told to the test, which fails by it
            self.failed = failure
        finally:
            self.api.close()

    def write(self, mark):
        for _ in range(20):
            try:
                return self.api.call(self.role, "POST", self.path, self.make(mark), f"crash/{mark}")
            except Refused as refused:
                if refused.code not in ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"):
                    raise
        raise AssertionError(f"{mark} was never acknowledged")


class Crash(unittest.TestCase):
    def setUp(self):
        self.suite = self.enterContext(Suite(postgres()))
        self.api = self.suite.api(REGION=self.suite.token("PETITIONS,DISCIPLINE"))
        self.addCleanup(self.api.close)
        for name in ("lead", "supervisor", "acceptor"):
            self.api.call("OFFICE", "POST", "/v1/units",
                          {"id": name, "name": name, "region": REGION, "origin": ORIGIN})
        self.api.call("OFFICE", "POST", "/v1/registers",
                      {"id": "ledger", "name": "ledger", "region": REGION, "origin": ORIGIN})

    def listed(self, name):
        """Every record of a kind, page by page."""
        role, path, _, field, _ = WRITERS[name]
        token = ""
        while True:
            page = self.api.call(role, "GET", f"{path}?pageSize=1000&pageToken={token}")
            yield from page.get(field, [])
            token = page.get("nextPageToken", "")
            if not token:
                return

    def events(self, service):
        after, last = 0, 1
        while after < last:
            page = self.api.call(EVENT_READERS[service], "GET",
                                 f"/v1/events/{service}?pageSize=1000&after={after}")
            yield from page.get("events", [])
            after, last = int(page["position"]), int(page["lastPosition"])

    def write_while(self, work):
        """Runs all writers while `work` goes on; answers what each was acknowledged."""
        stop = threading.Event()
        writers = [Writer(self.suite, name, stop) for name in WRITERS]
        for writer in writers:
            writer.start()
        try:
            work(writers)
        finally:
            stop.set()
            for writer in writers:
                writer.join(180)
        for writer in writers:
            if writer.failed:
                raise writer.failed
            self.assertFalse(writer.is_alive(), f"{writer.name} is stuck")
        return {writer.name: writer.acknowledged for writer in writers}

    def crash_each(self, writers):
        for name in SERVICES + ["gateway", "redis"]:
            counts = [len(w.acknowledged) for w in writers]
            wait_for("writes go on", lambda: all(
                len(w.acknowledged) >= before + 3 or w.failed
                for w, before in zip(writers, counts)))  # noqa: B023
            self.suite.kill(name)
            self.suite.start(name)
            self.suite.wait_healthy()

    def test_a_crash_of_any_program_loses_and_doubles_nothing(self):
        acknowledged = self.write_while(self.crash_each)
        for name, marks in acknowledged.items():
            field = WRITERS[name][4]
            found = [(r.get(field), r["id"]) for r in self.listed(name)
                     if r.get(field, "").startswith(name)]
            self.assertEqual(sorted(found), sorted(marks.items()), name)
        self.check_notices(acknowledged["tasks"])
        for service in SERVICES:
            self.check_events(service, acknowledged)
        for service in SERVICES:
            self.check_tallies(service)

    def check_notices(self, tasks):
        """Exactly one notice for every reviewed task, however often its follower died."""
        def notices():
            return Counter(p["taskId"] for p in self.listed("drafts") if p["kind"] == "TASK_CLOSURE")
        wait_for("a notice for every reviewed task",
                 lambda: len(notices()) >= len(tasks))
        self.assertEqual(notices(), Counter(dict.fromkeys(tasks.values(), 1)))

    def check_events(self, service, acknowledged):
        expected = [(i, "1") for name, marks in acknowledged.items() if OWNER[name] == service
                    for i in marks.values()]

        def missing():
            found = {(e["recordId"], e["recordVersion"]) for e in self.events(service)}
            return [change for change in expected if change not in found]

        # The lease of a settler that was killed has to run out first.
        wait_for(f"the events of {service}", lambda: not missing())
        events = list(self.events(service))
        self.assertEqual([int(e["position"]) for e in events], list(range(1, len(events) + 1)),
                         f"{service} has a gap in its feed")
        changes = Counter((e["recordId"], e["recordVersion"]) for e in events)
        self.assertEqual(max(changes.values()), 1, f"{service} has an event twice")

    def check_tallies(self, service):
        self.suite.stop(service)
        checked = subprocess.run(self.suite.check_command(service), capture_output=True, text=True,
                                 timeout=60)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_without_redis_the_overview_is_right_and_redis_is_picked_up_again(self):
        def total():
            overview = self.api.call("OFFICE", "GET", "/v1/dashboards/overview")
            return next(c["value"] for c in overview["cells"] if c["name"] == "tasks.total")

        self.assertEqual(total(), "0")
        for number, change in enumerate((self.suite.kill, self.suite.start)):
            change("redis")
            mark = f"tasks-{number}"
            self.api.call("OFFICE", "POST", "/v1/tasks", reviewed_task(mark), mark)
            wait_for("the overview follows", lambda: total() == str(number + 1))  # noqa: B023
        numbers = iter(range(2, 10_000))
        wait_for("Redis is used again", lambda: self.keys_in_redis(f"tasks-{next(numbers)}") > 0)

    def keys_in_redis(self, mark):
        """After a change, because what the gateway has at hand it need not keep again."""
        self.api.call("OFFICE", "POST", "/v1/tasks", reviewed_task(mark), mark)
        self.api.call("OFFICE", "GET", "/v1/dashboards/overview")
        return int(subprocess.run(["redis-cli", "-s", self.suite.file("redis.sock"), "dbsize"],
                                  check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    run_tests()
