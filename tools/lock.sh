#!/usr/bin/env bash
# Remake the hashed lock files in requirements/ from pyproject.toml and the *.in files.
#
#   tools/lock.sh             keep every version that still fits, add what is new
#   tools/lock.sh --upgrade   take the newest versions that fit
#
# No address is written into the files: whatever index or mirror pip is told to use serves them. The locks are
# universal (every platform's hashes, Python 3.11 and later), so one file serves laptops, servers and CI.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! uv=$(command -v uv); then
  venv=.venv-lock
  [ -x "$venv/bin/uv" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --require-hashes -r requirements/tools.txt; }
  uv=$venv/bin/uv
fi

lock() {
  local output=$1
  shift
  "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
    --no-header --fork-strategy fewest --output-file "requirements/$output" "$@"
  # A header of our own: the tool's would name the machine's paths.
  printf '# Made by tools/lock.sh; do not edit.\n%s\n' "$(cat "requirements/$output")" > "requirements/$output"
}

lock runtime.txt pyproject.toml requirements/runtime.in "$@"
lock test.txt requirements/test.in "$@"
lock tools.txt requirements/tools.in "$@"
