# From a CronJob of the backups, as `kubectl get -o json` prints it, a pod that sees their volume for an
# hour: to list the files, and to copy them out and in.
{
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "files",
    namespace: .metadata.namespace,
    labels: {"app.kubernetes.io/name": "files", "app.kubernetes.io/component": "backup"}
  },
  spec: (.spec.jobTemplate.spec.template.spec | del(.initContainers)
    | .containers[0] |= (.name = "files" | .command = ["sleep", "3600"]))
}
