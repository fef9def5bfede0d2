"""What must hold in every rendered combination of the manifests.

    python3 tests/deploy/policies.py DIR        the folder that tests/deploy/render filled
"""

import glob
import os
import re
import sys
import unittest

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAME = "app.kubernetes.io/name"
DRAIN_SECONDS = 10  # kDrain of services/base/server.cc and --grace of the gateway
PROGRAMS = ["tasks", "indicators", "cases", "publications", "gateway"]


def load(folder):
    """Combination → its documents."""
    found = {}
    for path in sorted(glob.glob(os.path.join(folder, "*.yaml"))):
        with open(path, encoding="utf-8") as file:
            found[os.path.basename(path)[:-5]] = [d for d in yaml.safe_load_all(file) if d]
    return found


def of_kind(documents, kind):
    return {d["metadata"]["name"]: d for d in documents if d["kind"] == kind}


def pods(documents):
    """(name, template, controller) of everything that makes pods."""
    for document in documents:
        spec = document.get("spec", {})
        if document["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if "template" in spec and document["kind"] != "ExternalSecret":
            yield document["metadata"]["name"], spec["template"], document


def containers(template):
    return template["spec"].get("initContainers", []) + template["spec"]["containers"]


def selects(selector, labels):
    """Whether a label selector selects these labels."""
    if any(labels.get(k) != v for k, v in selector.get("matchLabels", {}).items()):
        return False
    for rule in selector.get("matchExpressions", []):
        held = labels.get(rule["key"]) in rule["values"]
        if held != (rule["operator"] == "In"):
            return False
    return True


def read(*parts):
    with open(os.path.join(ROOT, *parts), encoding="utf-8") as file:
        return file.read()


def sources(folder):
    return "".join(read(p) for p in glob.glob(os.path.join(ROOT, folder, "*.cc")))


def flags(template):
    """--name=value of a program's container."""
    args = template["spec"]["containers"][0].get("args", [])
    return dict(a[2:].split("=", 1) for a in args if a.startswith("--") and "=" in a)


class Policies(unittest.TestCase):
    where = ""

    def _formatMessage(self, msg, standardMsg):
        return f"{self.where}: {super()._formatMessage(msg, standardMsg)}"

    def each(self):
        for self.where, documents in COMBINATIONS.items():
            yield documents

    def each_pod(self):
        for documents in self.each():
            combination = self.where
            for name, template, controller in pods(documents):
                self.where = f"{combination}, {name}"
                yield name, template, controller

    def each_program(self):
        for name, template, _ in self.each_pod():
            if name in PROGRAMS:
                yield name, template

    def test_pods_pass_pod_security_restricted(self):
        for _, template, _ in self.each_pod():
            spec = template["spec"]
            self.assertIs(spec["automountServiceAccountToken"], False)
            self.assertIs(spec["securityContext"]["runAsNonRoot"], True)
            self.assertGreater(spec["securityContext"]["runAsUser"], 0)
            self.assertEqual(spec["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
            self.assertFalse({"hostNetwork", "hostPID", "hostIPC"} & set(spec))
            allowed = {"configMap", "emptyDir", "persistentVolumeClaim", "secret", "name"}
            for volume in spec.get("volumes", []):
                self.assertLessEqual(set(volume), allowed)
            for container in containers(template):
                context = container["securityContext"]
                self.assertIs(context["allowPrivilegeEscalation"], False)
                self.assertIs(context["readOnlyRootFilesystem"], True)
                self.assertEqual(context["capabilities"], {"drop": ["ALL"]})
                self.assertFalse(any("hostPort" in p for p in container.get("ports", [])))

    def test_who_petitioned_is_read_by_the_cases_service_alone(self):
        for name, template in self.each_program():
            keys = {item["key"] for volume in template["spec"]["volumes"]
                    if volume.get("secret", {}).get("secretName") == "lucid-keys"
                    for item in volume["secret"]["items"]}
            self.assertLessEqual({"users.jwks", "services.jwks", "services.jwk"}, keys)
            self.assertEqual("petitioner.key" in keys, name == "cases")

    def test_containers_say_what_they_need_and_may_take(self):
        for _, template, _ in self.each_pod():
            for container in containers(template):
                self.assertLessEqual({"cpu", "memory"}, set(container["resources"]["requests"]))
                self.assertIn("memory", container["resources"]["limits"])

    def test_images_have_a_version_or_a_digest(self):
        for _, template, _ in self.each_pod():
            for container in containers(template):
                self.assertRegex(container["image"], r"(@sha256:[0-9a-f]{64}|:v?\d[\w.-]*)$")

    def test_the_images_version_is_that_of_the_programs(self):
        version = re.search(r"^project\(lucid VERSION (\S+)", read("CMakeLists.txt"), re.M)[1]
        for _, template, _ in self.each_pod():
            for container in containers(template):
                if container["image"].split(":")[0] == "lucid":
                    self.assertEqual(container["image"], f"lucid:{version}")

    def test_the_three_probes_mean_different_things(self):
        for _, template in self.each_program():
            container = template["spec"]["containers"][0]
            asked = {what: {k: v for k, v in container[f"{what}Probe"].items()
                            if k in ("grpc", "httpGet", "tcpSocket", "exec")}
                     for what in ("startup", "readiness", "liveness")}
            self.assertNotEqual(asked["readiness"], asked["liveness"])
            self.assertEqual(asked["startup"], asked["liveness"])
            # A start may take a minute; one slow answer ends nobody.
            startup, liveness = container["startupProbe"], container["livenessProbe"]
            self.assertGreaterEqual(startup["periodSeconds"] * startup["failureThreshold"], 60)
            self.assertGreaterEqual(
                liveness["periodSeconds"] * liveness.get("failureThreshold", 3), 30)

    def test_pods_have_longer_to_go_than_the_drain_takes(self):
        for _, template in self.each_program():
            delay = flags(template)["drain_delay"]
            self.assertRegex(delay, r"^\d+s$")
            self.assertGreater(template["spec"]["terminationGracePeriodSeconds"],
                               int(delay[:-1]) + DRAIN_SECONDS)

    def test_a_service_says_that_it_goes_well_before_it_goes(self):
        """A replica's readiness is asked more often than its drain delay is long."""
        for _, template in self.each_program():
            period = template["spec"]["containers"][0]["readinessProbe"]["periodSeconds"]
            self.assertLessEqual(period, int(flags(template)["drain_delay"][:-1]))

    def test_every_flag_is_one_of_the_program(self):
        base = sources("services/base")
        for name, template in self.each_program():
            own = sources("gateway" if name == "gateway" else f"services/{name}")
            known = set(re.findall(r"ABSL_FLAG\([^,]+,\s*(\w+)", own + base)) | {"fromenv", "tryfromenv"}
            given = flags(template)
            self.assertLessEqual(set(given), known)
            self.assertLessEqual(set(given["fromenv"].split(",")), known)
            self.assertLessEqual(set(given["tryfromenv"].split(",")), known)

    def test_what_comes_from_the_environment_is_in_it(self):
        for documents in self.each():
            settings = of_kind(documents, "ConfigMap")
            for name, template, _ in pods(documents):
                if name not in PROGRAMS:
                    continue
                container = template["spec"]["containers"][0]
                has = {e["name"] for e in container.get("env", [])}
                for source in container["envFrom"]:
                    has |= set(settings[source["configMapRef"]["name"]]["data"])
                for flag in flags(template)["fromenv"].split(","):
                    self.assertIn(f"FLAGS_{flag}", has, name)

    def test_services_select_one_deployment_and_ports_that_it_has(self):
        for documents in self.each():
            for name, service in of_kind(documents, "Service").items():
                chosen = [t for _, t, _ in pods(documents)
                          if selects({"matchLabels": service["spec"]["selector"]},
                                     t["metadata"]["labels"])]
                self.assertEqual(len(chosen), 1, name)
                ports = {p["name"] for c in containers(chosen[0]) for p in c.get("ports", [])}
                self.assertLessEqual({p["targetPort"] for p in service["spec"]["ports"]}, ports)

    def test_clients_see_every_replica_of_a_service(self):
        for documents in self.each():
            for name in PROGRAMS[:4]:
                spec = of_kind(documents, "Service")[name]["spec"]
                self.assertEqual(spec["clusterIP"], "None")
                # Clients ask each replica for its health; a name without replicas would be worse.
                self.assertIs(spec["publishNotReadyAddresses"], True)

    def edges(self, documents, direction):
        """{(from, to, port)} among the programs and redis as one side's policies allow them."""
        labels = {n: t["metadata"]["labels"] for n, t, _ in pods(documents)}
        ours, peer = ("ingress", "from") if direction == "Ingress" else ("egress", "to")
        found = set()
        for policy in of_kind(documents, "NetworkPolicy").values():
            spec = policy["spec"]
            at = [n for n, l in labels.items() if selects(spec["podSelector"], l)]
            for rule in spec.get(ours, []):
                for other in rule.get(peer, []):
                    if "namespaceSelector" in other or "podSelector" not in other:
                        continue
                    there = [n for n, l in labels.items() if selects(other["podSelector"], l)]
                    for a in at:
                        for b in there:
                            ends = (b, a) if direction == "Ingress" else (a, b)
                            found |= {(*ends, p["port"]) for p in rule["ports"]}
        return found

    def test_nothing_may_speak_but_by_a_named_edge(self):
        for documents in self.each():
            deny = of_kind(documents, "NetworkPolicy")["deny-all"]["spec"]
            self.assertEqual(deny["podSelector"], {})
            self.assertEqual(sorted(deny["policyTypes"]), ["Egress", "Ingress"])
            self.assertFalse({"ingress", "egress"} & set(deny))
            wanted = {("gateway", "redis", "redis")}
            for name, template, _ in pods(documents):
                given = flags(template) if name in PROGRAMS else {}
                wanted |= {(name, peer, "grpc") for peer in PROGRAMS if peer in given}
                if name == "collector":
                    wanted |= {(name, program, "metrics") for program in PROGRAMS}
            self.assertEqual(self.edges(documents, "Ingress"), wanted)
            self.assertEqual(self.edges(documents, "Egress"), wanted)

    def test_services_are_given_the_peers_that_they_call(self):
        for name, template in self.each_program():
            if name == "gateway":
                calls = set(PROGRAMS[:4])
            else:
                own = sources(f"services/{name}")
                if "Registry::Start(" in own:
                    own += sources("services/registry")
                calls = set(re.findall(r'Peer\("(\w+)"\)', own))
            self.assertEqual(set(PROGRAMS) & set(flags(template)), calls, name)

    def test_spread_and_budgets_are_about_the_pods_of_one_program(self):
        for documents in self.each():
            budgets = of_kind(documents, "PodDisruptionBudget")
            for name, template, controller in pods(documents):
                if name not in PROGRAMS:
                    continue
                own = {"matchLabels": {NAME: name}}
                for spread in template["spec"]["topologySpreadConstraints"]:
                    self.assertEqual(spread["labelSelector"], own)
                if controller["spec"].get("replicas", 2) > 1:
                    self.assertEqual(budgets[name]["spec"]["selector"], own)

    def test_an_autoscaler_and_a_fixed_number_of_replicas_exclude_each_other(self):
        for documents in self.each():
            deployments = of_kind(documents, "Deployment")
            for scaler in of_kind(documents, "HorizontalPodAutoscaler").values():
                target = scaler["spec"]["scaleTargetRef"]["name"]
                self.assertNotIn("replicas", deployments[target]["spec"])

    def test_production_is_encrypted_between_the_programs(self):
        for name, documents in COMBINATIONS.items():
            if not name.startswith("production"):
                continue
            for program, template, _ in pods(documents):
                if program in PROGRAMS:
                    self.assertIn("tls_ca", flags(template), f"{name} {program}")

    def test_sqlite_has_one_writer(self):
        for name, documents in COMBINATIONS.items():
            for service in PROGRAMS[:4] if name.startswith("embedded") else []:
                spec = of_kind(documents, "Deployment")[service]["spec"]
                self.assertEqual((spec["replicas"], spec["strategy"]), (1, {"type": "Recreate"}))

    def test_no_secret_is_in_the_manifests(self):
        for documents in self.each():
            for secret in of_kind(documents, "Secret").values():
                for value in secret.get("stringData", {}).values():
                    self.assertRegex(value, "^sqlite:/")
                self.assertNotIn("data", secret)

    def test_what_is_mounted_has_a_volume(self):
        for _, template, _ in self.each_pod():
            volumes = {v["name"] for v in template["spec"].get("volumes", [])}
            for container in containers(template):
                self.assertLessEqual({m["name"] for m in container["volumeMounts"]}, volumes)

    def test_alerts_point_at_paragraphs_of_the_runbook(self):
        headings = {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-")
                    for h in re.findall(r"^#+ (.*)$", read("deploy", "README.md"), re.M)}
        for documents in self.each():
            for rules in of_kind(documents, "PrometheusRule").values():
                for rule in rules["spec"]["groups"][0]["rules"]:
                    if "alert" in rule:
                        self.assertIn(rule["annotations"]["runbook"].split("#")[1], headings)


if __name__ == "__main__":
    COMBINATIONS = load(sys.argv.pop())
    unittest.main()
