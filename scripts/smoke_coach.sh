#!/usr/bin/env bash
# Asks the coach what a client asks, and checks that answers, receipts and metrics are there.
# Leaves two short conversations in that client's account. Needs curl and Python 3.
#
# Usage: [MOSAIC_EMAIL=… MOSAIC_PASSWORD=…] scripts/smoke_coach.sh [BASE_URL]
#   BASE_URL  http://127.0.0.1:8000 without it; without MOSAIC_EMAIL, the demo's client asks
#
# Exit code 0: all passed, 1: one or more failed, 2: called wrongly.
set -euo pipefail

usage() { sed -n '2,/^set /p' "$0" | sed '$d; s/^# \{0,1\}//'; }

case "${1:-}" in
  --help) usage; exit 0 ;;
  -*) usage >&2; exit 2 ;;
esac
base="${1:-http://127.0.0.1:8000}"
base="${base%/}"
root="$(cd "$(dirname "$0")/.." && pwd)"
python="${PYTHON:-$root/.venv/bin/python}"
[ -x "$python" ] || python=python3
umask 077
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
failed=0

call() { # call PATH [CURL OPTION…]: the body goes to $work/body; anything but 200 is a failure
  local path="$1" status; shift
  : >"$work/body"
  status="$(curl --silent --max-time 60 --output "$work/body" --write-out '%{http_code}' \
    --header "@$work/authorization" --header 'Content-Type: application/json' "$@" "$base$path")" \
    || status=000
  [ "$status" = 200 ] || { echo "FAILED  $path: status $status"; failed=1; return 1; }
}

holds() { # holds WHAT EXPRESSION: Python over `body`, the parsed JSON of the last call
  if "$python" -c '
import json, sys
with open(sys.argv[1]) as file:
    body = json.load(file)
sys.exit(0 if eval(sys.argv[2]) else 1)
' "$work/body" "$2" 2>/dev/null; then
    echo "ok      $1"
  else
    echo "FAILED  $1"
    failed=1
  fi
}

ask() { # ask TEXT
  "$python" -c 'import json, sys; print(json.dumps({"message": sys.argv[1]}))' "$1" >"$work/message"
  call /api/coach/chat --data "@$work/message"
}

: >"$work/authorization"
MOSAIC_EMAIL="${MOSAIC_EMAIL:-client@demo.local}" MOSAIC_PASSWORD="${MOSAIC_PASSWORD:-mosaic-demo}" \
  "$python" -c '
import json, os
print(json.dumps({"email": os.environ["MOSAIC_EMAIL"], "password": os.environ["MOSAIC_PASSWORD"]}))
' >"$work/credentials"
call /auth/login --data "@$work/credentials" || exit 1
"$python" -c '
import json, sys
print("Authorization: Bearer", json.load(open(sys.argv[1]))["access_token"])
' "$work/body" >"$work/authorization" 2>/dev/null || {
  echo "FAILED  /auth/login gives no token"
  exit 1
}

if call /metrics; then
  holds "the self-efficacy metrics are computed" \
    'body["as_of"] and any(isinstance(v, (int, float)) for v in body.values())'
fi
if ask "How is my confidence going?"; then
  holds "the coach answers from the record" 'body["answer"].strip() and body["receipts"]["known"]'
  holds "its receipt has all its parts" \
    '{"known", "inferred", "missing", "sources", "checks", "overall"} <= body["receipts"].keys()'
  holds "every sentence was checked" \
    'body["receipts"]["checks"]["sentences"] > 0 and body["receipts"]["sources"]'
  receipt="$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["receipts"]["id"])' \
    "$work/body")"
  if call "/receipts/$receipt/verify" --request POST; then
    holds "the receipt holds when checked again" \
      'body["items"] and all(item["state"] == "unchanged" for item in body["items"])'
  fi
fi
if ask "How many people opened my newsletter?"; then
  holds "what nobody tracks is Missing, not made up" \
    'body["answer"].strip() and body["receipts"]["missing"] and not body["receipts"]["known"]'
fi
exit "$failed"
