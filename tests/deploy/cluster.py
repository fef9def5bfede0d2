"""A cluster of one machine: the rendered manifests run by podman, with what a kubelet, a deployment's
controller and a load balancer do of them.

Containers get the manifests' own command, env, limits, security context, mounts and probes. They
find each other by name on an internal network; a headless Service is a name with an address per
replica.
"""

import json
import os
import shutil
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SERVICES = ["tasks", "indicators", "cases", "publications"]
USER = 10001
RECORDS_DISK = "1g"
FIRST_BACKOFF, MOST_BACKOFF = 10, 300  # seconds, of a container that ends again and again, as in Kubernetes


def run(*command, check=True, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} …: {done.stderr.strip()[-600:]}")
    return done.stdout.strip()


def podman(*arguments, **more):
    return run("podman", *arguments, **more)


def wait_for(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s")


class Pod:
    """One replica: a container and the probes of its spec."""

    def __init__(self, cluster, deployment, number, more=()):
        self.cluster, self.deployment, self.more = cluster, deployment, more
        self.name = f"{cluster.name}-{deployment}-{number}"
        self.template = cluster.deployments[deployment]["spec"]["template"]["spec"]
        self.spec = self.template["containers"][0]
        self.ports = {p["name"]: p["containerPort"] for p in self.spec.get("ports", [])}
        self.started = self.ready = self.terminating = False
        self.restarts, self.address, self.pid = 0, "", 0
        podman("run", "--detach", *self._options(), *self._command())
        self._look()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _options(self):
        spec, context = self.spec, self.spec["securityContext"]
        pod = self.template["securityContext"]
        yield from ("--name", self.name, "--hostname", self.name, "--pull", "never",
                    "--network", f"{self.cluster.name}:alias={self.deployment}",
                    "--log-driver", "k8s-file", "--log-opt", f"path={self.log}",
                    "--user", f"{pod['runAsUser']}:{pod['runAsGroup']}",
                    "--security-opt", "no-new-privileges",
                    "--memory", spec["resources"]["limits"]["memory"].replace("i", "").lower(),
                    "--memory-swap", spec["resources"]["limits"]["memory"].replace("i", "").lower())
        for capability in context["capabilities"]["drop"]:
            yield from ("--cap-drop", capability)
        yield from self.more
        if context["readOnlyRootFilesystem"]:
            yield from ("--read-only", "--read-only-tmpfs=false")
        for name, value in self._environment():
            yield from ("--env", f"{name}={value}")
        volumes = {v["name"]: v for v in self.template.get("volumes", [])}
        for mount in spec["volumeMounts"]:
            volume = volumes[mount["name"]]
            if "emptyDir" in volume:
                size = volume["emptyDir"].get("sizeLimit", "64Mi").replace("i", "").lower()
                yield from ("--tmpfs", f"{mount['mountPath']}:rw,size={size},mode=1777")
            else:
                folder = self.cluster.secret(**volume["secret"])
                yield from ("--volume", f"{folder}:{mount['mountPath']}:ro")

    def _environment(self):
        for source in self.spec.get("envFrom", []):
            yield from self.cluster.settings[source["configMapRef"]["name"]].items()
        for entry in self.spec.get("env", []):
            if "value" in entry:
                yield entry["name"], entry["value"]
            else:
                key = entry["valueFrom"]["secretKeyRef"]
                yield entry["name"], self.cluster.secret_value(key["name"], key["key"])

    def _command(self):
        yield self.cluster.image_of(self.deployment)
        yield from self.spec.get("command", [])
        yield from self.spec.get("args", [])

    @property
    def log(self):
        return os.path.join(self.cluster.folder, f"{self.name}.log")

    def _look(self):
        """Where the container is, as of its start."""
        state, networks = podman(
            "inspect", "--format", "{{.State.Pid}}\n{{json .NetworkSettings.Networks}}",
            self.name).split("\n")
        self.pid, self.address = int(state), json.loads(networks)[self.cluster.name]["IPAddress"]

    def running(self):
        """By the kernel: asking podman twice a second for each container would be the load."""
        try:
            with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
                return self.pid > 0 and stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
        except OSError:
            return False

    def usage(self):
        """(processor seconds so far, most memory so far in MiB)."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            stat = file.read().rsplit(")", 1)[1].split()
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            peak = next(line.split()[1] for line in file if line.startswith("VmHWM"))
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK"), int(peak) / 1024

    def execute(self, command, seconds):
        try:
            return subprocess.run(["podman", "exec", self.name, *command], capture_output=True,
                                  timeout=seconds + 10, check=False).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def _probe(self, what):
        probe = self.spec[f"{what}Probe"]
        return self.cluster.prober.ask(probe, self.ports, self)

    def _watch(self):
        """Startup until it succeeds, then readiness and liveness, each in its own time."""
        failures, due = {"readiness": 0, "liveness": 0}, {"readiness": 0.0, "liveness": 0.0}
        backoff, checked = 0, 0.0
        while not self.terminating:
            now = time.monotonic()
            if now >= checked + 0.5:
                checked = now
                if not self.running() and not self.terminating:
                    self.ready = self.started = False
                    time.sleep(backoff)
                    backoff = min(backoff * 2, MOST_BACKOFF) or FIRST_BACKOFF
                    self._start_again()
                    failures = dict.fromkeys(failures, 0)
                    continue
            if not self.started:
                self.started = self._probe("startup")
                time.sleep(0 if self.started else self.spec["startupProbe"]["periodSeconds"])
                continue
            for what in ("readiness", "liveness"):
                probe = self.spec[f"{what}Probe"]
                if now < due[what]:
                    continue
                due[what] = now + probe.get("periodSeconds", 10)
                failures[what] = 0 if self._probe(what) else failures[what] + 1
                over = failures[what] >= probe.get("failureThreshold", 3)
                if what == "readiness" and not self.terminating:
                    self.ready = failures[what] == 0 or (self.ready and not over)
                elif over and not self.terminating:
                    self.cluster.note(f"{self.name}: its liveness probe fails; ended")
                    podman("kill", "--signal", "KILL", self.name, check=False)
            time.sleep(0.1)

    def _start_again(self):
        if self.terminating:
            return
        self.restarts += 1
        podman("start", self.name, check=False)
        self._look()

    def kill(self):
        podman("kill", "--signal", "KILL", self.name, check=False)
        self.ready = False

    def terminate(self):
        """As a deletion does: out of the endpoints, SIGTERM, and SIGKILL after the grace period.
        Answers how long it took."""
        self.terminating, self.ready = True, False
        grace = self.template["terminationGracePeriodSeconds"]
        began = time.monotonic()
        podman("stop", "--time", str(grace), self.name, check=False)
        code = podman("inspect", "--format", "{{.State.ExitCode}}", self.name, check=False)
        podman("rm", "--force", self.name, check=False)
        took = time.monotonic() - began
        if code != "0":
            with open(self.log, encoding="utf-8") as log:
                last = "".join(log.readlines()[-3:])
            self.cluster.note(f"{self.name} ended with {code} after {took:.1f} s:\n{last}")
        return took

    def in_network(self, *command):
        """Runs a command of this machine in the container's network."""
        run("nsenter", "--net", "--target", str(self.pid), *command)


class Cluster:
    def __init__(self, folder, manifests, prober):
        self.folder, self.prober = folder, prober
        self.name = f"lucid{os.getpid()}"
        with open(manifests, encoding="utf-8") as file:
            documents = [d for d in yaml.safe_load_all(file) if d]
        kinds = {}
        for document in documents:
            kinds.setdefault(document["kind"], {})[document["metadata"]["name"]] = document
        self.deployments = kinds["Deployment"]
        self.settings = {n: d["data"] for n, d in kinds["ConfigMap"].items()}
        self.pods, self.notes, self.numbers = [], [], {}
        self.databases = {s: s for s in SERVICES}  # by which each service goes
        self.images = {}  # of deployments whose pods get another image than the manifests' own
        self.lock = threading.Lock()
        self.choosing = threading.Lock()  # of files of a secret

    def note(self, text):
        self.notes.append(text)
        print(f"  note: {text}", flush=True)

    def secret(self, secretName, items=(), **_):  # pylint: disable=invalid-name
        """A folder with the files of a secret; with those that `items` name, where it does."""
        folder = os.path.join(self.folder, {"lucid-keys": "keys", "lucid-tls": "tls"}[secretName])
        if not items:
            return folder
        chosen = f"{folder}-of-{len(items)}"
        with self.choosing:
            if not os.path.isdir(chosen):
                os.mkdir(chosen)
                shutil.copystat(folder, chosen)
                os.chown(chosen, os.stat(folder).st_uid, os.stat(folder).st_gid)
                for item in items:
                    file = os.path.join(folder, item["key"])
                    if os.path.exists(file):
                        os.link(file, os.path.join(chosen, item["path"]))
        return chosen

    def secret_value(self, name, key):
        assert name == "lucid-databases"
        return (f"postgres://lucid:lucid@postgres/{self.databases[key]}"
                "?sslmode=verify-full&sslrootcert=/etc/lucid/tls/ca.crt")

    def image_of(self, deployment):
        spec = self.deployments[deployment]["spec"]["template"]["spec"]["containers"][0]
        if spec["image"].startswith("redis:"):
            return "localhost/neighbours"
        return self.images.get(deployment, f"localhost/{spec['image']}")

    def of(self, deployment):
        with self.lock:
            return [p for p in self.pods if p.deployment == deployment and not p.terminating]

    def endpoints(self):
        """Where a load balancer sends requests: the gateways that are ready."""
        return [(p.address, p.ports["http"]) for p in self.of("gateway") if p.ready]

    def add(self, deployment, more=()):
        """A new replica, of which `more` are podman's options besides the manifest's."""
        with self.lock:
            number = self.numbers[deployment] = self.numbers.get(deployment, -1) + 1
        pod = Pod(self, deployment, number, more)
        with self.lock:
            self.pods.append(pod)
        return pod

    def remove(self, pod):
        pod.terminating = True
        with self.lock:
            self.pods.remove(pod)
        return pod.terminate()

    def start(self):
        podman("network", "create", "--internal", self.name)
        self._start_postgres()
        names = [name for name, deployment in self.deployments.items()
                 for _ in range(deployment["spec"].get("replicas", 1))]
        with ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(self.add, names))  # fails as the first of them does
        self.wait_ready(120)

    def _start_postgres(self):
        os.makedirs(self.records)
        run("mount", "-t", "tmpfs", "-o", f"size={RECORDS_DISK},mode=1777", "tmpfs", self.records)
        podman("run", "--detach", "--name", f"{self.name}-postgres", "--pull", "never",
               "--network", f"{self.name}:alias=postgres", "--stop-signal", "INT",
               "--restart", "always", "--volume", f"{self.records}:/data", "--volume", f"{self.folder}/tls:/tls:ro",
               "--user", "postgres", "localhost/neighbours", "bash", "-ec", POSTGRES)
        wait_for("PostgreSQL", lambda: self.sql("SELECT 1", check=False) == "1")
        for service in SERVICES:
            self.create_database(service)

    def create_database(self, name):
        self.sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' "
                 "LC_COLLATE 'C' LC_CTYPE 'C'")

    @property
    def records(self):
        """The disk of PostgreSQL, as this machine sees it."""
        return os.path.join(self.folder, "records")

    def sql(self, statement, database="postgres", **more):
        return podman("exec", f"{self.name}-postgres", "psql", "-XAtq", "-h", "/tmp", "-U", "lucid",
                      "-d", database, "-c", statement, **more)

    def postgres_address(self):
        networks = podman("inspect", "--format", "{{json .NetworkSettings.Networks}}",
                          f"{self.name}-postgres")
        return json.loads(networks)[self.name]["IPAddress"]

    def all_ready(self):
        return all(len([p for p in self.of(n) if p.ready]) >= d["spec"].get("replicas", 1)
                   for n, d in self.deployments.items())

    def tool(self, service, *words, volumes=None):
        """Runs a command of a service on its database, in a pod of its own; answers what it says."""
        more = [x for a, b in (volumes or {}).items() for x in ("--volume", f"{a}:{b}")]
        return podman("run", "--rm", "--pull", "never", "--network", self.name, "--user",
                      f"{USER}:{USER}", "--volume",
                      f"{self.secret('lucid-tls')}:/etc/lucid/tls:ro", *more, "--env",
                      f"FLAGS_db={self.secret_value('lucid-databases', service)}",
                      self.image_of(service), f"lucid-{service}", *words, "--fromenv=db",
                      check=False)

    def wait_ready(self, seconds=60):
        wait_for("every pod is ready", self.all_ready, seconds)

    def roll(self, deployment):
        """A rolling restart with one more and none less; answers until every new pod was ready."""
        began, leaving = time.monotonic(), []
        for old in self.of(deployment):
            new = self.add(deployment)
            wait_for(f"{new.name} is ready", lambda: new.ready)  # noqa: B023
            thread = threading.Thread(target=self.remove, args=(old,))
            thread.start()
            leaving.append(thread)
        took = time.monotonic() - began
        for thread in leaving:
            thread.join()
        return took

    def stop(self):
        for pod in list(self.pods):
            pod.terminating = True
        names = [p.name for p in self.pods] + [f"{self.name}-postgres"]
        podman("rm", "--force", "--time", "0", *names, check=False)
        podman("network", "rm", "--force", self.name, check=False)
        run("umount", self.records, check=False)


POSTGRES = """
bin=$(echo /usr/lib/postgresql/*/bin)
if [ ! -e /data/db/PG_VERSION ]; then
  $bin/initdb -D /data/db -U lucid --auth-local=trust --auth-host=trust --encoding=UTF8 \
    --locale=C.UTF-8 >/dev/null
  cp /tls/postgres.crt /tls/postgres.key /data
  chmod 600 /data/postgres.key
  echo 'hostssl all all all trust' >>/data/db/pg_hba.conf
fi
exec $bin/postgres -D /data/db -c listen_addresses='*' -c unix_socket_directories=/tmp \
  -c max_connections=600 -c ssl=on -c ssl_cert_file=/data/postgres.crt \
  -c ssl_key_file=/data/postgres.key
"""
