# From the Deployment of a service, as `kubectl get -o json` prints it, the Job that runs a command of
# its program once, with its database, volumes and keys: jq -f job.jq --args new-epoch
# Its pods have labels of their own: they are none of the service's, nor of its disruption budget.
.metadata.name as $service | .spec.template as $pod
| {"app.kubernetes.io/name": "job-of-\($service)", "app.kubernetes.io/component": "backup"} as $labels
| {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: {
    name: "\($service)-\($ARGS.positional[0])-\(now | floor)",
    namespace: .metadata.namespace,
    labels: $labels
  },
  spec: {
    backoffLimit: 0,
    ttlSecondsAfterFinished: 86400,
    template: {
      metadata: {labels: $labels},
      spec: ($pod.spec | .restartPolicy = "Never" | .containers[0] |= (
        del(.startupProbe, .readinessProbe, .livenessProbe) | .command += $ARGS.positional))
    }
  }
}
