#!/usr/bin/env bash
# Checks a running Mosaic from outside, as a caller would meet it. Changes nothing of yours; with
# --demo it asks one question as each of the demo people. Needs curl and Python 3.
#
# Usage: scripts/verify_deploy.sh BASE_URL [--demo] [--commit SHA]
#   BASE_URL      for example http://127.0.0.1:8000
#   --demo        also log in as the demo people and follow an answer to its receipt
#   --commit SHA  also check that this commit is what runs there
#
# Every check is said. Exit code 0: all passed, 1: one or more failed, 2: called wrongly.
set -euo pipefail

usage() { sed -n '2,/^set /p' "$0" | sed '$d; s/^# \{0,1\}//'; }

base="" demo=no commit=""
while [ $# -gt 0 ]; do
  case "$1" in
    --help) usage; exit 0 ;;
    --demo) demo=yes ;;
    --commit) commit="${2:?--commit needs a SHA}"; shift ;;
    -*) echo "unknown option $1" >&2; usage >&2; exit 2 ;;
    *) base="${1%/}" ;;
  esac
  shift
done
[ -n "$base" ] || { usage >&2; exit 2; }

root="$(cd "$(dirname "$0")/.." && pwd)"
python="${PYTHON:-$root/.venv/bin/python}"
[ -x "$python" ] || python=python3
umask 077
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
failed=0

# check WHAT COMMAND…: says whether the command succeeded.
check() {
  local what="$1"; shift
  if "$@" 2>"$work/why"; then
    echo "ok      $what"
  else
    echo "FAILED  $what$(sed 's/^/: /' "$work/why" | tail -n 1)"
    failed=1
  fi
}

# call PATH [CURL OPTION…]: the status goes to $work/status, headers and body beside it.
call() {
  local path="$1"; shift
  : >"$work/headers"; : >"$work/body"
  curl --silent --show-error --max-time 60 --dump-header "$work/headers" --output "$work/body" \
    --write-out '%{http_code}' "$@" "$base$path" >"$work/status" || echo 000 >"$work/status"
}

# status_is CODE
status_is() {
  [ "$(cat "$work/status")" = "$1" ] || { echo "status $(cat "$work/status")" >&2; return 1; }
}

# body_has EXPRESSION: Python over `body`, the parsed JSON.
body_has() {
  "$python" -c '
import json, sys
with open(sys.argv[1]) as file:
    body = json.load(file)
if not eval(sys.argv[2]):
    sys.exit(f"not so: {sys.argv[2]}")
' "$work/body" "$1"
}

header_has() { grep -qi "^$1" "$work/headers" || { echo "no header $1" >&2; return 1; }; }

json() { "$python" -c 'import json, sys; print(json.dumps(dict(zip(sys.argv[1::2], sys.argv[2::2]))))' "$@"; }

log_in() { # log_in EMAIL PASSWORD
  json email "$1" password "$2" >"$work/credentials"
  call /auth/login --header 'Content-Type: application/json' --data "@$work/credentials"
}

# whole_stream: the frames in $work/body are a whole answer with a receipt.
whole_stream() {
  "$python" - "$work/body" <<'PYTHON'
import json, sys
raw = open(sys.argv[1], "rb").read()
frames = [frame for frame in raw.decode().split("\n\n") if "data: " in frame]
events = [json.loads(frame.split("data: ", 1)[1]) for frame in frames]
ids = [int(frame.split("id: ")[1].split("\n")[0]) for frame in frames if frame.startswith("id: ")]
kinds = [event["type"] for event in events]
receipts = [event["content"] for event in events if event["type"] == "ACTIVITY_SNAPSHOT"]
text = "".join(event["delta"] for event in events if event["type"] == "TEXT_MESSAGE_CONTENT")
for what, right in {
    "a stream of events": bool(events),
    "no carriage return": b"\r" not in raw,
    "ids from 1 without a gap": ids == list(range(1, len(ids) + 1)),
    "RUN_STARTED first": kinds[:1] == ["RUN_STARTED"],
    "RUN_FINISHED last": kinds[-1:] == ["RUN_FINISHED"],
    "an answer": bool(text.strip()),
    "one receipt with something known": len(receipts) == 1 and bool(receipts[0]["known"]),
}.items():
    if not right:
        sys.exit(f"the stream has not: {what}")
PYTHON
}

ask() { # ask TEXT: with the token in $work/authorization
  "$python" -c '
import json, sys, uuid
message = {"id": str(uuid.uuid4()), "role": "user", "content": sys.argv[1]}
print(json.dumps({"threadId": str(uuid.uuid4()), "runId": str(uuid.uuid4()), "state": {},
                  "messages": [message], "tools": [], "context": [], "forwardedProps": {}}))
' "$1" >"$work/message"
  call /agui --no-buffer --header "@$work/authorization" --header 'Content-Type: application/json' \
    --header 'Accept: text/event-stream' --data "@$work/message"
}

call /health
check "/health answers 200" status_is 200
check "/health says ok, version and git_commit" \
  body_has 'body["ok"] is True and body["version"] and body["deployment"]["git_commit"]'
check "the schema is v2" body_has 'body["schema_version"] == "v2"'
check "responses carry the content security policy" header_has 'content-security-policy:'
if [ -n "$commit" ]; then
  check "commit ${commit:0:12} runs" \
    body_has "body['deployment']['git_commit'][:7] == '${commit:0:7}'"
fi
call /health/ready
check "/health/ready answers 200" status_is 200
call /config
check "/config answers 200" status_is 200
check "/config has apiBase and schemaVersion v2" \
  body_has 'body["apiBase"] and body["schemaVersion"] == "v2"'
call /
check "the page is served" status_is 200

log_in "nobody-$RANDOM$RANDOM@verify.invalid" "not a password"
check "a wrong log-in is 401" status_is 401
check "its body names nobody" body_has '"verify.invalid" not in json.dumps(body)'
cp "$work/body" "$work/unknown"
call /threads
check "without a log-in, nothing personal" status_is 401
call "/no-such-path-$RANDOM"
check "an unknown path is 404" status_is 404
check "with a problem body" body_has 'body["status"] == 404 and body["title"] and body["detail"]'

if [ "$demo" = yes ]; then
  password="${MOSAIC_PASSWORD:-mosaic-demo}"
  log_in operator@demo.local "not the password"
  check "a known address is refused in the same words" cmp -s "$work/body" "$work/unknown"
  for person in operator client; do
    log_in "$person@demo.local" "$password"
    check "the demo $person logs in" status_is 200
    "$python" -c '
import json, sys
print("Authorization: Bearer", json.load(open(sys.argv[1])).get("access_token", "none"))
' "$work/body" >"$work/authorization" 2>/dev/null || echo "Authorization: none" >"$work/authorization"
    if [ "$person" = operator ]; then ask "What is the bottleneck?"; else
      ask "How is my confidence going?"; fi
    check "the $person's question is streamed" status_is 200
    check "it ends with a receipt" whole_stream
  done
fi

exit "$failed"
