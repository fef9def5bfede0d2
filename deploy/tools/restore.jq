# From the CronJob of a service's backups, as `kubectl get -o json` prints it, the Job that restores one
# of them into the service's empty database: jq -f restore.jq --args backup-tasks-29384756
# On SQLite what is there moves into a folder first, and back when the restore fails. The Job's name
# begins with no "backup-", by which the alerts know backups.
(.metadata.name | sub("^backup-"; "")) as $service | $ARGS.positional[0] as $backup
| .spec.jobTemplate as $job
| {"app.kubernetes.io/name": "job-of-\($service)", "app.kubernetes.io/component": "backup"} as $labels
| ($job.spec.template.spec.initContainers[0]) as $of_backups
| ($of_backups.volumeMounts | any(.mountPath == "/var/lib/lucid")) as $on_files
| ($of_backups.command | map(
    if . == "backup" then "restore" else sub("\\$\\(JOB\\)"; $backup) end)) as $restore
| "cd \"$0\" && old=old-$(date +%s) && mkdir $old || exit 1
if ls \($service).db* >/dev/null 2>&1; then mv \($service).db* $old/ || exit 1; fi
\"$@\" && exit
rm -f \($service).db*; mv $old/* . 2>/dev/null; rmdir $old; exit 1" as $in_place_of_files
| {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: {name: "restore-\($service)-\(now | floor)", namespace: .metadata.namespace, labels: $labels},
  spec: ($job.spec | del(.activeDeadlineSeconds) | .ttlSecondsAfterFinished = 86400
    | .template.metadata.labels = $labels
    | .template.spec |= (del(.initContainers) | .containers = [$of_backups | .name = "restore"
        | .command = if $on_files then ["sh", "-c", $in_place_of_files, "/var/lib/lucid"] + $restore
                     else $restore end]))
}
