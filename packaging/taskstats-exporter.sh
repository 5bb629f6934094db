#!/bin/sh
# Runs the program with the Node.js beside it, wherever both have been unpacked. Given by its name, help shows that.
# The flag is that of src/heap.ts, which keeps the memory small. A size in NODE_OPTIONS comes after it, and counts.
root=$(dirname "$(dirname "$(readlink -f "$0")")")
NODE_OPTIONS="--max-semi-space-size=2${NODE_OPTIONS:+ $NODE_OPTIONS}" \
  exec "$root/lib/node" "$root/lib/taskstats-exporter" "$@"
