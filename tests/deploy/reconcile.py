"""After the load: every acknowledged write is there once, its event too, and the counts agree."""

from collections import Counter

from cluster import SERVICES, wait_for
from load import Client

from crash_test import EVENT_READERS, OWNER, WRITERS


def pages(client, role, path, field):
    token = ""
    while True:
        page = client.call(role, "GET", f"{path}?pageSize=1000&pageToken={token}")
        yield from page.get(field, [])
        token = page.get("nextPageToken", "")
        if not token:
            return


def events_of(client, service):
    after, last = 0, 1
    while after < last:
        page = client.call(EVENT_READERS[service], "GET",
                           f"/v1/events/{service}?pageSize=1000&after={after}")
        yield from page.get("events", [])
        after, last = int(page["position"]), int(page["lastPosition"])


class Ledger:
    def __init__(self, cluster, tokens, acknowledged):
        self.cluster, self.acknowledged = cluster, acknowledged
        self.client = Client(cluster, tokens)
        self.lost = self.doubled = self.events_lost = self.events_doubled = 0
        self.written = sum(len(marks) for marks in acknowledged.values())
        self.events, self.wrong = 0, []

    def check(self):
        for name, marks in self.acknowledged.items():
            self._check_records(name, marks)
        self._check_notices()
        for service in SERVICES:
            self._check_events(service)
        for service in SERVICES:
            self._check_tallies(service)
        self.client.close()
        return not (self.lost or self.doubled or self.events_lost or self.events_doubled
                    or self.wrong)

    def _check_records(self, name, marks):
        role, path, _, field, mark = WRITERS[name]
        found = Counter((r.get(mark), r["id"]) for r in pages(self.client, role, path, field)
                        if r.get(mark, "").startswith(name))
        self.lost += sum(1 for pair in marks.items() if pair not in found)
        by_mark = Counter(m for m, _ in found.elements())
        self.doubled += sum(n - 1 for n in by_mark.values() if n > 1)

    def _check_notices(self):
        """Each reviewed task has one notice, which publications makes by following tasks."""
        wanted = set(self.acknowledged["tasks"].values())

        def notices():
            return Counter(p["taskId"] for p in pages(self.client, "OFFICE", "/v1/publications",
                                                      "publications")
                           if p["kind"] == "TASK_CLOSURE")
        try:
            wait_for("a notice for every task", lambda: wanted <= set(notices()), 30)
        except AssertionError:
            self.wrong.append(f"{len(wanted - set(notices()))} tasks have no notice")
        self.doubled += sum(n - 1 for n in notices().values() if n > 1)

    def _check_events(self, service):
        wanted = {(i, "1") for name, marks in self.acknowledged.items() if OWNER[name] == service
                  for i in marks.values()}
        events = list(events_of(self.client, service))
        # An indicator and its verdict have the same id.
        changes = Counter((e["collection"], e["recordId"], e["recordVersion"]) for e in events)
        self.events += len(events)
        self.events_lost += len(wanted - {change[1:] for change in changes})
        self.events_doubled += sum(n - 1 for n in changes.values() if n > 1)
        if [int(e["position"]) for e in events] != list(range(1, len(events) + 1)):
            self.wrong.append(f"the feed of {service} is not dense")

    def _check_tallies(self, service):
        """The programs' own recount, beside the running service."""
        said = self.cluster.tool(service, "check")
        if "agree" not in said:
            self.wrong.append(f"the tallies of {service} disagree: {said or 'see its output'}")
