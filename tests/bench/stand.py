"""What the bench measures on: the real programs with data, the references, and the load."""

import glob
import json
import os
import pwd
import shutil
import statistics
import subprocess
import sys
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "system"))

from suite import BIN, SERVICES, Suite, free_ports, wait_for  # noqa: E402,F401

PROGRAM = f"{BIN}/lucid_bench"
IN_FLIGHT = 64
TASK_BYTES = 1600  # of a GetTask answer


class Stand(Suite):
    """A suite whose tasks service is filled before it starts, and whatever stands beside it."""

    def __init__(self, postgres=""):
        super().__init__(postgres)
        self.ids, self.tokens = self.file("ids"), self.file("tokens")
        (self.reference_port, self.web_port) = free_ports(2)
        self.web = f"http://127.0.0.1:{self.web_port}"

    def __enter__(self):
        return self

    def command(self, name):
        if name == "empty":
            return [PROGRAM, "empty", f"--target=127.0.0.1:{self.reference_port}",
                    f"--bytes={TASK_BYTES}"]
        if name == "nginx":
            return ["nginx", "-p", self.path, "-c", self.file("nginx.conf")]
        return super().command(name)

    def fill(self, tasks, database=None, subjects=1000):
        self.bench("fill", f"--db={database or self.database('tasks')}", f"--count={tasks}",
                   f"--ids={self.ids}", f"--subjects={subjects}",
                   f"--key={self.file('keys/users.jwk')}", f"--tokens={self.tokens}")

    def bench(self, command, *arguments):
        done = subprocess.run([PROGRAM, command, *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"lucid_bench {command}: {done.stderr.strip()[-300:]}")
        return json.loads(done.stdout or "null")

    def load(self, method, seconds, port=None):
        """Answers per second of gRPC calls, 64 in flight, by the subjects in turn."""
        measured = self.bench("load", f"--method={method}", f"--seconds={seconds}",
                              f"--target=127.0.0.1:{port or self.port['tasks']}",
                              f"--ids={self.ids}", f"--tokens={self.tokens}",
                              f"--in_flight={IN_FLIGHT}")
        return measured["per_second"]

    def wrk(self, url, seconds, path_of_ids=""):
        """Requests per second by wrk, 64 connections, by the subjects in turn."""
        done = subprocess.run(
            ["wrk", "-t1", f"-c{IN_FLIGHT}", f"-d{seconds}s", "-s", f"{HERE}/wrk.lua", url, "--",
             self.tokens, self.ids if path_of_ids else "", path_of_ids],
            capture_output=True, text=True, check=True)
        measured = json.loads(done.stdout.splitlines()[-1])
        if measured["errors"]:
            raise RuntimeError(f"{url}: {measured['errors']} requests failed")
        return measured["per_second"]

    def get(self, path):
        with open(self.tokens, encoding="ascii") as tokens:
            request = urllib.request.Request(
                self.url + path, headers={"Authorization": f"Bearer {tokens.readline().strip()}"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"GET {path} is answered {error.code}") from None

    def serve_file(self, body):
        """An nginx with two workers that serves these bytes from a file."""
        os.makedirs(self.file("web"), exist_ok=True)
        os.chmod(self.path, 0o755)
        with open(self.file("web/body"), "wb") as file:
            file.write(body)
        user = "user root;" if os.geteuid() == 0 else ""
        with open(self.file("nginx.conf"), "w", encoding="ascii") as file:
            file.write(f"""{user} daemon off; worker_processes 2; pid nginx.pid; error_log stderr;
events {{ worker_connections 1024; }}
http {{
  access_log off; open_file_cache max=100; sendfile on; tcp_nopush on;
  keepalive_requests 1000000000; default_type application/json;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{ listen 127.0.0.1:{self.web_port}; root {self.file('web')}; }}
}}
""")
        self.start("nginx")
        wait_for("nginx", lambda: answers(f"{self.web}/body"))

    def start_gateway(self):
        self.start("redis")
        for name in ["indicators", "cases", "publications"]:
            self.start(name)
        self.start("gateway")
        self.wait_healthy()

    def start_tasks(self):
        self.start_service("tasks")

    def start_service(self, name):
        begin = os.path.getsize(self.file(f"{name}.log")) if os.path.exists(
            self.file(f"{name}.log")) else 0
        self.start(name)
        wait_for(name, lambda: b'"what":"start"' in read_from(self.file(f"{name}.log"), begin))

    def memory(self, name):
        """MiB of memory that a program holds."""
        with open(f"/proc/{self.running[name].pid}/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024


class Postgres:
    """A PostgreSQL of our own on a socket, durable as it comes."""

    def __enter__(self):
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.path = f"/tmp/lucid-bench-postgres-{os.getpid()}"
        os.mkdir(self.path)
        self.user = None
        if os.geteuid() == 0:
            self.user = "postgres"
            os.chown(self.path, pwd.getpwnam("postgres").pw_uid, -1)
        with open(f"{self.path}.log", "ab") as log:
            def run(start, *command):
                return start([f"{self.bin}/{command[0]}", "-D", f"{self.path}/data", *command[1:]],
                             user=self.user, cwd=self.path, stdout=log, stderr=log)
            run(subprocess.check_call, "initdb", "-U", "lucid", "--auth=trust", "--no-sync")
            self.process = run(subprocess.Popen, "postgres", "-c", "listen_addresses=", "-c",
                               f"unix_socket_directories={self.path}", "-c", "max_connections=200")
        wait_for("PostgreSQL", lambda: subprocess.call(
            [f"{self.bin}/pg_isready", "-q", "-h", self.path]) == 0)
        self.url = f"postgres://lucid@/postgres?host={self.path}"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)
        shutil.rmtree(self.path, ignore_errors=True)
        os.unlink(f"{self.path}.log")

    def prepare(self, script):
        subprocess.run(["psql", "-Xq", self.url, "-f", script], check=True)

    def make_rows(self):
        """The table of one row per value."""
        subprocess.run(["psql", "-Xq", self.url, "-c",
                        "CREATE TABLE hours (site integer, factor smallint, hour integer,"
                        " value integer, PRIMARY KEY (site, factor, hour))"], check=True)

    def copy(self, stand, **flags):
        """Values per second by \\copy, psql's own start left out."""
        path = stand.file("rows.tsv")
        with open(path, "wb") as file:
            subprocess.run([PROGRAM, "print-rows", *(f"--{k}={v}" for k, v in flags.items())],
                           stdout=file, check=True)
        done = subprocess.run(
            ["psql", "-X", self.url, "-c", "\\timing on", "-c", f"\\copy hours FROM '{path}'"],
            capture_output=True, text=True, check=True)
        lines = done.stdout.splitlines()
        count = next(int(line.split()[1]) for line in lines if line.startswith("COPY"))
        took = next(float(line.split()[1]) for line in lines if line.startswith("Time:"))
        return count / took * 1000

    def annual_means(self):
        """Milliseconds of the annual means of 2023, of one city and of all."""
        def took(where):
            query = f"""EXPLAIN (ANALYZE, TIMING OFF, SUMMARY ON)
                WITH days AS (SELECT site, hour / 24 AS day, SUM(value) * 1.0 / COUNT(*) AS mean
                  FROM hours WHERE {where} factor = 1 AND hour >= 464592 AND hour < 473352
                  GROUP BY site, hour / 24 HAVING COUNT(*) >= 20),
                cities AS (SELECT site / 6 AS city, day, AVG(mean) AS mean FROM days GROUP BY 1, 2)
                SELECT city, AVG(mean), COUNT(*) FROM cities GROUP BY city"""
            done = subprocess.run(["psql", "-XAt", self.url, "-c", query], capture_output=True,
                                  text=True, check=True)
            line = next(line for line in done.stdout.splitlines() if "Execution Time" in line)
            return float(line.split()[2])
        return {"one_ms": took("site < 6 AND"), "all_ms": took("")}

    def transactions(self, script, seconds):
        """Transactions per second by pgbench, with as many clients as calls are in flight."""
        done = subprocess.run(
            [f"{self.bin}/pgbench", "-n", "-M", "prepared", "-c", str(IN_FLIGHT), "-j", "2",
             "-T", str(seconds), "-f", script, "-h", self.path, "-U", "lucid",
             "--max-tries=100", "postgres"],
            env={**os.environ, "PGOPTIONS": "-c default_transaction_isolation=serializable"},
            capture_output=True, text=True, check=True)
        line = next(line for line in done.stdout.splitlines() if line.startswith("tps"))
        return float(line.split()[2])


def read_from(path, position):
    with open(path, "rb") as file:
        file.seek(position)
        return file.read()


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def alternate(rounds, ours, reference):
    """Medians of alternating rounds: ours, the reference's, and of the rounds' ratios."""
    pairs = [(ours(), reference()) for _ in range(rounds)]
    return (statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs),
            statistics.median(a / b for a, b in pairs))
