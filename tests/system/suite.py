"""The real programs on free ports, with a Redis and a database of their own, for whole-suite tests."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("LUCID_BIN", os.path.join(ROOT, "build", "bin"))
SAMPLE = os.path.join(ROOT, "deploy", "sample", "fushun")
SERVICES = ["tasks", "indicators", "cases", "publications"]
PROGRAMS = ["redis"] + SERVICES + ["gateway"]
ROLES = ["OFFICE", "LEADER", "SUPERIOR", "MONITOR", "PETITIONS", "DISCIPLINE", "PUBLISHER", "ADMIN",
         "PUBLIC"]

sys.path.insert(0, SAMPLE)

from api import Api  # noqa: E402


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def wait_for(what, condition, seconds=60):
    """Until a condition holds; answers its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {seconds} s")


def postgres():
    """The server given by LUCID_TEST_POSTGRES when the tests run with --postgres, else "": SQLite."""
    return os.environ["LUCID_TEST_POSTGRES"] if "--postgres" in sys.argv else ""


def run_tests():
    """main() of a file of tests; 77 says that --postgres has no server to use."""
    if "--postgres" in sys.argv and not os.environ.get("LUCID_TEST_POSTGRES"):
        print("LUCID_TEST_POSTGRES is not set", file=sys.stderr)
        sys.exit(77)
    unittest.main(argv=[word for word in sys.argv if word != "--postgres"], verbosity=2)


class Suite:
    """Redis, four services and the gateway; ends what it started, by process id."""

    def __init__(self, postgres_url="", test_clock=False, gateway_flags=(), start=PROGRAMS):
        self.test_clock = test_clock
        self.gateway_flags = list(gateway_flags)
        self.first = start
        self.folder = tempfile.TemporaryDirectory(prefix="lucid-system-")
        self.path = self.folder.name
        self.postgres = postgres_url
        names = SERVICES + ["http", "grpc"]
        self.port = dict(zip(names, free_ports(len(names))))
        self.url = f"http://127.0.0.1:{self.port['http']}"
        self.running = {}
        self.databases = []
        self._make_keys()

    def __enter__(self):
        try:
            for name in self.first:
                self.start(name)
            self.wait_healthy()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in list(self.running)[::-1]:
            self.stop(name)
        for database in self.databases:
            self._administer(f"DROP DATABASE {database} WITH (FORCE)")
        self.folder.cleanup()

    def file(self, name):
        return os.path.join(self.path, name)

    def _make_keys(self):
        os.mkdir(self.file("keys"))
        subprocess.run([f"{BIN}/lucid-token", "keygen", "--keys", self.file("keys")], check=True)
        with open(self.file("keys/petitioner.key"), "w", encoding="ascii") as key:
            key.write("bHVjaWQgdGVzdHMsIDMyIGJ5dGVzIG9mIGEga2V5ISE=\n")

    def move_clock(self, seconds):
        """Moves the clock of every program; needs test_clock."""
        with open(self.file("clock.new"), "w", encoding="ascii") as file:
            file.write(f"{seconds}\n")
        os.replace(self.file("clock.new"), self.file("clock"))

    def token(self, role, **more):
        region = {"SUPERIOR": "210000", "ADMIN": "", "PUBLIC": ""}.get(role.split(",")[0], "210400")
        arguments = {"role": role, "region": region, **more}
        return subprocess.run(
            [f"{BIN}/lucid-token", "issue", f"--keys={self.file('keys')}"]
            + [f"--{name}={value}" for name, value in arguments.items() if value],
            check=True, capture_output=True, text=True).stdout.strip()

    def api(self, **tokens):
        return Api(self.url, {**{role: self.token(role) for role in ROLES}, **tokens})

    def write_tokens(self):
        with open(self.file("tokens.env"), "w", encoding="ascii") as file:
            for role in ROLES:
                file.write(f"LUCID_TOKEN_{role}={self.token(role)}\n")
        return self.file("tokens.env")

    def load_sample(self):
        """Loads the sample by its own program; answers what it said."""
        return subprocess.run(
            [f"{SAMPLE}/load", "--url", self.url, "--tokens", self.write_tokens()],
            check=True, capture_output=True, text=True, timeout=120).stdout

    def _administer(self, statement):
        subprocess.run(["psql", "-XAtq", self.postgres, "-c", statement], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def database(self, service):
        if not self.postgres:
            return f"sqlite:{self.file(service)}.db"
        name = f"lucid_system_{os.getpid()}_{id(self) % 9973}_{service}"
        if name not in self.databases:
            self._administer(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"
                             " LC_COLLATE 'C' LC_CTYPE 'C'")
            self.databases.append(name)
        head, _, query = self.postgres.partition("?")
        return f"{head.rsplit('/', 1)[0]}/{name}{'?' + query if query else ''}"

    def command(self, name):
        redis = self.file("redis.sock")
        if name == "redis":
            return ["redis-server", "--port", "0", "--unixsocket", redis, "--save", "",
                    "--appendonly", "no", "--dir", self.path]
        keys = self.file("keys")
        command = [f"{BIN}/lucid-{name}", "--development", f"--jwks={keys}/users.jwks",
                   "--issuer=lucid-local", "--audience=lucid",
                   f"--service_jwks={keys}/services.jwks", f"--service_key={keys}/services.jwk"]
        command += [f"--{peer}=127.0.0.1:{self.port[peer]}" for peer in SERVICES]
        if self.test_clock:
            command.append(f"--test_clock={self.file('clock')}")
        if name == "gateway":
            return command + [f"--listen=127.0.0.1:{self.port['http']}",
                              f"--grpc_listen=127.0.0.1:{self.port['grpc']}",
                              f"--redis=unix:{redis}"] + self.gateway_flags
        command += [f"--listen=127.0.0.1:{self.port[name]}", f"--db={self.database(name)}"]
        if name == "cases":
            command.append(f"--petitioner_key={keys}/petitioner.key")
        return command

    def check_command(self, service, *words):
        """The recount of a service's tallies, or another of its commands, while it does not run."""
        program, *flags = self.command(service)
        return [program, *(words or ["check"]), *flags]

    def start(self, name):
        with open(self.file(f"{name}.log"), "ab") as log:
            self.running[name] = subprocess.Popen(self.command(name), stdin=subprocess.DEVNULL,
                                                  stdout=log, stderr=log)
        if name == "redis":
            wait_for("Redis", lambda: os.path.exists(self.file("redis.sock")))

    def kill(self, name):
        """As a crash would end it."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if name == "redis":
            os.unlink(self.file("redis.sock"))

    def stop(self, name):
        process = self.running.pop(name)
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"{name} did not end on SIGTERM") from None
        if process.returncode in (-signal.SIGABRT, -signal.SIGSEGV):
            raise AssertionError(f"{name} crashed when it ended: {self.tail(name)}")

    def healthy(self):
        for name, process in self.running.items():
            if process.poll() is not None:
                raise AssertionError(f"{name} ended: {self.tail(name)}")
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def wait_healthy(self):
        wait_for("the suite is healthy", self.healthy)

    def tail(self, name):
        with open(self.file(f"{name}.log"), encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-5:])
