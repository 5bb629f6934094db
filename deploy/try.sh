#!/bin/sh
# Runs the exporter and Debian's Prometheus (apt-get install prometheus) with the shipped files until Ctrl-C, as root:
#
#   sh deploy/try.sh
#
# Prometheus keeps what it scrapes in a temporary directory, which is removed at the end.
set -eu
cd "$(dirname "$0")/.."

exporter=127.0.0.1:10275
prometheus=127.0.0.1:9090

stop_with() {
  echo "try.sh: $1" >&2
  exit 1
}

command -v prometheus > /dev/null || stop_with "prometheus is missing: apt-get install prometheus"
[ -f dist/main.js ] || stop_with "dist/main.js is missing: npm run build"

directory=$(mktemp -d)
started=""
# The data may still be written to until the last of them has ended.
clean_up() {
  trap - EXIT INT TERM
  for pid in $started; do kill "$pid" 2> /dev/null || true; done
  wait
  rm -rf "$directory"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

node dist/main.js --web.listen-address="$exporter" 2> "$directory/exporter.log" &
started="$!"
prometheus --config.file=deploy/prometheus/prometheus.yml --storage.tsdb.path="$directory/data" \
  --web.listen-address="$prometheus" 2> "$directory/prometheus.log" &
started="$started $!"

is_up() { node -e 'fetch(process.argv[1]).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))' "$1"; }
all_alive() { for pid in $started; do kill -0 "$pid" 2> /dev/null || return 1; done; }
explain() {
  tail -n 5 "$directory"/*.log >&2
  stop_with "one of the two has ended"
}

until is_up "http://$exporter/-/ready" && is_up "http://$prometheus/-/ready"; do
  all_alive || explain
  sleep 0.2
done

graph="graph?g0.tab=0&g0.range_input=15m&g0.expr"
cat << END
exporter     http://$exporter/
wait shares  http://$prometheus/$graph=group%3Ataskstats_wait%3Aratio_rate5m
who waits    http://$prometheus/$graph=topk(10%2C%20sum%20by%20(groupname%2C%20kind)%20(rate(taskstats_delay_seconds_total%5B1m%5D)))
alerts       http://$prometheus/alerts

The first rates are there after two scrapes, half a minute. Ctrl-C ends both.
END
[ "$(cat /proc/sys/kernel/task_delayacct 2> /dev/null)" = 1 ] ||
  echo "Delay accounting is off, so only waits for a CPU show: sysctl -w kernel.task_delayacct=1"

while all_alive; do sleep 1; done
explain
