#!/usr/bin/env bash
# Prepares a folder with MediaWiki and PHP for tests/service/mediawiki.rs, from the packages of this Debian. They are only
# unpacked: nothing is installed, and root is not needed. The wiki keeps its pages in SQLite. A second run on the same folder
# does nothing.
#
#   tests/mediawiki/prepare.sh target/mediawiki
#   MEDIAWIKI_DIR=target/mediawiki cargo test --test service mediawiki
set -euo pipefail

scripts=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:?the folder to prepare is missing: $0 FOLDER}"
folder=$(cd "$1" && pwd)
[[ -e $folder/prepared ]] && exit 0

fail() {
    printf 'prepare.sh: %s\n' "$*" >&2
    exit 1
}
command -v apt-get dpkg-deb >/dev/null || fail "apt-get and dpkg-deb are needed: this works on Debian only"

# Package lists of our own, so that it neither matters who asks nor how old the machine's are.
mkdir -p "$folder"/apt/{lists,archives}/partial
apt=(
    -o "Dir::State::Lists=$folder/apt/lists"
    -o "Dir::Cache=$folder/apt"
    -o "Dir::Cache::Archives=$folder/apt/archives"
    -o Debug::NoLocking=1
    -o APT::Sandbox::User=
    -o APT::Update::Post-Invoke::=
    -o APT::Update::Error-Mode=any
    -o Acquire::Retries=3
)
apt-get "${apt[@]}" -qq update || fail "the package lists could not be fetched"

php=$(apt-cache "${apt[@]}" depends php-cli | sed -n 's/.*Depends: \(php[0-9.]*\)-cli$/\1/p' | head -n 1)
[[ -n $php ]] || fail "this Debian has no php-cli"
# With everything that they need and this machine does not have, but without the web server that MediaWiki asks for.
apt-get "${apt[@]}" -qq -y --no-install-recommends --reinstall --download-only install \
    "$php-cli" "$php-common" "$php-intl" "$php-mbstring" "$php-sqlite3" "$php-xml" >/dev/null ||
    fail "PHP could not be fetched"
(cd "$folder/apt/archives" && apt-get "${apt[@]}" -qq download mediawiki mediawiki-classes) ||
    fail "MediaWiki could not be fetched"

root=$folder/root
rm -rf "$root" "$folder/site" "$folder/pages"
for package in "$folder"/apt/archives/*.deb; do
    dpkg-deb -x "$package" "$root" || fail "$package could not be unpacked"
done
# The package links to folders that only an installation has.
cp -a "$root/usr/share/mediawiki" "$folder/site"
for name in extensions config images LocalSettings.php; do
    rm -f "$folder/site/$name"
done
mkdir -p "$folder/site"/{extensions,images} "$folder/pages"

# Starting PHP so that it finds its own libraries and nothing of a configuration that may lie on this machine.
libraries=$(find "$root" -name '*.so*' -printf '%h\n' | { grep -E '/lib/[^/]+-linux-[^/]+$' || true; } | sort -u | paste -sd:)
extensions=$(dirname "$(find "$root/usr/lib/php" -name sqlite3.so | head -n 1)")
settings=$(for name in calendar ctype dom fileinfo iconv intl mbstring pdo pdo_sqlite posix simplexml sqlite3 tokenizer xml xmlreader xmlwriter; do
    [[ ! -e $extensions/$name.so ]] || printf -- '-d extension=%s ' "$name"
done)
mkdir -p "$folder/bin"
cat >"$folder/bin/php" <<END
#!/bin/sh
LD_LIBRARY_PATH='$libraries' exec '$root/usr/bin/${php}' -n -d memory_limit=512M -d extension_dir='$extensions' $settings "\$@"
END
chmod +x "$folder/bin/php"
"$folder/bin/php" -r 'exit(class_exists("SQLite3") && class_exists("Normalizer") && function_exists("mb_substr") ? 0 : 1);' ||
    fail "PHP does not start, or lacks an extension"

# An empty wiki, of whose pages each test takes a copy.
"$folder/bin/php" "$folder/site/maintenance/install.php" --dbtype sqlite --dbpath "$folder/pages" --server http://127.0.0.1 \
    --scriptpath "" --pass 'Only-for-tests-1' --lang en Knowledge Admin >"$folder/install.log" 2>&1 ||
    fail "no wiki could be made; see $folder/install.log"
cat "$scripts/settings.php" >>"$folder/site/LocalSettings.php"

rm -rf "$folder/apt"
touch "$folder/prepared"
