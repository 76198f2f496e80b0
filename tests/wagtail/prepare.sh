#!/usr/bin/env bash
# Prepares a folder with Wagtail and an empty site for tests/service/wagtail.rs. Python's packages go into an environment of their
# own in that folder; nothing is installed, and root is not needed. A second run on the same folder does nothing.
#
#   tests/wagtail/prepare.sh target/wagtail
#   WAGTAIL_DIR=target/wagtail cargo test --test service wagtail
set -euo pipefail

scripts=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:?the folder to prepare is missing: $0 FOLDER}"
folder=$(cd "$1" && pwd)
[[ -e $folder/prepared ]] && exit 0

fail() {
    printf 'prepare.sh: %s\n' "$*" >&2
    exit 1
}
python3 -m venv "$folder/python" || fail "no environment of Python could be made (on Debian: apt-get install python3-venv)"
"$folder/python/bin/pip" install --quiet --only-binary :all: wagtail==8.0.1 || fail "Wagtail could not be fetched"

rm -f "$folder/database"
KNOWLEDGE_DATABASE=$folder/database PYTHONDONTWRITEBYTECODE=1 "$folder/python/bin/python" "$scripts/editor.py" --begin >"$folder/begin.log" 2>&1 ||
    fail "no site could be made; see $folder/begin.log"
touch "$folder/prepared"
