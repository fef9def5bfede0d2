#!/usr/bin/env bash
# Builds the five programs twice from the same sources at the same place, as the image's build does,
# and compares their digests.
#
#   tests/reproducible.sh
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=deploy/local/common.sh
. "$root/deploy/local/common.sh"

programs=(lucid-tasks lucid-indicators lucid-cases lucid-publications lucid-gateway)
folder=$(mktemp -d "${TMPDIR:-/tmp}/lucid-twice-XXXXXX")
trap 'rm -rf "$folder"' EXIT
git -C "$root" archive HEAD | tar -x -C "$folder" --one-top-level=src
cd "$folder/src"
unset CMAKE_CXX_COMPILER_LAUNCHER

for round in first second; do
  say "Building for the $round time …"
  rm -rf build
  cmake --preset release >/dev/null
  cmake --build build --target "${programs[@]}" >"$folder/log" || die "$(tail "$folder/log")"
  (cd build/bin && strip "${programs[@]}" && sha256sum "${programs[@]}") >"$folder/$round"
done
diff "$folder/first" "$folder/second" || die "the same sources made other programs"
cat "$folder/first"
