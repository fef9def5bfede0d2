#!/usr/bin/env bash
# Renders every overlay and checks what each container must have. Needs kubectl.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
command -v kubectl >/dev/null || { echo "SKIPPED: kubectl is not installed"; exit 77; }
for overlay in embedded production; do
  rendered=$(kubectl kustomize "$root/deploy/overlays/$overlay")
  deployments=$(grep -c '^kind: Deployment' <<<"$rendered")
  for rule in 'readOnlyRootFilesystem: true' 'allowPrivilegeEscalation: false' \
    'runAsNonRoot: true' 'type: RuntimeDefault' 'automountServiceAccountToken: false' \
    'readinessProbe:' 'livenessProbe:'; do
    found=$(grep -c "$rule" <<<"$rendered" || true)
    ((found >= deployments)) || { echo "$overlay: $found of $deployments have $rule"; exit 1; }
  done
  ! grep -n 'image: .*:latest' <<<"$rendered" || { echo "$overlay: an image is latest"; exit 1; }
  echo "$overlay renders: $deployments deployments"
done
