#!/bin/sh
# Runs the program with the Node.js beside it, wherever both have been unpacked. Given by its name, help shows that.
root=$(dirname "$(dirname "$(readlink -f "$0")")")
exec "$root/lib/node" "$root/lib/taskstats-exporter" "$@"
