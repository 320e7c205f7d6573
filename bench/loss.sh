#!/usr/bin/env bash
# Sends a checked stream each way over a bad path, once between two stacks of the kernel and once between Perilune and the
# kernel, and prints both rates. The path is a bridge of ours between two veth pairs, the same for both; segmentation
# offload is off at each end, since no frame on the path may be longer than its MTU, and the kernel uses the congestion
# control that Perilune uses, whatever the machine's default is. Called by `./perilune bench loss`.
#   loss.sh [MEGABYTES] [SECONDS] [CONGESTION] [RUNS] [PATH...]
# How much goes each way, how long one way may take, the kernel's algorithm, of how many runs the median counts, and which
# paths (none, 0.1, 1, 5, reordered, and tap: all of these over a tap, impaired in Perilune's own link, with the kernel at its
# other end; there is no kernel's path like it to compare). A quarter more goes before what is measured: JVMs compile meanwhile.
set -euo pipefail

top=$(cd -P "$(dirname "$0")/.." && pwd)
bench=$top/bench/target/bench.jar
jar=$top/agent/target/perilune.jar
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
megabytes=${1:-1000}
seconds=${2:-300}
congestion=${3:-cubic}
runs=${4:-3}
paths=("${@:5}")
[ ${#paths[@]} -gt 0 ] || paths=(none 0.1 1 5 reordered tap)
near=perilune-near-$$
far=perilune-far-$$
path=perilune-path-$$
work=$(mktemp -d)
started=()

fail() { printf 'bench: %s\n' "$*" >&2; tail -n 5 "$work"/*.log >&2 2>/dev/null || true; exit 2; }

stop_all() {
    local each
    for each in ${started[@]+"${started[@]}"}; do
        kill "$each" 2>/dev/null || true
        wait "$each" 2>/dev/null || true
    done
    started=()
}

clean_up() {
    stop_all
    ip netns del "$near" 2>/dev/null || true
    ip netns del "$far" 2>/dev/null || true
    ip netns del "$path" 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

for number in "$megabytes" "$seconds" "$runs"; do
    case $number in '' | *[!0-9]* | 0) fail "'$number' is not a positive number" ;; esac
done

warm_up=$((10#$megabytes * 250000))

for each in "$near" "$far" "$path"; do
    ip netns add "$each"
    ip netns exec "$each" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
done

# cable NAMESPACE END OTHER-END: between a host and the path
cable() {
    ip -n "$1" link add "$2" type veth peer name "$3" netns "$path"
    ip netns exec "$1" ethtool -K "$2" tx off tso off gso off gro off >/dev/null
    ip netns exec "$path" ethtool -K "$3" tx off tso off gso off gro off >/dev/null
    ip -n "$1" link set "$2" up
    ip -n "$path" link set "$3" up
}
cable "$near" near0 near1
cable "$far" far0 far1

# address NAMESPACE INTERFACE ADDRESS: the kernel's, with its congestion control
address() {
    ip -n "$1" addr replace "$3/24" dev "$2"
    ip -n "$1" route replace 198.18.2.0/24 dev "$2" src "$3" congctl "$congestion" ||
        fail "the kernel has no congestion control '$congestion'"
}
address "$far" far0 198.18.2.2

# await LOG WORD PROCESS
await() {
    local i
    for ((i = 0; i < 300; i++)); do
        grep -q "^$2" "$work/$1.log" 2>/dev/null && return
        kill -0 "$3" 2>/dev/null || fail "$1 ended"
        sleep 0.1
    done
    fail "$1 did not get ready in 30 s"
}

# transfer STACK DIRECTION LOSS REORDERING: prints bits per nanosecond, which is Gb/s
transfer() {
    local stack=$1 role=receive other=send command
    [ "$2" = to ] && role=send other=receive
    rm -f "$work"/*.log # the last transfer's would tell that this one's programs are ready
    mkfifo "$work/stop"
    ip netns exec "$path" "$java" -Xmx128m -XX:+UseSerialGC -cp "$bench:$jar" --enable-native-access=ALL-UNNAMED \
        io.perilune.bench.ImpairedBridge near1 far1 7 "$3" "$4" 250 <"$work/stop" >"$work/bridge.log" 2>&1 &
    started+=($!)
    exec 3>"$work/stop"
    await bridge ready $!
    ip netns exec "$far" "$java" -Xmx128m -XX:+UseSerialGC -cp "$bench" \
        io.perilune.bench.CheckedStream listen 198.18.2.2 7000 "$other" "${megabytes}000000" "$warm_up" >"$work/far.log" 2>&1 &
    started+=($!)
    local peer=$!
    await far ready "$peer"
    command=("$java" -Xmx256m -XX:+UseSerialGC -cp "$bench"
        io.perilune.bench.CheckedStream connect 198.18.2.2 7000 "$role" "${megabytes}000000" "$warm_up")
    if [ "$stack" = perilune ]; then
        command=("$top/perilune" run -o link=afpacket:near0 -o address=198.18.2.1/24 -o required=true -- "${command[@]}")
    fi
    if ! timeout "$seconds" ip netns exec "$near" "${command[@]}" >"$work/near.log" 2>&1; then
        stop_all
        rm "$work/stop"
        grep -h -m 1 Exception "$work/near.log" "$work/far.log" >&2 || true
        printf 'failed'
        return
    fi
    wait "$peer" || fail "far failed"
    printf 'x\n' >&3
    exec 3>&-
    stop_all
    rm "$work/stop"
    rate "$work/near.log" "$work/far.log"
}

# rate LOG...: bits per nanosecond by what the receiver printed
rate() { cat "$@" | awk 'NF == 2 && $1 ~ /^[0-9]+$/ { printf "%.3f", $1 * 8 / $2 }'; }

# over_tap DIRECTION [IMPAIRMENT]: as transfer, between Perilune and the kernel of one namespace
over_tap() {
    local role=receive other=send
    [ "$1" = to ] && role=send other=receive
    rm -f "$work"/*.log
    ip netns exec "$near" "$top/perilune" run -o link=tap -o required=true -o impair="${2:-}" -- \
        "$java" -Xmx256m -XX:+UseSerialGC -cp "$bench" \
        io.perilune.bench.CheckedStream listen 198.18.0.2 7000 "$role" "${megabytes}000000" "$warm_up" >"$work/near.log" 2>&1 &
    started+=($!)
    local peer=$!
    await near ready "$peer"
    if ! timeout "$seconds" ip netns exec "$near" "$java" -Xmx128m -XX:+UseSerialGC -cp "$bench" \
        io.perilune.bench.CheckedStream connect 198.18.0.2 7000 "$other" "${megabytes}000000" "$warm_up" \
        >"$work/far.log" 2>&1; then
        stop_all
        grep -h -m 1 Exception "$work/near.log" "$work/far.log" >&2 || true
        printf 'failed'
        return
    fi
    wait "$peer" || fail "near failed"
    started=()
    rate "$work/near.log" "$work/far.log"
}

tap_row() {
    printf '%-16s %-9s %8s %9s\n' "$1" "to kernel" - "$(over_tap to "${2:-}")"
    printf '%-16s %-9s %8s %9s\n' "$1" "from it" - "$(over_tap from "${2:-}")"
}

# median NUMBER...: of those that are numbers
median() {
    printf '%s\n' "$@" | grep -v failed | sort -n | awk '{ v[NR] = $1 } END { print NR ? v[int((NR + 1) / 2)] : "failed" }'
}

row() {
    local name=$1 way i kernel ours kernels ours_all
    shift
    for way in to from; do
        kernels=() ours_all=()
        for ((i = 0; i < runs; i++)); do
            address "$near" near0 198.18.2.1
            kernels+=("$(transfer kernel $way "$@")")
            # What Perilune does not own is the kernel's: it must not answer for the same address.
            ip -n "$near" addr flush dev near0
            ours_all+=("$(transfer perilune $way "$@")")
        done
        kernel=$(median "${kernels[@]}")
        ours=$(median "${ours_all[@]}")
        printf '%-16s %-9s %8s %9s %6s   %s / %s\n' "$name" "$way far" "$kernel" "$ours" \
            "$(awk -v k="$kernel" -v p="$ours" 'BEGIN { if (k + 0 > 0 && p + 0 > 0) printf "%.2f", p / k; else printf "-" }')" \
            "${kernels[*]}" "${ours_all[*]}"
    done
}

printf '%s MB each way, in Gb/s, medians of %s; the kernel uses %s, Perilune cubic\n' "$megabytes" "$runs" "$congestion"
printf '%-16s %-9s %8s %9s %6s   %s\n' "path" direction kernel Perilune ratio "all runs of the kernel / of Perilune"
for each in "${paths[@]}"; do
    case $each in
    none) row "no loss" 0 0 ;;
    0.1) row "0.1 % loss" 0.001 0 ;;
    1) row "1 % loss" 0.01 0 ;;
    5) row "5 % loss" 0.05 0 ;;
    reordered) row "10 % reordered" 0 0.1 ;;
    tap)
        tap_row "tap, no loss"
        tap_row "tap, 0.1 %" loss=0.001
        tap_row "tap, 1 %" loss=0.01
        tap_row "tap, 5 %" loss=0.05
        tap_row "tap, reordered" reorder=0.1,reorder-delay=250us
        ;;
    *) fail "there is no path '$each': there are none, 0.1, 1, 5, reordered and tap" ;;
    esac
done
