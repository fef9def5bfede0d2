#!/usr/bin/env bash
# Builds the five programs from the same sources at two places, as the image's build does, and
# compares their digests.
#
#   tests/reproducible.sh
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=deploy/local/common.sh
. "$root/deploy/local/common.sh"

programs=(lucid-tasks lucid-indicators lucid-cases lucid-publications lucid-gateway)
folder=$(mktemp -d "${TMPDIR:-/tmp}/lucid-twice-XXXXXX")
trap 'rm -rf "$folder"' EXIT
unset CMAKE_CXX_COMPILER_LAUNCHER

for place in first other/second; do
  say "Building at $folder/$place …"
  git -C "$root" archive HEAD | tar -x -C "$folder" --one-top-level="$place"
  cd "$folder/$place"
  cmake --preset release >/dev/null
  cmake --build build --target "${programs[@]}" >"$folder/log" || die "$(tail "$folder/log")"
  (cd build/bin && strip "${programs[@]}" && sha256sum "${programs[@]}") >"$folder/$place.digests"
done
diff "$folder/first.digests" "$folder/other/second.digests" ||
  die "the same sources made other programs at another place"
cat "$folder/first.digests"
