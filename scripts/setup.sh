#!/usr/bin/env bash
# Installs what a target of the Makefile needs and the machine lacks, on Debian and its
# like, with sudo where not root. Does nothing, quickly, when all is there.
#
#   scripts/setup.sh build|run|test|ci
#
# Nothing of what is installed is started: PostgreSQL is run by the program itself, as a
# private server in its data folder. A PostgreSQL server of the system is not touched.
set -euo pipefail

need=${1:?build, run, test or ci}
export DEBIAN_FRONTEND=noninteractive

have_postgres() {
	local dir
	for dir in ${PG_BINDIR:+"$PG_BINDIR"} "$(pg_config --bindir 2>/dev/null || true)" \
		/usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do
		if [[ -x $dir/postgres && -x $dir/initdb ]]; then return 0; fi
	done
	return 1
}

have_compiler() {
	command -v "${CC:-gcc}" >/dev/null || command -v clang >/dev/null
}

if ! command -v go >/dev/null; then
	echo "Go is not installed. See https://go.dev/doc/install; go.mod names the version." >&2
	exit 1
fi

packages=()
if [[ $need != build ]] && ! have_postgres; then packages+=(postgresql); fi
if [[ $need == test || $need == ci ]] && ! have_compiler; then packages+=(gcc libc6-dev); fi # for -race
if [[ $need == ci ]]; then
	command -v make >/dev/null || packages+=(make)
	[[ -d /etc/ssl/certs && -n $(ls /etc/ssl/certs) ]] || packages+=(ca-certificates) # for fetching modules
fi
if [[ ${#packages[@]} -eq 0 ]]; then exit 0; fi

install="apt-get install -y --no-install-recommends ${packages[*]}"
if ! command -v apt-get >/dev/null; then
	echo "Missing: ${packages[*]} (names of Debian's packages). Install them with this system's package manager." >&2
	exit 1
fi
if [[ $(id -u) -eq 0 ]]; then
	root=(env)
elif command -v sudo >/dev/null; then
	root=(sudo --preserve-env=DEBIAN_FRONTEND)
else
	echo "Missing: ${packages[*]}. This user is not root and there is no sudo; ask an administrator to run:" >&2
	echo "  $install" >&2
	exit 1
fi

# Debian's package makes and starts a server of its own unless it is told not to. The
# note is there only while we install, and only where there was no PostgreSQL before.
note=/etc/postgresql-common/createcluster.d/marketwarden-setup.conf
if [[ " ${packages[*]} " == *" postgresql "* ]]; then
	trap '"${root[@]}" rm -f "$note"' EXIT
	"${root[@]}" mkdir -p "${note%/*}"
	echo "create_main_cluster = false" | "${root[@]}" tee "$note" >/dev/null
fi

echo "Installing ${packages[*]}: $install"
# The lists of packages may be absent or too old.
# shellcheck disable=SC2086 # $install is a command line
if ! "${root[@]}" $install; then
	"${root[@]}" apt-get update
	"${root[@]}" $install
fi
