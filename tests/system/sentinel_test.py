"""Redis by Sentinel: the gateway uses the master that there is, also when it is another one."""

import os
import subprocess
import unittest

from faults_test import REGION, ORIGIN, unit
from suite import Suite, free_ports, run_tests, wait_for


class SuiteWithSentinel(Suite):
    """Besides the Redis that nobody asks: a master, a replica, and a Sentinel that watches them."""

    def __enter__(self):
        self.master, self.replica, self.sentinel = free_ports(3)
        self.servers = {
            self.master: self.server(self.master, ""),
            self.replica: self.server(self.replica, f"replicaof 127.0.0.1 {self.master}\n"
                                                    "repl-diskless-sync-delay 0\n"),
            self.sentinel: self.server(
                self.sentinel, f"sentinel monitor lucid 127.0.0.1 {self.master} 1\n"
                "sentinel down-after-milliseconds lucid 500\n"
                "sentinel failover-timeout lucid 3000\n", "--sentinel")}
        return super().__enter__()

    def __exit__(self, *_):
        for server in self.servers.values():
            server.kill()
            server.wait()
        super().__exit__()

    def server(self, port, lines, *options):
        folder = self.file(f"redis-{port}")
        os.mkdir(folder)
        with open(f"{folder}/conf", "w", encoding="ascii") as file:
            file.write(f"port {port}\nbind 127.0.0.1\ndir {folder}\nlogfile {folder}/log\n"
                       f'save ""\n{lines}')
        return subprocess.Popen(["redis-server", f"{folder}/conf", *options])

    def ask(self, port, *words):
        return subprocess.run(["redis-cli", "-p", str(port), *words], check=False,
                              capture_output=True, text=True).stdout.strip()

    def command(self, name):
        return [f"--redis=sentinel:127.0.0.1:{self.sentinel}/lucid" if w.startswith("--redis=")
                else w for w in super().command(name)]


class Sentinel(unittest.TestCase):
    def test_the_gateway_follows_the_master(self):
        suite = self.enterContext(SuiteWithSentinel())
        api = suite.api()
        self.addCleanup(api.close)
        for name in ("one", "two"):
            api.call("OFFICE", "POST", "/v1/units", unit(name))
        marks = iter(range(10_000))

        def keys_after_a_change(port):
            """After a change, because what the gateway has at hand it need not keep again."""
            mark = f"task-{next(marks)}"
            api.call("OFFICE", "POST", "/v1/tasks", {
                "region": REGION, "origin": ORIGIN, "source": "SELF_FOUND", "number": mark,
                "title": mark, "dueDay": "2030-01-31", "leadUnitId": "one",
                "supervisingUnitId": "two", "acceptingUnitId": "two"})
            api.call("OFFICE", "GET", "/v1/dashboards/overview")
            return int(suite.ask(port, "dbsize") or 0)

        wait_for("the master is used", lambda: keys_after_a_change(suite.master) > 0)
        wait_for("the Sentinel knows the replica", lambda: str(suite.replica) in suite.ask(
            suite.sentinel, "sentinel", "replicas", "lucid"))
        suite.servers[suite.master].kill()
        wait_for("the replica is the master", lambda: suite.ask(
            suite.replica, "role").startswith("master"))
        before = int(suite.ask(suite.replica, "dbsize"))
        wait_for("the new master is used", lambda: keys_after_a_change(suite.replica) > before)


if __name__ == "__main__":
    run_tests()
