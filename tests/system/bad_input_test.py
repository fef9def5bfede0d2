"""Bad input through the front door: the right code, a message that names field and rule, nothing
changed, nothing leaked."""

import base64
import http.client
import json
import os
import socket
import subprocess
import time
import unittest
import urllib.parse

from suite import BIN, Suite, run_tests

REGION = "210400"
UNIT = {"region": REGION, "origin": {"synthetic": True}}
HISTORICAL = {"historical": True, "synthetic": True}


def segment(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Suite())
        cls.api = cls.suite.api()
        cls.addClassCleanup(cls.api.close)
        for name in ("first", "second"):
            cls.api.call("OFFICE", "POST", "/v1/units", {**UNIT, "id": name, "name": name})
        for number, lead in ((1, "first"), (2, "second")):
            cls.api.call("OFFICE", "POST", "/v1/tasks", {
                "id": f"task-{number}", "region": REGION, "source": "SELF_FOUND",
                "number": f"{number}", "title": "title", "dueDay": "2030-01-31", "leadUnitId": lead,
                "supervisingUnitId": "first" if number == 2 else "second",
                "acceptingUnitId": "first"})

    def send(self, method, path, body=b"", token=None, headers=None):
        """Status and parsed body of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.suite.port["http"], timeout=30)
        token = self.api.tokens["OFFICE"] if token is None else token
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        connection.request(method, path, body, {
            **({"Authorization": f"Bearer {token}"} if token else {}),
            "Content-Type": "application/json", **(headers or {})})
        with connection.getresponse() as answer:
            text = answer.read()
        connection.close()
        return answer.status, json.loads(text)

    def refused(self, code, method, path, body=b"", says="", **more):
        """The request is refused with this code, in a message that says this."""
        status, answer = self.send(method, path, body, **more)
        error = answer["error"]
        self.assertEqual(error["status"], code, error)
        self.assertEqual(error["code"], status)
        self.assertIn(says, json.dumps(error, ensure_ascii=False))
        info = [d for d in error["details"] if d["@type"].endswith("google.rpc.ErrorInfo")]
        self.assertEqual([i["domain"] for i in info], ["lucid"], error)
        self.assertRegex(info[0]["reason"], "^[A-Z_]+$")
        return error

    def test_tokens_that_are_not_ours(self):
        good = self.suite.token("OFFICE")
        head, claims, signature = good.split(".")
        said = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        unsigned = f"{segment({'alg': 'none', 'typ': 'JWT'})}.{claims}."
        more = segment({**said, "roles": ["OFFICE", "DISCIPLINE"]})
        flipped = ("A" if signature[10] != "A" else "B").join((signature[:10], signature[11:]))
        subprocess.run([f"{BIN}/lucid-token", "keygen", "--keys", self.other_keys()], check=True)
        foreign = subprocess.run([f"{BIN}/lucid-token", "issue", f"--keys={self.other_keys()}",
                                  "--role=OFFICE", "--region=210400"], check=True,
                                 capture_output=True, text=True).stdout.strip()
        for name, token in (("alg none", unsigned), ("claims changed", f"{head}.{more}.{signature}"),
                            ("signature changed", f"{head}.{claims}.{flipped}"),
                            ("another issuer's key", foreign), ("no token", "x.y.z")):
            with self.subTest(name):
                error = self.refused("UNAUTHENTICATED", "GET", "/v1/units", token=token)
                self.assertNotIn(token, json.dumps(error))

    def other_keys(self):
        os.makedirs(self.suite.file("other"), exist_ok=True)
        return self.suite.file("other")

    def test_a_foreign_and_a_missing_task_look_the_same_to_a_unit(self):
        token = self.suite.token("UNIT", unit="first")
        foreign = self.suite.token("OFFICE", region="210500")
        for who in (token, foreign):
            answers = [self.refused("PERMISSION_DENIED", "GET", f"/v1/tasks/{task}", token=who)
                       for task in ("no-such-task", "task-1" if who == foreign else "task-3")]
            self.assertEqual(answers[0]["message"].replace("no-such-task", "X"),
                             answers[1]["message"].replace("task-1", "X").replace("task-3", "X"))

    def test_json_that_is_not_strict(self):
        deep = b'{"origin":' * 200 + b"{}" + b"}" * 200
        for name, body, says in (
                ("unknown field", b'{"name":"a","nmae":"b"}', "nmae"),
                ("duplicate key", b'{"name":"a","name":"b"}', "name"),
                ("both spellings of a field", b'{"parentId":"a","parent_id":"b"}', "parent"),
                ("trailing comma", b'{"name":"a",}', ""), ("single quotes", b"{'name':'a'}", ""),
                ("two values", b'{"name":"a"} {}', ""), ("deep nesting", deep, ""),
                ("bad UTF-8", b'{"name":"\xff\xfe"}', ""), ("no object", b"[]", ""),
                ("cut short", b'{"name":"a', ""), ("not JSON", b"name=a", "")):
            with self.subTest(name):
                self.refused("INVALID_ARGUMENT", "POST", "/v1/units", body, says)

    def test_a_body_over_the_limit_is_refused_before_it_is_sent(self):
        with socket.create_connection(("127.0.0.1", self.suite.port["http"]), 30) as client:
            client.sendall(b"POST /v1/units HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n"
                           b"Expect: 100-continue\r\n\r\n")
            self.assertIn(b" 413 ", client.recv(4096).split(b"\r\n")[0])

    def test_half_open_and_slow_clients_do_not_hold_up_others(self):
        idle = [socket.create_connection(("127.0.0.1", self.suite.port["http"]), 30)
                for _ in range(50)]
        try:
            for client in idle:
                client.sendall(b"POST /v1/units HTTP/1.1\r\nContent-Le")
            begun = time.monotonic()
            status, _ = self.send("GET", "/v1/units")
            self.assertEqual(status, 200)
            self.assertLess(time.monotonic() - begun, 10)
        finally:
            for client in idle:
                client.close()

    def test_pages_that_were_tampered_with(self):
        _, page = self.send("GET", "/v1/units?pageSize=1")
        token = urllib.parse.quote(page["nextPageToken"])
        changed = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
        for query, field in (("pageSize=-1", "page_size"), ("pageSize=1.5", "pageSize"),
                             (f"pageToken={changed}", "page_token"),
                             (f"pageToken={token}&region=210411", "page_token"),
                             ("pageToken=%00", "page_token"), ("orderBy=body", "order_by"),
                             ("nonsense=1", "nonsense"), ("pageSize=1&pageSize=2", "pageSize")):
            with self.subTest(query):
                self.refused("INVALID_ARGUMENT", "GET", f"/v1/units?{query}", says=field)

    def test_ids_that_are_none(self):
        for bad in ("Upper", "-dash", "a" * 64, "a/b", "ä", "a b"):
            with self.subTest(bad):
                self.refused("INVALID_ARGUMENT", "POST", "/v1/units",
                             {**UNIT, "id": bad, "name": f"unit {bad}"}, "id")
        status, _ = self.send("GET", "/v1/units/%27%20OR%201=1")
        self.assertIn(status, (400, 403, 404))

    def test_days_and_decimals_that_do_not_exist(self):
        project = {**UNIT, "name": "project", "category": "OTHER", "state": "PLANNED"}
        meeting = {"region": REGION, "body": "OTHER", "agenda": "agenda"}
        for path, body, field in (
                ("/v1/meetings", {**meeting, "day": "2023-02-30"}, "day"),
                ("/v1/meetings", {**meeting, "day": "2023-2-3"}, "day"),
                ("/v1/meetings", {**meeting, "day": "2999-01-01"}, "day"),
                ("/v1/projects", {**project, "investment": "1e3", "investmentUnit": "万元"},
                 "investment"),
                ("/v1/projects", {**project, "investment": "1,000", "investmentUnit": "万元"},
                 "investment"),
                ("/v1/projects", {**project, "investment": "1", "investmentUnit": "贯"},
                 "investment_unit"),
                ("/v1/registers", {**UNIT, "name": "register", "unit": "步"}, "unit")):
            with self.subTest(body):
                self.refused("INVALID_ARGUMENT", "POST", path, body, field)

    def test_one_document_number_twice(self):
        document = {"region": REGION, "title": "title", "issuer": "issuer", "category": "RULE",
                    "issueDay": "2023-01-05", "documentNumber": "抚政发〔2023〕1号",
                    "origin": HISTORICAL}
        self.assertEqual(self.send("POST", "/v1/documents", document)[0], 200)
        for same in ("抚政发[2023]1号", "抚政发【2023】１号", "抚政发 〔2023〕 1 号"):
            self.refused("ALREADY_EXISTS", "POST", "/v1/documents",
                         {**document, "documentNumber": same})

    def test_a_stale_version_names_what_happened_since(self):
        for kind in ("one", "two"):
            self.send("PATCH", "/v1/units/second", {"kind": kind})
        error = self.refused("ABORTED", "PATCH", "/v1/units/second", {"kind": "x", "version": "1"},
                             "local-office")
        self.assertEqual(error["details"][0]["reason"], "STALE_VERSION")

    def test_one_request_id_for_two_bodies(self):
        key = {"Idempotency-Key": "the same"}
        first = self.send("POST", "/v1/units", {**UNIT, "name": "third"}, headers=key)
        again = self.send("POST", "/v1/units", {**UNIT, "name": "third"}, headers=key)
        self.assertEqual(first, again)
        self.refused("INVALID_ARGUMENT", "POST", "/v1/units", {**UNIT, "name": "fourth"},
                     "request_id", headers=key)

    def test_validate_only_checks_and_changes_nothing(self):
        unit = {**UNIT, "id": "tried", "name": "tried"}
        status, _ = self.send("POST", "/v1/units?validateOnly=true", unit)
        self.assertEqual(status, 200)
        self.refused("PERMISSION_DENIED", "GET", "/v1/units/tried")
        self.refused("INVALID_ARGUMENT", "POST", "/v1/units?validateOnly=true",
                     {**unit, "region": "21"}, "region")

    def test_what_is_not_there(self):
        self.refused("NOT_FOUND", "GET", "/v1/nothing")
        self.refused("NOT_FOUND", "GET", "/v1/public/publications/nothing", token="")
        status, _ = self.send("DELETE", "/v1/units/first")
        self.assertIn(status, (404, 405, 501))

    def test_a_service_that_is_away_is_said_to_be_away(self):
        self.suite.stop("tasks")
        try:
            error = self.refused("UNAVAILABLE", "GET", "/v1/units")
            self.assertNotIn("127.0.0.1", json.dumps(error))
            self.assertEqual(self.send("GET", "/v1/clues", token=self.api.tokens["DISCIPLINE"])[0],
                             200)
        finally:
            self.suite.start("tasks")
            self.suite.wait_healthy()
        self.assertEqual(self.send("GET", "/v1/units")[0], 200)


if __name__ == "__main__":
    run_tests()
