#!/usr/bin/env bash
# Which folder may include which, as ARCHITECTURE.md has it (Layers). Prints every include that is
# out of place.
set -euo pipefail
shopt -s nullglob globstar

cd "$(dirname "${BASH_SOURCE[0]}")/.."
bad=0

# forbid WHY INCLUDES FILES…: no file may include or import what the expression matches.
forbid() {
  local why=$1 includes=$2
  shift 2
  (($#)) || return 0
  if grep -HnE "^ *(#include [<\"]|import (public )?\")($includes)" "$@"; then
    printf '^ %s\n\n' "$why"
    bad=1
  fi
}

engines='grpc|.*\.grpc\.pb\.h'
for service in tasks indicators cases publications; do
  folder=services/$service
  others=$(printf '%s\n' tasks indicators cases publications | grep -vx "$service" | paste -sd '|')
  forbid "a service knows others only by their stubs" "services/($others)/" "$folder"/**/*.{h,cc}
  forbid "rules are pure: no storage, no gRPC, no service" \
    "$engines|services/base/(db|table|records|query|requests|jobs|events|rpc|server|streams|follower|leases|workers)|services/$service/.*_(store|service)" \
    "$folder"/{*_rules,states,checks,references,public_view}*.{h,cc}
  forbid "stores know storage: no rules, no gRPC, no service" \
    "$engines|services/base/(rpc|server|streams|workers)|services/$service/.*_(rules|service)" \
    "$folder"/*_store*.{h,cc}
  forbid "protos know only their own package and the shared ones" \
    "lucid/($others|dashboards)/" protos/lucid/"$service"/**/*.proto
done
forbid "the registry knows tasks only by its stub" 'services/(tasks|indicators|cases|publications)/' \
  services/registry/**/*.{h,cc}
forbid "the shared protos know no service" 'lucid/(tasks|indicators|cases|publications|dashboards)/' \
  protos/lucid/{events,figures,access,types}/**/*.proto
forbid "base knows no service" \
  'services/[^b]|gateway/|lucid/(tasks|indicators|cases|publications|dashboards)/' \
  services/base/**/*.{h,cc}
forbid "the gateway knows protos and base" 'services/[^b]' gateway/**/*.{h,cc}
forbid "what is delivered knows no test" 'tests/' {services,gateway,deploy}/**/*.{h,cc}
exit "$bad"
