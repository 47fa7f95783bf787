#!/usr/bin/env bash
# Reading evidence, side by side with ripgrep looking for the catalog's domains or payees in the same file, in one run;
# and what a look-up costs in a small and in a large catalog.
# Use: benches/evidence.sh [FOLDER]; FOLDER (default: a temporary one) takes about 3 GiB; best one in memory, so that no disk
# blurs the figures. Needs rg (Debian's package ripgrep), python3 and /usr/bin/time (GNU).
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
for program in rg python3 /usr/bin/time; do
    type -P "$program" >/dev/null || { echo "not installed: $program" >&2; exit 2; }
done
cargo build --release --quiet
decamp=$PWD/target/release/decamp
dir=$(mktemp -d -p "${1:-${TMPDIR:-/tmp}}")
trap 'rm -rf "$dir"' EXIT

# A mailbox of 2 GiB: letters of machines and of people, with attachments as base64.
python3 - "$dir/big.mbox" <<'PY'
import random, sys
random.seed(7)
senders = ["no-reply@zoom.us", "billing@mailchimp.com", "notifications@slack.com", "ana@vecinas.example", "hola@correo.example"]
line = "".join(random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", k=76)) + "\n"
body = line * 900
with open(sys.argv[1], "w") as out:
    n = 0
    while out.tell() < 2 << 30:
        n += 1
        who = random.choice(senders)
        domain = who.split("@")[1]
        out.write(f"From {n}@x Fri Jan 02 10:00:00 2026\nReturn-Path: <{who}>\nDKIM-Signature: v=1; d={domain}; s=x; b=y\nFrom: <{who}>\n"
                  f"Subject: Your invoice {n}\nDate: Fri, 2 Jan 2026 10:00:00 +0000\n\n{body[:random.choice([900, 20000, 69000])]}\n\n")
PY
# A ledger of a million rows.
python3 - "$dir/bank.csv" <<'PY'
import random, sys
random.seed(7)
names = ["ZOOM.US 888-799-9666 CA", "SLACK T02ABC123", "COFFEE 12", "RENT 4410", "GOOGLE *GSUITE_casa", "PANADERIA LA LUZ"]
with open(sys.argv[1], "w") as out:
    out.write("Date,Description,Amount\n")
    for n in range(1_000_000):
        out.write(f"2026-{n % 12 + 1:02}-{n % 28 + 1:02},{random.choice(names)} {n},-{n % 900}.{n % 100:02}\n")
PY
grep -hoE '^ +domain: \[.*\]|^ +mail_through: \[.*\]' playbooks/services/*.yaml | grep -oE '[a-z0-9.-]+\.[a-z]+' | sort -u >"$dir/domains"
grep -hoE '^ +payee: \[.*\]' playbooks/services/*.yaml | grep -oE '"[^"*]+' | tr -d '"' | sort -u >"$dir/payees"

# seconds COMMAND…: how long it took, and its peak memory in KiB. What fails is not timed: the script ends.
seconds() {
    local start=$EPOCHREALTIME end
    /usr/bin/time -o "$dir/time" -f %M "$@" >/dev/null 2>"$dir/log" || { cat "$dir/log" >&2; return 1; }
    end=$EPOCHREALTIME
    echo "$(python3 -c "print(f'{$end - $start:.3f}')") $(tail -1 "$dir/time")"
}
pair() { # what, most, peer…, --, ours…
    local what=$1 most=$2
    shift 2
    local peer=()
    while [ "$1" != -- ]; do peer+=("$1"); shift; done
    shift
    cat "${peer[-1]}" >/dev/null
    for run in 1 2 3 4 5; do
        read -r p _ < <(seconds "${peer[@]}")
        read -r o kib < <(seconds "$@")
        echo "$what, run $run: ours $o s ($kib KiB), rg $p s, ratio $(python3 -c "print(round($o / $p, 2))") (wanted at most $most)"
    done
}
mkdir "$dir/w"
printf 'name: G\ndomains: [casa.example]\n' >"$dir/w/group.yaml"
pair "mbox of 2 GiB" 2 rg -c -F -f "$dir/domains" "$dir/big.mbox" -- "$decamp" -C "$dir/w" inventory "$dir/big.mbox" -o -
pair "ledger of 1,000,000 rows" 3 rg -c -F -f "$dir/payees" "$dir/bank.csv" -- "$decamp" -C "$dir/w" inventory "$dir/bank.csv" -o -

# A thousand groups of about 200 KiB each.
for n in $(seq 1000); do
    mkdir -p "$dir/groups/$n/evidence"
    printf 'name: Grupo %s\ndomains: [casa.example]\n' "$n" >"$dir/groups/$n/group.yaml"
    head -3200 "$dir/bank.csv" >"$dir/groups/$n/evidence/bank.csv"
done
echo "1,000 groups: $(seconds "$decamp" inventory --group-dirs "$dir/groups") (seconds, KiB; wanted under 20 s)"

# Look-ups with 11 and with 110 services.
cargo bench --quiet --bench matching
