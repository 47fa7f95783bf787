#!/usr/bin/env bash
# Plans: one group with 100 services, and many workspaces in one run. Needs /usr/bin/time (GNU).
# Use: benches/plan.sh [WORKSPACES [FOLDER]]; FOLDER (default: a temporary one) takes about 1 MiB a workspace.
set -euo pipefail
cd "$(dirname "$0")/.."
count=${1:-10000}

cargo build --release --quiet
cargo bench --quiet --bench planning
decamp=$PWD/target/release/decamp
dir=$(mktemp -d -p "${2:-${TMPDIR:-/tmp}}")
trap 'rm -rf "$dir"' EXIT

# An inventory of the first N services of the catalog that a company offers.
inventory() {
    python3 - "$1" <<'PY'
import glob, json, re, sys
print("schema: decamp/inventory/1\ngroup: {name: Prueba, domains: [prueba.example]}\nsources: []\nzones: []\nservices:")
left = int(sys.argv[1])
for path in sorted(glob.glob("playbooks/services/*.yaml")):
    text = open(path).read()
    needs = re.search(r"^needs: \[(.*)\]$", text, re.M)
    if left == 0 or not needs or not re.search(r"^operator: ", text, re.M):
        continue
    name = re.search(r"^name: (.*)$", text, re.M).group(1).strip('"')
    found = {"id": path.split("/")[-1][:-5], "name": name, "needs": needs.group(1).split(", ")}
    print("- " + json.dumps({**found, "care": "private", "confidence": "certain", "accounts": 14}))
    left -= 1
print("unrecognized: []")
if left:
    sys.exit("the catalog has fewer services")
PY
}
group() { printf 'name: %s\ncountry: US\ndomains: [prueba.example]\npeople: 14\nhours_per_week: 8\nwishes: {providers: [may-first]}\n' "$1"; }
# What fails is not timed.
timed() { /usr/bin/time -o "$dir/time" -f '%e s, max RSS %M KiB' "$@" >"$dir/out" && tail -1 "$dir/time"; }

mkdir "$dir/one"
group Uno >"$dir/one/group.yaml"
inventory 100 >"$dir/one/inventory.yaml"
for run in 1 2 3 4 5; do
    took=$(timed "$decamp" -C "$dir/one" plan --dry-run --json --today 2026-12-01)
    echo "100 services, the whole command (--dry-run --json), run $run: $took"
done

inventory 6 >"$dir/six.yaml"
mkdir "$dir/many"
for n in $(seq "$count"); do
    mkdir "$dir/many/$n"
    group "Grupo $n" >"$dir/many/$n/group.yaml"
    cp "$dir/six.yaml" "$dir/many/$n/inventory.yaml"
done
took=$(timed "$decamp" plan --group-dirs "$dir/many" --today 2026-12-01)
echo "$count workspaces of 6 services: $took"
