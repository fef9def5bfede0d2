"""What the programs measure can be asked for where Prometheus asks, under the names and labels by
which the alerts and the dashboard know it."""

import os
import re
import unittest
import urllib.request

from suite import ROOT, SERVICES, Suite, free_ports, run_tests, wait_for

MEASURED = SERVICES + ["gateway"]


class Measured(Suite):
    def __init__(self):
        super().__init__()
        self.metrics = dict(zip(MEASURED, free_ports(len(MEASURED))))

    def command(self, name):
        if name not in self.metrics:
            return super().command(name)
        return super().command(name) + [f"--metrics=127.0.0.1:{self.metrics[name]}"]

    def scrape(self, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics[name]}/metrics") as answer:
            return answer.read().decode()


def asked_for():
    """{metric: labels} of the alerts and the dashboard."""
    found = {}
    for path in ["deploy/components/prometheus/rules.yaml", "deploy/components/grafana/lucid.json"]:
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            for line in file:
                grouped = re.findall(r"by \(([\w, ]+)\)", line)
                labels = {l for g in grouped for l in re.split(r",\s*", g)} & {
                    "le", "route", "method", "status"}
                for name, chosen in re.findall(r"\b(lucid_[a-z_]+)(?:\{([^}]*)\})?", line):
                    labels |= set(re.findall(r"(\w+)[=!]", chosen)) - {"namespace"}
                    found.setdefault(name, set()).update(labels)
    return found


class Metrics(unittest.TestCase):
    def test_what_alerts_and_dashboard_ask_for_is_there(self):
        with Measured() as suite:
            suite.api().call("OFFICE", "GET", "/v1/units")
            wanted = asked_for()
            self.assertLessEqual({"lucid_http_requests_total", "lucid_rpc_seconds_count",
                                  "lucid_http_seconds_bucket", "lucid_serving", "lucid_failing"}, set(wanted))
            lines = "".join(suite.scrape(name) for name in MEASURED).splitlines()
            for metric, labels in wanted.items():
                samples = [line for line in lines if re.match(rf"{metric}[ {{]", line)]
                self.assertTrue(samples, metric)
                for label in labels:
                    self.assertTrue(any(f'{label}="' in s for s in samples), f"{metric} {label}")

    def test_each_program_says_what_it_does(self):
        with Measured() as suite:
            suite.api().call("OFFICE", "GET", "/v1/units")
            self.assertRegex(suite.scrape("gateway"),
                             r'lucid_http_requests_total\{route="[\w.]*ListUnits",status="200"\} 1\n')
            self.assertRegex(suite.scrape("tasks"),
                             r'lucid_rpc_seconds_count\{method="[\w./]*ListUnits"\} 1\n')
            for name in SERVICES:
                wait_for(name, lambda name=name: "\nlucid_serving 1\n" in suite.scrape(name))


if __name__ == "__main__":
    run_tests()
