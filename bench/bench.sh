#!/usr/bin/env bash
# Measures programs on two cores, one JVM on each: Perilune over memif, and the kernel's loopback in the same run. Called by
# `./perilune bench`, which sees to what must be there.
#   bench.sh echo|blocks|threads|idle ...  and all else: io.perilune.bench.Bench, in Java
#   bench.sh rtt [SECONDS]    round trips of 64 bytes
#   bench.sh bulk [SECONDS]   a stream echoed
#   bench.sh loss [MEGABYTES] see loss.sh
set -euo pipefail

top=$(cd -P "$(dirname "$0")/.." && pwd)
bench=$top/bench/target/bench.jar
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
namespace=perilune-bench-$$
what=${1:-rtt}
seconds=${2:-10}
work=
server=

fail() {
    printf 'bench: %s\n' "$*" >&2
    [ -z "$work" ] || cat "$work"/*.log >&2 2>/dev/null || true
    exit 2
}

newer=
[ -e "$bench" ] && newer=$(find "$top/bench/pom.xml" "$top/bench/src" -newer "$bench" -print -quit)
if [ ! -e "$bench" ] || [ -n "$newer" ]; then
    (cd "$top" && mvn -B -ntp -q package -Dmaven.test.skip=true -Dspotless.check.skip=true -pl native-src,provider,bench) ||
        fail "the build failed"
fi

case $what in
rtt | bulk) ;;
loss) exec "$top/bench/loss.sh" "${@:2}" ;;
*) exec "$java" -Dperilune.jar="$top/agent/target/perilune.jar" -cp "$bench" io.perilune.bench.Bench "$@" ;;
esac

case $seconds in '' | *[!0-9]* | 0) fail "'$seconds' is not a positive number" ;; esac
[ "$(nproc)" -ge 2 ] || fail "two cores are needed, one for each JVM"

clean_up() {
    [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
    ip netns del "$namespace" 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
work=$(mktemp -d)

# start LOG CORE PERILUNE-SETTINGS... -- PROGRAM ARGUMENTS...: replaces the shell that calls it
start() {
    local log=$1 core=$2 options=()
    shift 2
    while [ "$1" != -- ]; do
        options+=(-o "$1")
        shift
    done
    shift
    local command=("$java" -Xms256m -Xmx256m -XX:+UseSerialGC -cp "$bench" "$@")
    # No settings: the kernel's row.
    [ ${#options[@]} -eq 0 ] || command=("$top/perilune" run "${options[@]}" -- "${command[@]}")
    exec ip netns exec "$namespace" taskset -c "$core" "${command[@]}" >"$work/$log" 2>&1
}

# pair CLIENT ADDRESS WAITING SERVER-SETTINGS CLIENT-SETTINGS: runs both, leaves the client's output in client.log
pair() {
    local client=$1 address=$2 waiting=$3 i
    # shellcheck disable=SC2086 # settings are words
    (start server.log 0 $4 -- io.perilune.bench.EchoServer "$address" 7000 "$waiting") &
    server=$!
    for ((i = 0; i < 300; i++)); do
        grep -q '^ready' "$work/server.log" 2>/dev/null && break
        kill -0 "$server" 2>/dev/null || fail "the server ended"
        sleep 0.1
    done
    # shellcheck disable=SC2086
    (start client.log 1 $5 -- "io.perilune.bench.$client" "$address" 7000 "$waiting" "$seconds") ||
        fail "the client failed"
    wait "$server" || fail "the server failed"
    server=
}

kernel() { pair "$1" 127.0.0.1 "$2" "" ""; }

# perilune CLIENT WAITING [SETTING...]
perilune() {
    local both="required=true ${*:3}"
    pair "$1" 198.18.1.1 "$2" \
        "link=memif:$work/memif,server address=198.18.1.1/24 report=$work/server.report $both" \
        "link=memif:$work/memif,client address=198.18.1.2/24 report=$work/client.report $both"
}

ip netns add "$namespace"
ip -n "$namespace" link set lo up

rtt_row() { printf '%-44s %s\n' "$1" "$(tail -n 1 "$work/client.log")"; }
bulk_row() {
    local bytes ns frames=-
    read -r bytes ns < <(tail -n 1 "$work/client.log")
    if [ -n "${2:-}" ]; then
        frames=$(awk -v ns="$ns" '$1 == "rx.frames" || $1 == "tx.frames" { sum += $2 }
            END { printf "%d", sum / ns * 1e9 }' "$work/server.report")
    fi
    printf '%-44s %12s %14s\n' "$1" "$(awk -v b="$bytes" -v ns="$ns" 'BEGIN { printf "%.2f", b * 8 / ns }')" "$frames"
}

if [ "$what" = rtt ]; then
    printf '%-44s %10s %10s %10s %12s\n' "64 bytes there and back, in us" median 99th 99.9th messages
    kernel PingClient select; rtt_row "kernel, loopback, select()"
    kernel PingClient spin; rtt_row "kernel, loopback, selectNow() in a loop"
    perilune PingClient select; rtt_row "Perilune, memif, select()"
    perilune PingClient select poll=spin; rtt_row "Perilune, memif, select(), poll=spin"
    perilune PingClient spin; rtt_row "Perilune, memif, selectNow() in a loop"
else
    printf '%-44s %12s %14s\n' "a stream echoed" "Gb/s each way" "frames/s"
    kernel BulkClient select; bulk_row "kernel, loopback, select()"
    perilune BulkClient select; bulk_row "Perilune, memif, select(), server's frames" server
fi
