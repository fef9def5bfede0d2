"""Stock clients, unchanged: buf curl, @grpc/grpc-js and google-gax's REST client; and a validator of
OpenAPI documents."""

import json
import os
import subprocess
import unittest

from suite import ROOT, Suite, run_tests

NODE = os.path.join(ROOT, "tests", "node")
DESCRIPTORS = os.environ.get("LUCID_DESCRIPTORS", os.path.join(ROOT, "build", "lucid.binpb"))
GOOGLE = "/usr/share/gocode/src/github.com/gogo/googleapis"
METHOD = "lucid.tasks.v1.TasksService/ListUnits"


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=NODE)


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Suite())
        cls.token = cls.suite.token("OFFICE")
        api = cls.suite.api()
        cls.addClassCleanup(api.close)
        api.call("OFFICE", "POST", "/v1/units",
                 {"id": "first", "name": "first", "region": "210400", "origin": {"synthetic": True}})

    def curl(self, *options, port, token=None):
        return run(f"{NODE}/node_modules/.bin/buf", "curl", *options, "-d", '{"pageSize": 1}', "-H",
                   f"Authorization: Bearer {token or self.token}",
                   f"http://127.0.0.1:{self.suite.port[port]}/{METHOD}")

    def assert_lists_units(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["units"][0]["id"], "first")

    def test_buf_curl_by_reflection_on_a_service(self):
        self.assert_lists_units(self.curl("--protocol", "grpc", "--http2-prior-knowledge",
                                          port="tasks"))

    def test_buf_curl_by_reflection_on_the_gateway(self):
        self.assert_lists_units(self.curl("--protocol", "grpc", "--http2-prior-knowledge",
                                          port="grpc"))

    def test_buf_curl_by_connect_on_the_gateway(self):
        self.assert_lists_units(self.curl("--schema", DESCRIPTORS, port="http"))

    def test_buf_curl_is_told_why_it_is_refused(self):
        done = self.curl("--schema", DESCRIPTORS, port="http", token="none")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("unauthenticated", done.stderr)

    def test_grpc_js_on_a_service_and_on_the_gateway(self):
        for port in ("tasks", "grpc"):
            done = run("node", "grpc_js.js", f"127.0.0.1:{self.suite.port[port]}", DESCRIPTORS,
                       self.token, f"by-{port}")
            self.assertEqual(done.returncode, 0, f"{port}: {done.stderr}")

    def test_google_gax_by_rest_on_the_gateway(self):
        done = run("node", "gax_rest.js", f"{self.suite.port['http']}",
                   os.path.join(ROOT, "protos"), GOOGLE, self.token)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_openapi_document_is_valid_and_complete(self):
        done = run("node", "openapi.mjs", f"{self.suite.port['http']}")
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    run_tests()
