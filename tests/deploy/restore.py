"""The drill of deploy/README.md: every database is backed up beside its running service and restored
into a new one, as into a new cluster; the services go on from there."""

import os
import time

from cluster import SERVICES
from load import Client, EVENT_READERS, WRITERS


def epochs(client):
    return {s: client.call(EVENT_READERS[s], "GET", f"/v1/events/{s}?pageSize=1")["epoch"]
            for s in SERVICES}


def restore(cluster, load):
    """Restores all services and writes one record of each kind; what is wrong, and seconds away."""
    folder = os.path.join(cluster.folder, "backups")
    os.makedirs(folder)
    os.chmod(folder, 0o1777)
    client = Client(cluster, load.tokens)
    before, wrong, away = epochs(client), [], 0.0
    for service in SERVICES:
        cluster.tool(service, "backup", f"/backups/{service}", volumes={folder: "/backups"})
        cluster.create_database(f"{service}_restored")
        began = time.monotonic()
        pods = cluster.of(service)
        for pod in pods:
            cluster.remove(pod)
        cluster.databases[service] = f"{service}_restored"
        said = cluster.tool(service, "restore", f"/backups/{service}",
                            volumes={folder: "/backups"})
        said += cluster.tool(service, "check")
        if "new event epoch" not in said or "agree" not in said:
            wrong.append(f"restoring {service} said: {said}")
        for _ in pods:
            cluster.add(service)
        cluster.wait_ready()
        away = max(away, time.monotonic() - began)
    client.close()
    after = epochs(client)
    wrong += [f"{s} went on with its old epoch" for s in SERVICES if before[s] == after[s]]
    for name, (role, path, make, *_) in WRITERS.items():
        mark = f"{name}-restored"
        answer = client.call(role, "POST", path, make(mark), f"load/{mark}")
        load.acknowledged[name][mark] = answer["id"]
    client.close()
    return wrong, away
