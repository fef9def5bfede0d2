"""deploy/local/up where it cannot do what it is asked: it says so in one clear line, and leaves
nothing behind."""

import os
import socket
import subprocess
import tempfile
import unittest

from suite import BIN, ROOT, free_ports, run_tests

UP = os.path.join(ROOT, "deploy", "local", "up")
DOWN = os.path.join(ROOT, "deploy", "local", "down")
# A user's own view of the machine, in which it is root; "$1" is the folder of the test.
OWN_VIEW = ["unshare", "--map-root-user", "--mount", "--net", "sh", "-ec"]


class Up(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="lucid-up-"))
        self.port, self.grpc_port = free_ports(2)

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)
        return path

    def command(self, *options):
        return [UP, "--data", f"{self.folder}/data", "--port", str(self.port), "--grpc-port",
                str(self.grpc_port), "--empty", "--detach", *options]

    def run_it(self, command, **more):
        return subprocess.run(command, capture_output=True, text=True, timeout=300,
                              stdin=subprocess.DEVNULL, check=False, **more)

    def refused(self, says, command, **more):
        """Refused by exactly one line that says so; answers it."""
        done = self.run_it(command, **more)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        ours = [line for line in done.stderr.splitlines() if line.startswith("up: ")]
        self.assertEqual(len(ours), 1, done.stderr)
        self.assertIn(says, ours[0])
        self.assertFalse(os.path.exists(f"{self.folder}/data/run/gateway.pid"))
        return ours[0]

    def in_own_view(self, prepare, command):
        """The command after what `prepare` does to this view of the machine."""
        if self.run_it([*OWN_VIEW, "mount -t tmpfs none /mnt"]).returncode != 0:
            self.skipTest("this machine does not let a user mount a file system")
        return [*OWN_VIEW, prepare + '; shift; exec "$@"', "sh", self.folder, *command]

    def test_a_port_that_is_taken_is_named_with_its_holder(self):
        for option in ("--port", "--grpc-port"):
            with socket.create_server(("127.0.0.1", 0)) as server:
                port = server.getsockname()[1]
                said = self.refused(f"port {port} is taken by", self.command(option, str(port)))
                self.assertIn(f"(process {os.getpid()})", said)

    def test_options_that_make_no_sense(self):
        for says, options in (("unknown option --prot", ["--prot", "1"]),
                              ("--port wants a value", ["--port"]),
                              ("http is no port", ["--port", "http"]),
                              ("70000 is no port", ["--port=70000"]),
                              ("are both 8081", ["--port=8081", "--grpc-port=8081"]),
                              ("--postgres wants a URL", ["--postgres", "mysql://x"]),
                              ("too long for a socket", ["--data", f"{self.folder}/{'x' * 90}"])):
            with self.subTest(options):
                self.refused(says, self.command(*options))

    def test_another_distribution_is_named(self):
        self.file("os-release", 'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04 LTS"\n')
        self.refused("this is Ubuntu 24.04 LTS", self.in_own_view(
            'mount --bind "$1/os-release" /etc/os-release', self.command()))

    def test_without_a_network_what_cannot_be_installed_is_named(self):
        # As on a machine that lacks one package; what apt writes goes into this folder.
        self.file("dpkg-query", "#!/bin/sh\n"
                  'case "$*" in *" jq") exit 1 ;; esac\nexec /usr/bin/dpkg-query "$@"\n')
        config = self.file("apt.conf", f'Dir::State::Lists "{self.folder}/lists";\n'
                           f'Dir::Cache "{self.folder}/cache";\nAPT::Sandbox::User "root";\n')
        for name in ("lists/partial", "cache/archives/partial", "layers"):
            os.makedirs(os.path.join(self.folder, name))
        environment = {**os.environ, "APT_CONFIG": config,
                       "PATH": f"{self.folder}:{os.environ['PATH']}"}
        self.refused("Is there a network", self.in_own_view(
            'mount -t tmpfs none "$1/layers"; mkdir "$1/layers/upper" "$1/layers/work"; '
            'mount -t overlay none -o "lowerdir=/usr/sbin,upperdir=$1/layers/upper,'
            'workdir=$1/layers/work" /usr/sbin', self.command()), env=environment)

    def test_twice_is_once(self):
        if os.path.realpath(BIN) != os.path.join(ROOT, "build", "bin"):
            self.skipTest("up builds and runs what is in build/")
        self.addCleanup(self.run_it, [DOWN, "--data", f"{self.folder}/data"])
        first = self.run_it(self.command())
        self.assertEqual(first.returncode, 0, first.stdout + first.stderr)
        with open(f"{self.folder}/data/run/gateway.pid", encoding="ascii") as file:
            gateway = file.read()
        again = self.run_it(self.command())
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        self.assertIn("lucid runs already.", again.stdout)
        other, = free_ports(1)
        done = self.run_it(self.command("--port", str(other)))
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"up: lucid runs already with other settings (port and gRPC port {self.port} "
                      f"{self.grpc_port})", done.stderr)
        with open(f"{self.folder}/data/run/gateway.pid", encoding="ascii") as file:
            self.assertEqual(file.read(), gateway)
        down = self.run_it([DOWN, "--data", f"{self.folder}/data"])
        self.assertIn("lucid is down", down.stdout)
        self.assertEqual(os.listdir(f"{self.folder}/data/run"),
                         [n for n in os.listdir(f"{self.folder}/data/run") if ".pid" not in n])


if __name__ == "__main__":
    run_tests()
