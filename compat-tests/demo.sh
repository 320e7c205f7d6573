#!/usr/bin/env bash
# The demonstration, called by `./perilune demo`: the JDK's HttpServer, unchanged, over Perilune's TCP. The kernel's curl
# and wrk fetch from it across a tap, in a network namespace of its own; every byte is compared.
set -euo pipefail

top=$(cd -P "$(dirname "$0")/.." && pwd)
programs=$top/compat-tests/src/main/java/io/perilune/compat/programs
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
namespace=perilune-demo-$$
host=198.18.0.2
port=8000
seed=20231114
wrk_seconds=4
work=$(mktemp -d)
server=

say() { printf '  %s\n' "$*"; }
fail() {
    printf 'demo: %s\n' "$*" >&2
    [ ! -s "$work/server.log" ] || { printf 'what the application printed:\n' >&2; tail -n 20 "$work/server.log" >&2; }
    exit 1
}

cleanup() {
    # Only what this script started. The namespace takes its tap along.
    [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
    ip netns del "$namespace" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

inside() { ip netns exec "$namespace" "$@"; }

start_application() {
    ip netns add "$namespace"
    inside ip link set lo up
    # Exactly what a user would type, but for the namespace. Each command here replaces its shell, so $! is the JVM.
    # HttpServer writes head and body apart: nodelay is its own switch for that, and as useful on the kernel.
    ip netns exec "$namespace" "$top/perilune" run --option required=true --option report="$work/counters" -- \
        "$java" -Dsun.net.httpserver.nodelay=true "$programs/FileServer.java" "$work/files" "$host" "$port" \
        >"$work/server.log" 2>&1 &
    server=$!
    local tries
    for tries in $(seq 300); do
        ! grep -q '^serving ' "$work/server.log" || return 0
        kill -0 "$server" 2>/dev/null || fail "the application ended before it served"
        sleep 0.1
    done
    fail "the application does not serve after $((tries / 10)) seconds"
}

# The kernel must know of no listener on the port, while curl gets answers from it.
prove_no_kernel_socket() {
    listeners=$(inside ss -Hltn)
    [ -z "$listeners" ] || fail "the kernel has a listening socket in the namespace: $listeners"
    inside curl -sf --max-time 20 -o /dev/null "http://$host:$port/one-byte" || fail "curl was not answered"
    listeners=$(inside ss -Hltn)
    [ -z "$listeners" ] || fail "the kernel has a listening socket in the namespace: $listeners"
}

# fetch FOLDER CURL-OPTION...: all files with one curl
fetch() {
    local folder=$1 path url
    shift
    {
        while IFS= read -r -d '' path; do
            url=${path//%/%25}
            printf 'url = "http://%s:%s/%s"\noutput = "%s"\n' "$host" "$port" "${url// /%20}" "$work/$folder/$path"
        done < <(cd "$work/files" && find . -type f -printf '%P\0')
    } >"$work/curl.conf"
    inside curl -sSf --no-progress-meter --create-dirs --max-time 240 "$@" -K "$work/curl.conf" || fail "curl failed ($folder)"
    (cd "$work/$folder" && sha256sum --quiet --strict -c "$work/sums") || fail "what curl got differs ($folder)"
    requests=$((requests + files))
    bytes=$((bytes + tree_bytes))
}

counter() { awk -v key="$1" '$1 == key { print $2; found = 1 } END { exit !found }' "$work/counters"; }

printf 'Perilune: the JDK'\''s own HttpServer over a TCP stack in user space\n'
say "writing a tree of files (seed $seed)"
"$java" "$programs/FileTree.java" "$work/files" "$seed"
(cd "$work/files" && find . -type f -print0 | xargs -0 sha256sum >"$work/sums")
files=$(find "$work/files" -type f | wc -l)
tree_bytes=$(find "$work/files" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
requests=0
bytes=0

say "starting an application that knows nothing of Perilune, at $host:$port in the namespace $namespace"
start_application
prove_no_kernel_socket
requests=$((requests + 1))
bytes=$((bytes + 1))

say "curl fetches $files files, $((tree_bytes >> 20)) MiB, over one connection"
fetch in-turn
say "curl fetches them again, eight at a time"
fetch in-parallel --parallel --parallel-max 8

say "wrk asks for 1 KiB on 16 connections for $wrk_seconds seconds"
inside wrk -t 1 -c 16 -d "${wrk_seconds}s" --latency "http://$host:$port/1-kib" >"$work/wrk.log" || fail "wrk failed"
! grep -E 'Socket errors|Non-2xx' "$work/wrk.log" >&2 || fail "wrk met errors"
wrk_requests=$(awk '/requests in/ { print $1 }' "$work/wrk.log")
wrk_rate=$(awk '/Requests\/sec/ { print $2 }' "$work/wrk.log")
wrk_median=$(awk '/ 50%/ { print $2 }' "$work/wrk.log")
[ "${wrk_requests:-0}" -gt 0 ] || fail "wrk got no answer"
prove_no_kernel_socket
requests=$((requests + wrk_requests + 1))
bytes=$((bytes + wrk_requests * 1024 + 1))

say "stopping the application"
kill -TERM "$server"
for tries in $(seq 150); do
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
done
! kill -0 "$server" 2>/dev/null || fail "the application does not stop after $((tries / 10)) seconds"
wait "$server" || [ $? = 143 ] || fail "the application ended badly"
server=
[ -s "$work/counters" ] || fail "the stack left no counters"
received=$(counter rx.frames)
sent=$(counter tx.frames)
# A frame carries 1448 bytes of a stream at most: fewer frames than that means another path.
[ "$sent" -gt $((bytes / 1500)) ] || fail "only $sent frames were sent by the user-space stack: the bytes went elsewhere"

cat <<END

  requests answered             $requests
  bytes of content              $bytes
  files compared by SHA-256     $((2 * files)), all equal
  wrk                           $wrk_rate requests a second, median $wrk_median
  frames received by Perilune   $received
  frames sent by Perilune       $sent
  kernel's listening sockets    none in the namespace (ss -ltn), while curl was answered

END
