#!/usr/bin/env bash
# Runs the tests that have an -update flag with it: they rewrite the files they compare
# with, generated documentation included.
set -euo pipefail

cd "$(dirname "$0")/.."
files=$(grep -rl --include='*_test.go' 'flag\.Bool("update"' . || true)
if [[ -z $files ]]; then
	echo "No test has an -update flag."
	exit 0
fi
xargs -n1 dirname <<<"$files" | sort -u | while read -r dir; do
	go test "$dir" -count=1 -update
done
