#!/usr/bin/env bash
# Installs what the test of the page in Chromium needs into a folder: axe-core and puppeteer-core.
# On Debian it also installs Chromium and Node where they are missing.
set -euo pipefail

folder=${1:?usage: tests/page/prepare.sh FOLDER}
as_root() {
    if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

missing=()
command -v chromium >/dev/null || [[ -n "${CHROMIUM:-}" ]] || missing+=(chromium fonts-dejavu-core)
command -v npm >/dev/null || missing+=(nodejs npm)
if ((${#missing[@]})); then
    as_root apt-get update
    as_root apt-get install -y --no-install-recommends "${missing[@]}"
fi
mkdir -p "$folder"
npm install --prefix "$folder" --no-save --no-audit --no-fund axe-core@4 puppeteer-core@24
