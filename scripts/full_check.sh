#!/usr/bin/env bash
# Everything that must hold before a deploy. Stops at the first failure.
#
# Usage: scripts/full_check.sh [--allow-dirty] [STEP…]
#   tree        nothing uncommitted, and the folders are those of PROJECT_STRUCTURE.md
#   migrations  each applied, rolled back and applied again on a scratch database
#   lint        ruff: format and rules
#   types       mypy
#   tests       pytest
#   deploy      a private server with the demo: verify_deploy, smoke_coach, doctor, and a
#               backup that is restored and compared
# Without steps, all of them, in this order. --allow-dirty skips the first half of `tree`.
#
# Nothing of yours is touched: the database is an embedded one in a temporary folder (or the
# server of TEST_DATABASE_URL, for `migrations` and `tests`), and the model is the offline one.
# Exit code 0: all passed, 1: a step failed, 2: called wrongly.
set -euo pipefail

usage() { sed -n '2,/^set /p' "$0" | sed '$d; s/^# \{0,1\}//'; }

steps=() dirty=no
for argument in "$@"; do
  case "$argument" in
    --help) usage; exit 0 ;;
    --allow-dirty) dirty=yes ;;
    tree | migrations | lint | types | tests | deploy) steps+=("$argument") ;;
    *) echo "unknown: $argument" >&2; usage >&2; exit 2 ;;
  esac
done
[ ${#steps[@]} -gt 0 ] || steps=(tree migrations lint types tests deploy)

cd "$(dirname "$0")/.."
root="$PWD"
python="${PYTHON:-$root/.venv/bin/python}"
[ -x "$python" ] || { echo "no $python: run \`make check\` once, or set PYTHON" >&2; exit 2; }
export PYTHON="$python" PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
unset DATABASE_URL ANTHROPIC_API_KEY CLAUDE_API_KEY ANTHROPIC_BASE_URL
export MOSAIC_MODEL=offline

home="$(mktemp -d)"
server=""
stop() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; fi
  rm -rf "$home"
}
trap 'stop || true' EXIT
export MOSAIC_HOME="$home"

mosaic() { (cd "$home" && "$python" -m api.cli "$@"); }

tree() {
  if [ "$dirty" = no ] && [ -n "$(git status --porcelain)" ]; then
    git status --short
    echo "the tree has uncommitted changes" >&2
    return 1
  fi
  "$python" scripts/check_structure.py
}

migrations() { DATABASE_URL="${TEST_DATABASE_URL:-}" mosaic migrate rehearse; }

lint() { "$python" -m ruff format --check . && "$python" -m ruff check .; }

types() { "$python" -m mypy; }

tests() { "$python" -m pytest; }

deploy() {
  (cd "$home" && exec "$python" -m api.cli serve --demo --port 0) >"$home/server.log" 2>&1 &
  server=$!
  local base=""
  for _ in $(seq 240); do
    base="$(sed -n 's/.*is at \(http[^ ]*\).*/\1/p' "$home/server.log" | head -n 1)"
    if [ -n "$base" ] && curl --silent --fail --output /dev/null "$base/health"; then break; fi
    if ! kill -0 "$server" 2>/dev/null; then break; fi
    sleep 0.5
  done
  curl --silent --fail --output /dev/null "${base:-http://127.0.0.1:1}/health" || {
    tail -n 30 "$home/server.log" >&2
    echo "the private server did not become healthy" >&2
    return 1
  }
  scripts/verify_deploy.sh "$base" --demo --commit "$(git rev-parse HEAD)" &&
    scripts/smoke_coach.sh "$base" &&
    mosaic backup --rehearse &&
    mosaic doctor
}

for step in "${steps[@]}"; do
  echo "== $step"
  if ! "$step"; then
    echo "== $step FAILED" >&2
    exit 1
  fi
done
echo "== all passed: ${steps[*]}"
