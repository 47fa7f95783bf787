#!/usr/bin/env bash
# Plans: one group with 100 services, and many workspaces in one run. Needs /usr/bin/time (GNU).
# Use: benches/plan.sh [WORKSPACES [FOLDER]]; FOLDER (default: a temporary one) takes about 1 MiB a workspace.
set -euo pipefail
cd "$(dirname "$0")/.."
count=${1:-10000}

cargo build --release --quiet
decamp=$PWD/target/release/decamp
dir=$(mktemp -d -p "${2:-${TMPDIR:-/tmp}}")
trap 'rm -rf "$dir"' EXIT

# An inventory of the first N services of the catalog.
inventory() {
    "$decamp" catalog list --json | python3 -c '
import json, sys
n = int(sys.argv[1])
found = [s for s in json.load(sys.stdin)["services"] if s.get("needs")][:n]
print("schema: decamp/inventory/1\ngroup: {name: Prueba, domains: [prueba.example]}\nsources: []\nzones: []\nservices:")
for s in found:
    print(json.dumps({"id": s["id"], "name": s["name"], "needs": s["needs"], "care": "private", "confidence": "certain", "accounts": 14}).join(["- ", ""]))
print("unrecognized: []")' "$1"
}
group() { printf 'name: %s\ncountry: US\ndomains: [prueba.example]\npeople: 14\nhours_per_week: 8\nwishes: {providers: [may-first]}\n' "$1"; }
timed() { /usr/bin/time -f '%e s, max RSS %M KiB' "$@" 2>&1 >/dev/null | tail -1; }

mkdir "$dir/one"
group Uno >"$dir/one/group.yaml"
inventory 100 >"$dir/one/inventory.yaml"
for run in 1 2 3 4 5; do
    echo "100 services, planned only (--dry-run --json), run $run: $(timed "$decamp" -C "$dir/one" plan --dry-run --json --today 2026-12-01)"
done

inventory 6 >"$dir/six.yaml"
mkdir "$dir/many"
for n in $(seq "$count"); do
    mkdir "$dir/many/$n"
    group "Grupo $n" >"$dir/many/$n/group.yaml"
    cp "$dir/six.yaml" "$dir/many/$n/inventory.yaml"
done
echo "$count workspaces of 6 services: $(timed "$decamp" plan --group-dirs "$dir/many" --today 2026-12-01)"
