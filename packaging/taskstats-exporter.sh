#!/bin/sh
# Runs the program with the Node.js beside it, wherever both have been unpacked. Given by its name, help shows that.
# The flag is that of src/heap.ts: it keeps the memory small.
root=$(dirname "$(dirname "$(readlink -f "$0")")")
exec "$root/lib/node" --max-semi-space-size=2 "$root/lib/taskstats-exporter" "$@"
