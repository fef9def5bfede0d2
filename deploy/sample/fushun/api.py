"""lucid's HTTP API as a client sees it: tokens by role, request ids, retries, errors in words."""

import http.client
import json
import time
import urllib.parse

TRIES = 6


class Refused(Exception):
    """An answer that is no success; `code` is the status in words."""

    def __init__(self, method, path, status, body):
        error = body.get("error", {}) if isinstance(body, dict) else {}
        self.code = error.get("status", str(status))
        self.details = {d.get("reason"): d for d in error.get("details", []) if "reason" in d}
        fields = [f"{v['field']} {v['description']}" for d in error.get("details", [])
                  for v in d.get("fieldViolations", [])]
        said = "; ".join([error.get("message", f"{body}")] + fields)
        super().__init__(f"{method} {path}: {status} {self.code}: {said}")


class NoAnswer(Exception):
    """The gateway could not be reached, or broke off."""


class Api:
    """The gateway over one connection, as the holder of a token per role."""

    def __init__(self, url, tokens):
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"{url} is not http://HOST:PORT")
        self.tokens = tokens
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=60)

    def close(self):
        self.connection.close()

    def call(self, role, method, path, body=None, key=None):
        """The answer, or Refused; what cannot do harm twice is tried again."""
        headers = {"Content-Type": "application/json"}
        if role:
            if role not in self.tokens:
                raise ValueError(f"the tokens have no LUCID_TOKEN_{role}")
            headers["Authorization"] = f"Bearer {self.tokens[role]}"
        if key:
            headers["Idempotency-Key"] = key
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        tries = TRIES if key or method == "GET" else 1
        for attempt in range(tries):
            try:
                self.connection.request(method, path, data, headers)
                response = self.connection.getresponse()
                text = response.read()
            except (ConnectionError, http.client.HTTPException) as failure:
                self.connection.close()
                if attempt + 1 == tries:
                    raise NoAnswer(f"{method} {path}: no answer: {failure!r}") from failure
                time.sleep(0.2 * 2**attempt)
                continue
            answer = json.loads(text) if text.startswith((b"{", b"[")) else text.decode()
            if response.status < 300:
                return answer
            if response.status not in (429, 503) or attempt + 1 == tries:
                raise Refused(method, path, response.status, answer)
            time.sleep(0.2 * 2**attempt)


def read_tokens(path):
    """Role → token, from a file of LUCID_TOKEN_<ROLE>=… lines."""
    with open(path, encoding="utf-8") as lines:
        pairs = [line.strip().split("=", 1) for line in lines if "=" in line]
    return {name.removeprefix("LUCID_TOKEN_"): value for name, value in pairs}
