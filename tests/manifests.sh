#!/usr/bin/env bash
# Renders the overlays with their components, compiles what comes out against Kubernetes' types,
# checks what must hold in it, and tests the alerts. Needs no cluster.
#
#   tests/manifests.sh [--pairs]
#
# --pairs: also every pair of components.
set -euo pipefail

deploy=$(cd "$(dirname "${BASH_SOURCE[0]}")/deploy" && pwd)
[[ -d $deploy/node_modules ]] || { echo "SKIPPED: npm ci --prefix tests/deploy was not run"; exit 77; }
folder=$(mktemp -d "${TMPDIR:-/tmp}/lucid-manifests-XXXXXX")
trap 'rm -rf "$folder"' EXIT

"$deploy/render" "$folder" "$@"
node "$deploy/types.js" "$folder"/*.yaml
# The check itself is checked: a field that Kubernetes does not know.
sed '0,/readOnlyRootFilesystem/s//readOnlyRootFileSystem/' "$folder/production.yaml" \
  >"$folder/wrong.yml"
! node "$deploy/types.js" "$folder/wrong.yml" 2>/dev/null ||
  { echo "an unknown field was not noticed"; exit 1; }
python3 -B "$deploy/policies.py" "$folder"

# resource KIND NAME FILE: one of the resources, as JSON.
resource() {
  python3 -c 'import json, sys, yaml
print(json.dumps(next(d for d in yaml.safe_load_all(sys.stdin)
                      if [d["kind"], d["metadata"]["name"]] == sys.argv[1:])))' "$1" "$2" <"$3"
}

# The jobs by which an operator runs a command; the README says how.
for overlay in embedded production production+cloudnative-pg; do
  [[ -f $folder/$overlay.yaml ]] || continue
  resource Deployment tasks "$folder/$overlay.yaml" |
    jq -f "$deploy/../../deploy/tools/job.jq" --args new-epoch >"$folder/job.yml"
  node "$deploy/types.js" "$folder/job.yml"
  jq -e '.spec.template.metadata.labels["app.kubernetes.io/name"] == "job-of-tasks"' \
    "$folder/job.yml" >/dev/null || { echo "job.jq's pod is one of the service's: $overlay"; exit 1; }
  jq -e '.spec.template.spec | .restartPolicy == "Never" and
    (.containers[0] | .command == ["lucid-tasks", "new-epoch"] and
      (has("livenessProbe") or has("startupProbe") or has("readinessProbe") | not))' \
    "$folder/job.yml" >/dev/null || { echo "job.jq makes another job: $overlay"; exit 1; }
done

# And the one by which he restores a backup: on SQLite into the place of what is there, which is back
# when it fails; and nothing is deleted after it.
for overlay in embedded+backup-embedded production+backup; do
  resource CronJob backup-tasks "$folder/$overlay.yaml" |
    jq -f "$deploy/../../deploy/tools/files.jq" >"$folder/job.yml"
  node "$deploy/types.js" "$folder/job.yml"
  resource CronJob backup-tasks "$folder/$overlay.yaml" |
    jq -f "$deploy/../../deploy/tools/restore.jq" --args backup-tasks-7 >"$folder/job.yml"
  node "$deploy/types.js" "$folder/job.yml"
  jq -e --argjson skip "$([[ $overlay == embedded* ]] && echo 4 || echo 0)" '
    .spec | (has("activeDeadlineSeconds") | not) and (.template.spec | (has("initContainers") | not) and
      (.containers | length == 1 and .[0].command[$skip:3 + $skip] ==
        ["lucid-tasks", "restore", "/var/backups/lucid/backup-tasks-7"]))' \
    "$folder/job.yml" >/dev/null || { echo "restore.jq makes another job: $overlay"; exit 1; }
  [[ $overlay == embedded* ]] || continue
  mkdir "$folder/records"
  restoring=$(jq -r '.spec.template.spec.containers[0].command[2]' "$folder/job.yml")
  echo before >"$folder/records/tasks.db" && touch "$folder/records/tasks.db-wal"
  ! sh -c "$restoring" "$folder/records" sh -c 'echo half >tasks.db; exit 1' || exit 1
  [[ $(ls "$folder/records") == $'tasks.db\ntasks.db-wal' && $(<"$folder/records/tasks.db") == before ]] ||
    { echo "a restore that fails takes the records away"; exit 1; }
  sh -c "$restoring" "$folder/records" sh -c 'echo after >tasks.db'
  [[ $(<"$folder/records/tasks.db") == after && $(cat "$folder"/records/old-*/tasks.db) == before ]] ||
    { echo "a restore does not put what there was aside"; exit 1; }
done

if command -v promtool >/dev/null; then
  python3 -c 'import sys, yaml; yaml.safe_dump(yaml.safe_load(sys.stdin)["spec"], sys.stdout)' \
    <"$deploy/../../deploy/components/prometheus/rules.yaml" >"$folder/rules.yaml"
  cp "$deploy/rules_test.yaml" "$folder/"
  promtool check rules "$folder/rules.yaml"
  promtool test rules "$folder/rules_test.yaml"
else
  echo "NOT CHECKED: the alerts, because promtool (Debian package prometheus) is not installed"
fi
