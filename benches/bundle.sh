#!/usr/bin/env bash
# How fast bundles are, side by side with the tools that do the same, on the same input in one run. Medians of five.
#
# Use: benches/bundle.sh [FOLDER]    FOLDER takes some 12 GiB; best one in memory, so that no disk blurs the figures
#      RUNS=3 benches/bundle.sh      fewer runs
#
# Peers: tar, zstd, age, restic, borg (Debian's packages; the script says which is missing) and rage and rustic, looked for
# on the PATH (`cargo install rage rustic-rs`; .ci/long installs them).
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${RUNS:-5}
base=${1:-/dev/shm}
cargo build --release --quiet
decamp=$PWD/target/release/decamp
dir=$(mktemp -d -p "$base" decamp-bench.XXXXXX)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

echo "making the three inputs" >&2
python3 - <<'PY'
import os, random
random.seed(2018)
letters = "etaoinshrdlucmfwypvbgkjqxz"
vocabulary = ["".join(random.choices(letters, weights=range(26, 0, -1), k=random.randint(2, 11))) for _ in range(30_000)]
total, weights = 0.0, []
for n in range(len(vocabulary)):
    total += 1 / (n + 2)
    weights.append(total)
def text(size):
    parts, have = [], 0
    while have < size:
        words = random.choices(vocabulary, cum_weights=weights, k=2_000)
        for at in range(0, 2_000, 11):
            line = " ".join(words[at:at + 11]) + "\n"
            parts.append(line)
            have += len(line)
    return "".join(parts)[:size]
def mail(n, size):
    head = (f"From {random.choice(vocabulary)}@casaabierta.example Mon Jan  1 00:00:00 2024\n"
            f"Received: from mx{n % 7}.example.org (mx{n % 7}.example.org [192.0.2.{n % 250}]) by mail.example.net with ESMTPS id {random.getrandbits(64):016x}\n"
            f"Message-ID: <{random.getrandbits(96):024x}@casaabierta.example>\nDate: Mon, {n % 28 + 1:02} Jan 2024 10:{n % 60:02}:00 -0600\n"
            f"From: {random.choice(vocabulary)} <{random.choice(vocabulary)}@casaabierta.example>\nTo: members@casaabierta.example\n"
            f"Subject: {' '.join(random.choices(vocabulary, cum_weights=weights, k=6))}\nContent-Type: text/plain; charset=utf-8\n\n")
    return head + text(size)
os.makedirs("text")
n = 0
for part in range(10):
    with open(f"text/inbox-{part}.mbox", "w") as out:
        while out.tell() < 30 << 20:
            out.write(mail(n, random.randint(400, 8_000)))
            n += 1
for n in range(20_000):
    folder = f"small/{n // 500:02}"
    if n % 500 == 0:
        os.makedirs(folder)
    with open(f"{folder}/{n:05}.txt", "w") as out:
        out.write(mail(n, 10_000))
os.makedirs("random")
with open("random/noise.bin", "wb") as out:
    for _ in range(64):
        out.write(random.randbytes(16 << 20))
PY

"$decamp" key new -o key.txt >recipient 2>/dev/null
recipient=$(cat recipient)
export RESTIC_PASSWORD=bench BORG_PASSPHRASE=bench RUSTIC_PASSWORD=bench
export BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes BORG_BASE_DIR=$dir/borg-home RESTIC_CACHE_DIR=$dir/restic-cache

# once NAME COMMAND: one run in a fresh folder `out`; its seconds are added to times/NAME
mkdir times sizes
once() {
    local name=$1 start end
    shift
    rm -rf out && mkdir out
    [ -z "${before:-}" ] || eval "$before" >/dev/null 2>&1
    start=$(date +%s%N)
    eval "$*" >/dev/null 2>log || { echo "$name failed: $(tail -3 log)" >&2; return 0; }
    end=$(date +%s%N)
    echo $(((end - start) / 1000)) >>"times/$name"
    du -sb out 2>/dev/null | cut -f1 >"sizes/$name"
}
median() { sort -n "times/$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
have() { command -v "$1" >/dev/null || { echo "not installed, left out: $1" >&2; return 1; }; }

restic=$(have restic && echo yes || true)
borg=$(have borg && echo yes || true)
rage=$(have rage && echo yes || true)
rustic=$(have rustic && echo yes || true)
for input in text small random; do
    # The runs take turns, so that whatever else the machine does falls on all.
    for _ in $(seq "$runs"); do
        before="" once "$input.decamp" "'$decamp' bundle seal $input -o out/b.tar.zst.age -r $recipient -q"
        before="" once "$input.pipe" "tar c $input | zstd -q -3 | age -r $recipient -o out/b"
        before="" once "$input.pipe-T0" "tar c $input | zstd -q -T0 -3 | age -r $recipient -o out/b"
        before="" once "$input.tar-age" "tar c $input | age -r $recipient -o out/b"
        [ -z "$rage" ] || before="" once "$input.rage" "tar c $input | zstd -q -3 | rage -r $recipient -o out/b"
        [ -z "$restic" ] || before="restic init -q -r out/repo" once "$input.restic" "restic backup -q -r out/repo $input"
        [ -z "$rustic" ] || before="rustic --no-progress -r out/repo init" once "$input.rustic" "rustic --no-progress -r out/repo backup $input"
        [ -z "$borg" ] || before="borg init -e repokey-blake2 out/repo" once "$input.borg" "borg create out/repo::a $input"
    done
    ours=$(median "$input.decamp")
    echo "== seal $input: decamp $((ours / 1000)) ms, $(cat "sizes/$input.decamp") bytes"
    for peer in pipe pipe-T0 tar-age rage restic rustic borg; do
        [ -s "times/$input.$peer" ] || continue
        theirs=$(median "$input.$peer")
        awk -v p="$peer" -v t="$theirs" -v o="$ours" -v s="$(cat "sizes/$input.$peer")" -v m="$(cat "sizes/$input.decamp")" \
            'BEGIN { printf "%-8s %6d ms   decamp is %.2f times as fast, its output is %.3f times as long\n", p, t / 1000, t / o, m / s }'
    done
    "$decamp" bundle seal "$input" -o "$input.age" -r "$recipient" -q
    /usr/bin/time -f "seal $input: peak memory %M KiB" "$decamp" bundle seal "$input" -o - -r "$recipient" -q >/dev/null
    for _ in $(seq "$runs"); do
        before="" once "$input.verify" "'$decamp' bundle verify $input.age -i key.txt -q"
        before="" once "$input.stock-t" "age -d -i key.txt $input.age | zstd -q -d | tar t"
    done
    awk -v i="$input" -v o="$(median "$input.verify")" -v t="$(median "$input.stock-t")" \
        'BEGIN { printf "verify %s: %d ms; age | zstd | tar t: %d ms; decamp is %.2f times as fast\n", i, o / 1000, t / 1000, t / o }'
    rm "$input.age"
done

echo "making a bundle of 4 GiB" >&2
rm -rf text small
for n in 1 2 3; do cp random/noise.bin "random/noise-$n.bin"; done
mkdir random/letters
for n in $(seq 400); do echo "letter $n" >"random/letters/$n.txt"; done
"$decamp" bundle seal random -o big.age -r "$recipient" -q
for _ in $(seq "$runs"); do
    before="" once big.list "'$decamp' bundle list big.age -i key.txt -q"
    before="" once big.open "'$decamp' bundle open big.age random/letters/17.txt -i key.txt -o out/o -q"
done
echo "== a bundle of $(stat -c %s big.age) bytes: list $(($(median big.list) / 1000)) ms, open of one small file $(($(median big.open) / 1000)) ms"
for what in "list big.age" "open big.age random/letters/17.txt -o out/again"; do
    # shellcheck disable=SC2086 # several words
    /usr/bin/time -f "${what%% *}: peak memory %M KiB" "$decamp" bundle $what -i key.txt -q >/dev/null
done
