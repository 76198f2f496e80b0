#!/usr/bin/env bash
# Prepares a folder with WordPress, PHP and MariaDB for tests/service/wordpress.rs, from the packages of this Debian.
# They are only unpacked: nothing is installed, and root is not needed. A second run on the same folder does nothing.
#
#   tests/wordpress/prepare.sh target/wordpress
#   WORDPRESS_DIR=target/wordpress cargo test --test service wordpress
set -euo pipefail

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
# With everything that they need and this machine does not have, but without the web server that WordPress asks for.
apt-get "${apt[@]}" -qq -y --no-install-recommends --reinstall --download-only install \
    "$php-cli" "$php-common" "$php-mysql" "$php-xml" "$php-mbstring" mariadb-server-core mariadb-client-core >/dev/null ||
    fail "PHP and MariaDB could not be fetched"
(cd "$folder/apt/archives" && apt-get "${apt[@]}" -qq download wordpress php-getid3 libjs-underscore) ||
    fail "WordPress could not be fetched"

root=$folder/root
rm -rf "$root" "$folder/database"
for package in "$folder"/apt/archives/*.deb; do
    dpkg-deb -x "$package" "$root" || fail "$package could not be unpacked"
done
ln -sfn root/usr/share/wordpress "$folder/site"

# Starting programs that find their own libraries and nothing of a configuration that may lie on this machine.
libraries=$(find "$root" -name '*.so*' -printf '%h\n' | grep -E '/lib/[^/]+-linux-[^/]+$' | sort -u | paste -sd:)
extensions=$(dirname "$(find "$root/usr/lib/php" -name mysqli.so | head -n 1)")
settings=$(for name in mysqlnd mbstring mysqli xml dom simplexml ctype tokenizer iconv posix; do
    [[ ! -e $extensions/$name.so ]] || printf -- '-d extension=%s ' "$name"
done)
mkdir -p "$folder/bin"
cat >"$folder/bin/php" <<END
#!/bin/sh
LD_LIBRARY_PATH='$libraries' exec '$root/usr/bin/${php}' -n -d extension_dir='$extensions' $settings "\$@"
END
cat >"$folder/bin/mariadbd" <<END
#!/bin/sh
LD_LIBRARY_PATH='$libraries' exec '$root/usr/sbin/mariadbd' --no-defaults --basedir='$root/usr' --user="\$(id -un)" "\$@"
END
chmod +x "$folder"/bin/*
"$folder/bin/php" -r 'exit(function_exists("mysqli_connect") && function_exists("mb_substr") && function_exists("xml_parser_create") ? 0 : 1);' ||
    fail "PHP does not start, or lacks an extension"

# An empty database, of which each test takes a copy.
LD_LIBRARY_PATH=$libraries "$root/usr/bin/mariadb-install-db" --no-defaults --basedir="$root/usr" --datadir="$folder/database" \
    --auth-root-authentication-method=normal --innodb-log-file-size=8M --skip-test-db --user="$(id -un)" >"$folder/database.log" 2>&1 ||
    fail "no database could be made; see $folder/database.log"

rm -rf "$folder/apt"
touch "$folder/prepared"
