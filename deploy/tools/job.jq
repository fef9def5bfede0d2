# From the Deployment of a service, as `kubectl get -o json` prints it, the Job that runs a command of
# its program once, with its database, volumes and keys: jq -f job.jq --args new-epoch
.metadata.name as $service | .spec.template as $pod | {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: {
    name: "\($service)-\($ARGS.positional[0])-\(now | floor)",
    namespace: .metadata.namespace,
    labels: $pod.metadata.labels
  },
  spec: {
    backoffLimit: 0,
    ttlSecondsAfterFinished: 86400,
    template: {
      metadata: {labels: $pod.metadata.labels},
      spec: ($pod.spec | .restartPolicy = "Never" | .containers[0] |= (
        del(.startupProbe, .readinessProbe, .livenessProbe) | .command += $ARGS.positional))
    }
  }
}
