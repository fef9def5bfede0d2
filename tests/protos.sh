#!/usr/bin/env bash
# The protos against the rules of buf.yaml: `tests/protos.sh lint`, and `tests/protos.sh breaking`,
# which compares them with those of the last commit. Needs build/lucid.binpb and tests/node.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
image=${LUCID_DESCRIPTORS:-build/lucid.binpb}
buf=tests/node/node_modules/.bin/buf
[[ -x $buf ]] || {
  echo "protos.sh: $buf is missing; tests/run installs it" >&2
  exit 1
}

# The descriptors of the protos of a commit, made as protos/CMakeLists.txt makes today's.
image_of() {
  git archive "$1" protos | tar -x -C "$folder"
  (cd "$folder/protos" && find lucid -name '*.proto' -print0 |
    xargs -0 protoc -I . -I /usr/share/gocode/src/github.com/gogo/googleapis -I /usr/include \
      --include_imports --include_source_info --descriptor_set_out="$folder/old.binpb")
}

case ${1:-} in
  lint) "$buf" lint "$image" ;;
  breaking)
    # What is not committed is compared with the last commit; a clean tree with the one before it.
    base=HEAD
    git diff --quiet HEAD -- protos && base=HEAD^
    git rev-parse -q --verify "$base:protos" >/dev/null || {
      echo "no earlier commit to compare with"
      exit 0
    }
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    image_of "$base"
    "$buf" breaking "$image" --against "$folder/old.binpb"
    ;;
  *)
    echo "usage: tests/protos.sh lint|breaking" >&2
    exit 2
    ;;
esac
