"""Bad input through the front door: the right code, a message that names field and rule, nothing
changed, nothing leaked."""

import http.client
import json
import os
import socket
import subprocess
import time
import unittest
import urllib.parse
import urllib.request

from forger import decode, segment, sign
from suite import BIN, Suite, run_tests

REGION = "210400"
UNIT = {"region": REGION, "origin": {"synthetic": True}}
HISTORICAL = {"historical": True, "synthetic": True}


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Suite(gateway_flags=[
            "--idle_time=2s", "--header_time=2s", "--body_time=2s", "--write_time=2s"]))
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

    def test_nothing_is_read_of_what_nobody_sends(self):
        for method, path in (("POST", "/v1/tasks"), ("GET", "/v1/tasks?pageSize=x")):
            body = b"{no json" if method == "POST" else b""
            self.refused("UNAUTHENTICATED", method, path, body, token="")
        status, answer = self.send("POST", "/lucid.tasks.v1.TasksService/GetTask", b"{no json",
                                   token="")
        self.assertEqual((status, answer["code"]), (401, "unauthenticated"))

    def test_tokens_that_are_not_ours(self):
        good = self.suite.token("OFFICE")
        head, claims, signature = good.split(".")
        said = json.loads(decode(claims))
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

    def test_tokens_of_ours_that_are_not_for_this(self):
        now = int(time.time())
        good = {"iss": "lucid-local", "aud": "lucid", "sub": "li", "roles": ["OFFICE"],
                "region": REGION, "iat": now - 7200, "nbf": now - 7200, "exp": now + 3600}
        key = self.suite.file("keys/users.jwk")
        self.assertEqual(self.send("GET", "/v1/units", token=sign(key, good))[0], 200)
        for reason, change in (("TOKEN_EXPIRED", {"exp": now - 3600}),
                               ("TOKEN_NOT_YET_VALID", {"nbf": now + 3600}),
                               ("TOKEN_AUDIENCE", {"aud": "another system"}),
                               ("TOKEN_ISSUER", {"iss": "somebody"}),
                               ("TOKEN_INVALID", {"iss": "lucid-services",
                                                  "roles": ["SERVICE"]}),
                               ("TOKEN_ROLES", {"roles": ["SERVICE"]}),
                               ("TOKEN_ROLES", {"roles": []}),
                               ("TOKEN_INVALID", {"exp": "tomorrow"})):
            with self.subTest(change):
                token = sign(key, {**good, **change})
                error = self.refused("UNAUTHENTICATED", "GET", "/v1/units", token=token)
                self.assertEqual(error["details"][0]["reason"], reason)
                self.assertNotIn("another system", json.dumps(error))

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
        arrays = b'{"name":' + b"[" * 100_000
        objects = b'{"a":' * 100_000
        for name, body, says in (
                ("unknown field", b'{"name":"a","nmae":"b"}', "nmae"),
                ("duplicate key", b'{"name":"a","name":"b"}', "name"),
                ("both spellings of a field", b'{"parentId":"a","parent_id":"b"}', "parent"),
                ("trailing comma", b'{"name":"a",}', ""), ("single quotes", b"{'name':'a'}", ""),
                ("two values", b'{"name":"a"} {}', ""), ("deep nesting", deep, ""),
                ("deep arrays", arrays, "name"), ("nothing but arrays", b"[" * 100_000, ""),
                ("deep objects", objects, ""),
                ("bad UTF-8", b'{"name":"\xff\xfe"}', ""), ("no object", b"[]", ""),
                ("cut short", b'{"name":"a', ""), ("not JSON", b"name=a", "")):
            with self.subTest(name):
                self.refused("INVALID_ARGUMENT", "POST", "/v1/units", body, says)

    def test_a_body_over_the_limit_is_refused_before_it_is_sent(self):
        with socket.create_connection(("127.0.0.1", self.suite.port["http"]), 30) as client:
            client.sendall(b"POST /v1/units HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n"
                           b"Expect: 100-continue\r\n\r\n")
            self.assertIn(b" 413 ", client.recv(4096).split(b"\r\n")[0])

    def test_a_body_over_the_limit_is_refused_also_when_it_is_sent(self):
        self.assertEqual(self.send("POST", "/v1/units", bytes(100 << 20))[0], 413)

    def test_bytes_that_are_no_text_in_a_url_or_header(self):
        for path, says in (("/v1/units?region=%ff", "region"), ("/v1/units?%ff=1", "query"),
                           ("/v1/units?region=%e6%b0", "region"), ("/v1/units?region=%zz", "region"),
                           ("/v1/units?region=%2", "region"), ("/v1/units/%ff%fe", "id"),
                           ("/v1/units/%c0%af", "id"), ("/v1/units/%ed%a0%80", "id"),
                           ("/v1/units?" + "parent." * 1000 + "id=1", "too deep")):
            with self.subTest(path[:40]):
                self.refused("INVALID_ARGUMENT", "GET", path, says=says)
        self.refused("INVALID_ARGUMENT", "POST", "/v1/units", {**UNIT, "name": "x"},
                     "idempotency-key", headers={"Idempotency-Key": b"\xff"})
        self.refused("INVALID_ARGUMENT", "GET", "/v1/events/tasks", says="last-event-id",
                     headers={"Accept": "text/event-stream", "Last-Event-ID": b"\xff/1"})
        caller = f"Authorization: Bearer {self.api.tokens['OFFICE']}\r\n".encode()
        for target in (b"/v1/units/\xff", b"/v1/units?region=\xff", b"/v1/units?region=\x00"):
            with self.subTest(target), self.connect() as client:
                client.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n" + caller + b"\r\n")
                self.assertIn(b" 400 ", client.recv(4096).split(b"\r\n")[0])

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.suite.port["http"]), 30)

    def seconds_until_cut_off(self, begin, then=b""):
        """How long a client is listened to that sends, and then more and more, byte by byte."""
        begun = time.monotonic()
        with self.connect() as client:
            client.sendall(begin)
            client.settimeout(0.1)
            while time.monotonic() < begun + 60:
                try:
                    if not client.recv(4096):
                        break
                except TimeoutError:
                    pass
                except ConnectionError:
                    break
                try:
                    client.sendall(then)
                except ConnectionError:
                    break
        return time.monotonic() - begun

    def test_slow_clients_are_cut_off(self):
        head = b"POST /v1/units HTTP/1.1\r\nHost: x\r\n"
        for name, begin, then in (
                ("silent", b"", b""), ("half a header", head, b""),
                ("a header without end", head + b"X: ", b"x"),
                ("half a body", head + b"Content-Length: 999999\r\n\r\n{", b""),
                ("a body drop by drop", head + b"Content-Length: 999999\r\n\r\n{", b" "),
                ("chunks drop by drop", head + b"Transfer-Encoding: chunked\r\n\r\n",
                 b"1\r\n \r\n")):
            with self.subTest(name):
                self.assertLess(self.seconds_until_cut_off(begin, then), 20)

    def test_a_client_that_hardly_reads_is_cut_off(self):
        with urllib.request.urlopen(f"{self.suite.url}/metrics") as answer:
            whole = len(answer.read()) * 2000
        with self.connect() as client:
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 2000)
            read = 0
            for _ in range(40):
                read += len(client.recv(100))
                time.sleep(0.1)  # what makes it slow
            try:
                while more := client.recv(1 << 20):
                    read += len(more)
            except ConnectionError:
                pass
        self.assertLess(read, whole)

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
                             ("region=21", "region"), ("region=Fushun", "region"),
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

    def test_nothing_of_a_secret_is_in_a_log(self):
        secrets = ["欧阳举报", "13912345678", "望花区和平路一号", "夜里偷排黑水", "secret-in-a-url",
                   "secret-in-a-body", "secret-in-a-header"]
        name, phone, address, text, url, body, header = secrets
        token = self.suite.token("PETITIONS")
        petition = {"ownerRegion": REGION, "number": "X1", "channel": "LETTER", "text": text,
                    "pollutionTypes": ["WATER"], "origin": {"synthetic": True},
                    "petitioner": {"name": name, "phone": phone, "address": address}}
        status, made = self.send("POST", "/v1/petitions", petition, token=token)
        self.assertEqual(status, 200, made)
        path = f"/v1/petitions/{made['id']}"
        status, shown = self.send("POST", f"{path}:revealPetitioner", {"reason": body}, token=token)
        self.assertEqual((status, shown["petitioner"]["name"]), (200, name))
        for bad in ({**petition, "ownerRegion": name}, {**petition, text: 1},
                    {**petition, "number": [text]}, {**petition, "summary": f"{name}称{text}"}):
            self.assertEqual(self.send("POST", "/v1/petitions", bad, token=token)[0], 400, bad)
        for where in (f"/v1/petitions/{url}", f"/v1/petitions?region={url}", f"/{url}",
                      f"/v1/petitions?{url}=1"):
            self.assertNotEqual(self.send("GET", where, token=token)[0], 200)
        for headers in ({"Idempotency-Key": header}, {"traceparent": header}):
            self.send("PATCH", path, {"place": body}, token=token, headers=headers)
        self.refused("UNAUTHENTICATED", "GET", path, token=f"{token}{header}")
        for program in ("cases", "gateway"):  # a log is whole when its program has ended
            self.suite.stop(program)
            self.suite.start(program)
        self.suite.wait_healthy()
        tokens = [token, *self.api.tokens.values()]
        for name in ("gateway", "tasks", "indicators", "cases", "publications", "redis"):
            with open(self.suite.file(f"{name}.log"), encoding="utf-8") as file:
                log = file.read()
            for secret in secrets + [t.rsplit(".", 1)[1] for t in tokens]:
                self.assertNotIn(secret, log, name)
                self.assertNotIn(urllib.parse.quote(secret), log, name)

    def test_a_request_is_followed_by_its_trace(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
        self.assertEqual(self.send("GET", "/v1/tasks/none", headers=headers)[0], 403)
        for program in ("tasks", "gateway"):
            self.suite.stop(program)
            with open(self.suite.file(f"{program}.log"), encoding="utf-8") as log:
                lines = [json.loads(line) for line in log if trace in line]
            self.suite.start(program)
            self.assertEqual([line["reason"] for line in lines], ["NOT_PERMITTED"], program)
        self.suite.wait_healthy()

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
