"""Probes as a kubelet runs them: HTTP, TCP, exec, and gRPC by a real health call."""

import itertools
import json
import os
import socket
import subprocess
import threading
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Prober:
    def __init__(self):
        self.process = subprocess.Popen(["node", os.path.join(HERE, "probe.js")], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ids = itertools.count()
        self.waiting, self.lock = {}, threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)

    def _read(self):
        for line in self.process.stdout:
            answer = json.loads(line)
            with self.lock:
                event, box = self.waiting.pop(answer["id"])
            box.append(answer)
            event.set()

    def ask(self, probe, ports, pod):
        """Whether a probe of a container's spec succeeds."""
        seconds = probe.get("timeoutSeconds", 1)
        if "grpc" in probe:
            return self._grpc(f"{pod.address}:{probe['grpc']['port']}",
                              probe["grpc"].get("service", ""), seconds)
        if "httpGet" in probe:
            port = ports[probe["httpGet"]["port"]]
            return http_ok(f"http://{pod.address}:{port}{probe['httpGet']['path']}", seconds)
        if "tcpSocket" in probe:
            return connects(pod.address, ports[probe["tcpSocket"]["port"]], seconds)
        return pod.execute(probe["exec"]["command"], seconds)

    def _grpc(self, address, service, seconds):
        event, box, number = threading.Event(), [], next(self.ids)
        with self.lock:
            self.waiting[number] = (event, box)
            self.process.stdin.write(json.dumps({"id": number, "address": address,
                                                 "service": service, "seconds": seconds}) + "\n")
            self.process.stdin.flush()
        return event.wait(seconds + 5) and box[0]["ok"]


def http_ok(url, seconds):
    try:
        with NO_PROXY.open(url, timeout=seconds) as answer:
            return 200 <= answer.status < 400
    except OSError:
        return False


def connects(host, port, seconds):
    try:
        socket.create_connection((host, port), seconds).close()
        return True
    except OSError:
        return False
