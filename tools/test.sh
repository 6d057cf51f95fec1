#!/usr/bin/env bash
# What `./dev test` runs, in the environment that `./dev` has made.
#
#   (nothing)          every check: style, types, import contracts, templates, then all tests
#   --database-only    the tests that touch the database, without the rest; .ci/run uses it for PostgreSQL
#   anything else      handed to pytest: `./dev test tests/rules -k clock`
#
# YEMAI_TEST_DATABASE=postgres://…  runs the tests there instead of on SQLite.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH=$venv/bin:$PATH
failed=()

step() {
  local name=$1 began=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  if "$@"; then printf -- '-- %s: ok (%s s)\n' "$name" $((SECONDS - began)); else
    failed+=("$name")
    printf -- '-- %s: FAILED (%s s)\n' "$name" $((SECONDS - began))
  fi
}

# --- The browser: Debian's Chromium and Chinese type, where they are missing and may be installed --------------------
has_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }
has_chinese_type() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh-cn family 2>/dev/null | head -1)" ]; }

apt_get() {
  local run=()
  if [ "$(id -u)" -ne 0 ]; then run=(sudo -n); fi
  "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "$@"
}

prepare_browser() {
  [ -z "${YEMAI_NO_BROWSER:-}" ] || return 0
  has_chromium && has_chinese_type && return 0
  if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; then
    echo 'Installing chromium and fonts-noto-cjk with apt-get …'
    { apt_get update -qq && apt_get install -y -qq --no-install-recommends chromium fontconfig fonts-noto-cjk; } >/dev/null || true
  fi
  if has_chromium; then
    has_chinese_type || echo 'No Chinese type on this machine (apt install fonts-noto-cjk): pages are tested, screenshots show boxes.'
    return 0
  fi
  echo 'COULD NOT RUN: the browser tests (tests/journeys and others marked "browser"). No Chromium, and it may not be installed here.'
  echo '               To have them: apt install chromium fonts-noto-cjk, then ./dev test again.'
  export YEMAI_NO_BROWSER=1
}

# GDAL's own programs read what we serve to GIS programs; tests that want them skip, in words, where they are missing.
prepare_gdal() {
  command -v ogrinfo >/dev/null && return 0
  if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; then
    echo 'Installing gdal-bin with apt-get …'
    { apt_get update -qq && apt_get install -y -qq --no-install-recommends gdal-bin; } >/dev/null || true
  fi
}

workers() { local n; n=$(nproc 2>/dev/null || echo 2); echo $((n > 4 ? 4 : n)); }
parallel=(-n "$(workers)" --dist loadgroup)

case ${1:-} in
  --database-only)
    shift
    step 'tests that touch the database' \
      python -m pytest "${parallel[@]}" --ignore=tests/rules -m 'not browser and not no_database' "$@"
    ;;
  '')
    prepare_browser
    prepare_gdal
    step 'ruff: style' ruff check .
    step 'ruff: format' ruff format --check --quiet .
    step 'mypy: types' mypy
    step 'lint-imports: floors and rooms' lint-imports --no-cache
    step 'djlint: templates' djlint --quiet --lint src
    step 'tests' python -m pytest "${parallel[@]}"
    ;;
  *)
    prepare_browser
    exec python -m pytest "$@"
    ;;
esac

if [ ${#failed[@]} -gt 0 ]; then
  printf '\nFAILED: %s\n' "$(IFS=,; echo "${failed[*]}" | sed 's/,/, /g')"
  exit 1
fi
printf '\nAll of it passed in %s s.%s\n' "$SECONDS" "${YEMAI_NO_BROWSER:+ The browser tests were not run, see above.}"
