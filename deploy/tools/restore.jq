# From the CronJob of a service's backups, as `kubectl get -o json` prints it, the Job that restores one
# of them into the service's empty database: jq -f restore.jq --args backup-tasks-29384756
# On SQLite what is there moves into a folder first. Its name begins with no "backup-", by which
# the alerts know backups.
(.metadata.name | sub("^backup-"; "")) as $service | $ARGS.positional[0] as $backup
| .spec.jobTemplate as $job
| {"app.kubernetes.io/name": "job-of-\($service)", "app.kubernetes.io/component": "backup"} as $labels
| ($job.spec.template.spec.initContainers[0]) as $of_backups
| ($of_backups | .name = "restore" | .command |= map(
    if . == "backup" then "restore" else sub("\\$\\(JOB\\)"; $backup) end)) as $restore
| ($of_backups | .name = "empty" | del(.args) | .command = ["sh", "-c",
    "cd /var/lib/lucid && d=old-$(date +%s) && mkdir $d && if ls \($service).db* >/dev/null 2>&1; then mv \($service).db* $d/; fi"
  ]) as $empty
| {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: {name: "restore-\($service)-\(now | floor)", namespace: .metadata.namespace, labels: $labels},
  spec: ($job.spec | .ttlSecondsAfterFinished = 86400 | .template.metadata.labels = $labels
    | .template.spec |= (
        .containers = [$restore]
        | if $of_backups.volumeMounts | any(.mountPath == "/var/lib/lucid")
          then .initContainers = [$empty] else del(.initContainers) end))
}
