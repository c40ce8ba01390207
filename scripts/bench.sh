#!/usr/bin/env bash
# Sweeps generated markets and prints what that costs: processor time a page beside a bare
# loop over the same pages and beside colly, and peak memory as the market grows. See
# bench/main.go for how it measures.
#
#   scripts/bench.sh [LISTINGS]
set -euo pipefail

listings=${1:-10000}
cd "$(dirname "$0")/../bench"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -buildvcs=false -o "$dir/bench" .
echo
"$dir/bench" cost --listings "$listings"
echo
"$dir/bench" memory --small $((listings / 5)) --big $((listings * 2))
