#!/usr/bin/env bash
# Time and memory on big files: a ledger of 1,000,000 rows and a zone of 100,000 records.
# Needs /usr/bin/time (GNU). Use: benches/big.sh [ROWS [RECORDS]]
set -euo pipefail
cd "$(dirname "$0")/.."
rows=${1:-1000000}
records=${2:-100000}

cargo build --release --quiet
decamp=$PWD/target/release/decamp
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

awk -v n="$rows" 'BEGIN {
    print "Date,Description,Amount"
    for (i = 0; i < n; i++) {
        if (i % 1000 == 0) payee = "SLACK T0" i
        else payee = "MERCADO " i " LA PALOMA"
        printf "2026-%02d-%02d,%s,-%d.%02d\n", i % 12 + 1, i % 28 + 1, payee, i % 300, i % 100
    }
}' >"$dir/ledger.csv"

awk -v n="$records" 'BEGIN {
    print "$ORIGIN casaabierta.example."
    print "$TTL 3600"
    print "@ IN SOA ns.casaabierta.example. root.casaabierta.example. 1 7200 900 1209600 300"
    for (i = 1; i < n; i++) {
        if (i % 3 == 0) printf "h%d IN A 192.0.2.%d\n", i, i % 250 + 1
        else if (i % 3 == 1) printf "h%d IN CNAME h%d.unheard.example.\n", i, i
        else printf "h%d IN TXT \"token-%d=%d\"\n", i, i, i
    }
}' >"$dir/casaabierta.example.zone"

for file in ledger.csv casaabierta.example.zone; do
    cd "$dir"
    /usr/bin/time -v "$decamp" inventory "$file" -o - --json >"$dir/out" 2>"$dir/time"
    awk -v f="$file" -v size="$(wc -c <"$file")" -v out="$(wc -c <"$dir/out")" -F': ' '
        /Elapsed/ { took = $NF } /Maximum resident/ { rss = $NF }
        END { printf "%-26s %10d bytes in, %9d out, %s, max RSS %.0f MiB\n", f, size, out, took, rss / 1024 }' "$dir/time"
done
