#!/usr/bin/env bash
# Runs every fuzz test of the module, one after the other, each for the given time.
#
#   scripts/fuzz.sh 30s
set -euo pipefail

time=${1:?how long each test runs}
cd "$(dirname "$0")/.."
grep -rho --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sort -u >/dev/null || {
	echo "There are no fuzz tests."
	exit 0
}
grep -ro --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sort | while IFS=: read -r file func; do
	name=${func#func }
	echo "== ${file%/*} $name"
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" "${file%/*}"
done
