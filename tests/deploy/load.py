"""A constant load of reads and writes through the gateways, and what became of each request."""

import http.client
import itertools
import json
import os
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests", "system"), os.path.join(ROOT, "deploy/sample/fushun")]

from cluster import wait_for  # noqa: E402
from crash_test import EVENT_READERS, ORIGIN, REGION, WRITERS  # noqa: E402

READS = [("OFFICE", "/v1/tasks?pageSize=20"), ("OFFICE", "/v1/dashboards/overview"),
         ("OFFICE", "/v1/meetings?pageSize=20"), ("DISCIPLINE", "/v1/clues?pageSize=20"),
         ("OFFICE", "/v1/registers/ledger/items?pageSize=20"),
         ("OFFICE", "/v1/indicators/half:series?step=YEAR&fromDay=2024-01-01"),
         ("OFFICE", "/v1/publications?pageSize=20"), ("OFFICE", "/v1/events/tasks?pageSize=5")]
PER_SECOND = 8  # requests of each thread
READERS = 3
# A load balancer's connections are shared and live long; these go on to another gateway this often.
REQUESTS_PER_CONNECTION = 40
CONNECT_TIME, ANSWER_TIME = 5, 40  # seconds; a gateway that is gone does not even refuse


class Failed(Exception):
    """A request without a good answer: what a caller would have seen."""


class Client:
    """One caller behind a load balancer, which sends to gateways that are ready and takes each
    request once."""

    turns = itertools.count()

    def __init__(self, cluster, tokens):
        self.cluster, self.tokens = cluster, tokens
        self.connection, self.endpoint, self.used = None, None, 0

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def _connect(self):
        endpoints = self.cluster.endpoints()
        if self.connection and self.endpoint in endpoints and self.used < REQUESTS_PER_CONNECTION:
            return
        self.close()
        if not endpoints:
            raise Failed("no gateway is ready")
        self.endpoint, self.used = endpoints[next(self.turns) % len(endpoints)], 0
        self.connection = http.client.HTTPConnection(*self.endpoint, timeout=CONNECT_TIME)

    def call(self, role, method, path, body=None, key=None):
        self._connect()
        headers = {"Authorization": f"Bearer {self.tokens[role]}",
                   "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        self.used += 1
        try:
            data = None if body is None else json.dumps(body).encode()
            if self.connection.sock is None:
                self.connection.connect()
                self.connection.sock.settimeout(ANSWER_TIME)
            self.connection.request(method, path, data, headers)
            answer = self.connection.getresponse()
            text = answer.read()
            if answer.will_close:
                self.close()
        except (OSError, http.client.HTTPException) as failure:
            self.close()
            raise Failed(f"{method} {path}: {failure!r} from {self.endpoint[0]}") from failure
        if answer.status >= 300:
            raise Failed(f"{method} {path}: {answer.status} {text[:300].decode()}")
        return json.loads(text)


class Load:
    """Threads that write records of each kind, each until it is acknowledged, and read lists."""

    def __init__(self, cluster, tokens):
        self.cluster, self.tokens = cluster, tokens
        self.acknowledged = {name: {} for name in WRITERS}
        self.failures = []  # (when it failed, what)
        self.sent = 0
        self.last_success = {}  # of each thread
        self.lock, self.stopping = threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self._write, args=(n,), name=n) for n in WRITERS]
        self.threads += [threading.Thread(target=self._read, args=(i,), name=f"reads-{i}")
                         for i in range(READERS)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(120)
            assert not thread.is_alive(), f"{thread.name} is stuck"

    @staticmethod
    def _healthy(host, port):
        asking = http.client.HTTPConnection(host, port, timeout=CONNECT_TIME)
        try:
            asking.request("GET", "/healthz")
            return asking.getresponse().status == 200
        except OSError:
            return False
        finally:
            asking.close()

    def prepare(self):
        client = Client(self.cluster, self.tokens)
        for endpoint in self.cluster.endpoints():
            wait_for(f"{endpoint} reaches all services", lambda e=endpoint: self._healthy(*e))
        for name in ("lead", "supervisor", "acceptor"):
            client.call("OFFICE", "POST", "/v1/units",
                        {"id": name, "name": name, "region": REGION, "origin": ORIGIN})
        client.call("OFFICE", "POST", "/v1/registers",
                    {"id": "ledger", "name": "ledger", "region": REGION, "origin": ORIGIN})
        for indicator in ({"id": "rows", "name": "rows", "kind": "REGISTER", "unit": "项",
                           "registerRule": {"registerId": "ledger", "aggregate": "COUNT"}},
                          {"id": "half", "name": "half", "kind": "FORMULA", "unit": "项",
                           "formula": {"expression": "[rows] ÷ 2"}}):
            client.call("OFFICE", "POST", "/v1/indicators",
                        {"region": REGION, "origin": ORIGIN, **indicator})
        client.close()

    def _attempt(self, client, *request):
        try:
            answer = client.call(*request)
        except Failed as failure:
            with self.lock:
                self.sent += 1
                self.failures.append((time.monotonic(), str(failure)))
            return None
        with self.lock:
            self.sent += 1
            self.last_success[threading.current_thread().name] = time.monotonic()
        return answer

    def _paced(self):
        """Numbers, one per turn of the rate, until told to stop."""
        due = time.monotonic()
        for number in itertools.count():
            if self.stopping.is_set():
                return
            yield number
            due = max(due + 1 / PER_SECOND, time.monotonic() - 1)
            self.stopping.wait(max(0, due - time.monotonic()))

    def _write(self, name):
        role, path, make, *_ = WRITERS[name]
        client = Client(self.cluster, self.tokens)
        for number in self._paced():
            mark = f"{name}-{number:05}"
            while True:
                answer = self._attempt(client, role, "POST", path, make(mark), f"load/{mark}")
                if answer is not None:
                    break
                time.sleep(0.2)
            self.acknowledged[name][mark] = answer["id"]
        client.close()

    def _read(self, first):
        client = Client(self.cluster, self.tokens)
        for number in self._paced():
            role, path = READS[(first + number) % len(READS)]
            self._attempt(client, role, "GET", path)
        client.close()

    def failed_since(self, moment):
        with self.lock:
            return [f for f in self.failures if f[0] >= moment]

    def flowing_since(self, moment):
        """Whether every thread had a success after a moment."""
        with self.lock:
            return all(self.last_success.get(t.name, 0) > moment for t in self.threads)
