#!/usr/bin/env bash
# The demo: the JDK's HttpServer over Perilune's TCP, in a network namespace of its own, fetched by the kernel's curl
# and wrk over a tap. Called by `./perilune demo`, which sees to what must be there.
set -euo pipefail

top=$(cd -P "$(dirname "$0")/.." && pwd)
programs=$top/compat-tests/target/classes
address=198.18.0.2
port=8000
load_seconds=${PERILUNE_DEMO_SECONDS:-4}
unset PERILUNE_DEMO_SECONDS

work=$(mktemp -d)
namespace=perilune-demo-$$
server=

clean_up() {
    if [ -n "$server" ]; then
        exec 3>&- || true
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    ip netns del "$namespace" 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

inside() { ip netns exec "$namespace" "$@"; }

source=$top/compat-tests/src/main/java/io/perilune/compat/programs/FileServer.java
class=$programs/io/perilune/compat/programs/FileServer.class
if [ ! -e "$class" ] || [ "$source" -nt "$class" ]; then
    javac -d "$programs" "$source"
fi

# file NAME BYTES
files=()
file() {
    mkdir -p "$work/files/$(dirname "$1")"
    head -c "$2" /dev/urandom >"$work/files/$1"
    files+=("$1")
}
echo "Making files of 0 bytes to 64 MiB"
file empty 0
file one-byte 1
file page.html 1024
file just-below-64k 65535
file images/1m 1048576
file "a name with spaces/16m" 16777216
file deep/er/and/deeper/64m 67108864

echo "Starting com.sun.net.httpserver.HttpServer over Perilune in network namespace $namespace"
ip netns add "$namespace"
inside ip link set lo up
mkfifo "$work/stop"
# JDK's HttpServer writes head and body apart and leaves Nagle's algorithm on; without this a peer's delayed
# acknowledgments are what is measured, over any TCP.
PERILUNE_REPORT=$work/report inside "$top/perilune" run -- java -Dsun.net.httpserver.nodelay=true -cp "$programs" \
    io.perilune.compat.programs.FileServer $address $port "$work/files" <"$work/stop" >"$work/server.log" 2>&1 &
server=$!
exec 3>"$work/stop"
for ((i = 0; i < 300; i++)); do
    grep -q '^serving' "$work/server.log" && break
    kill -0 "$server" 2>/dev/null || { cat "$work/server.log"; echo "FAILED: the server ended"; exit 1; }
    sleep 0.1
done
if ! grep -q '^serving' "$work/server.log"; then
    cat "$work/server.log"
    echo "FAILED: the server did not start in 30 s"
    exit 1
fi

matched=0
bytes=0
for name in "${files[@]}"; do
    printf 'Fetching %-28s ' "$name"
    url=http://$address:$port/${name// /%20}
    if ! inside curl -sS --fail --max-time 60 -o "$work/fetched" "$url"; then
        echo "FAILED"
        continue
    fi
    want=$(sha256sum <"$work/files/$name")
    have=$(sha256sum <"$work/fetched")
    size=$(stat -c %s "$work/fetched")
    bytes=$((bytes + size))
    rm "$work/fetched"
    if [ "$want" = "$have" ]; then
        matched=$((matched + 1))
        echo "ok, $size bytes, SHA-256 ${have:0:16}..."
    else
        echo "DIFFERS"
    fi
done

# While the server serves: what listens in the kernel there?
listeners=$(inside ss -Htln "sport = :$port")

echo "Running wrk for $load_seconds s on 32 connections"
if ! inside wrk -t1 -c32 -d"${load_seconds}s" --latency "http://$address:$port/page.html" >"$work/wrk"; then
    cat "$work/wrk"
    exit 1
fi
requests=$(awk '/requests in/ {print $1}' "$work/wrk")
rate=$(awk '/Requests\/sec/ {print $2}' "$work/wrk")
median=$(awk '$1 == "50%" {print $2}' "$work/wrk")
slow=$(awk '$1 == "99%" {print $2}' "$work/wrk")
errors=$(grep -c -E 'Socket errors|Non-2xx' "$work/wrk" || true)

exec 3>&-
wait "$server" || { cat "$work/server.log"; echo "FAILED: the server ended with an error"; exit 1; }
server=

counter() { awk -v key="$1" '$1 == key {print $2}' "$work/report"; }
received=$(counter rx.frames)
sent=$(counter tx.frames)
accepted=$(counter tcp.connections.established)

echo
row() { printf '  %-44s %s\n' "$1" "$2"; }
row "files fetched by curl, SHA-256 the same" "$matched of ${#files[@]}"
row "bytes of these files" "$bytes"
row "requests by wrk in $load_seconds s" "$requests ($rate a second)"
row "latency, median and 99th" "$median, $slow"
row "connections accepted by the user-space stack" "${accepted:-none}"
row "frames received by the user-space stack" "${received:-none}"
row "frames sent by the user-space stack" "${sent:-none}"
row "sockets listening on port $port in the kernel" "${listeners:-none}"
echo

if [ "$matched" != ${#files[@]} ] || [ -n "$listeners" ] || [ "$errors" != 0 ] || [ -z "$requests" ] ||
    [ "${received:-0}" -lt 1000 ] || [ "${sent:-0}" -lt 1000 ]; then
    cat "$work/server.log" "$work/wrk"
    echo "FAILED"
    exit 1
fi
echo "OK: unmodified Java, served by Perilune's TCP"
