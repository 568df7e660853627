#!/usr/bin/env bash
# Loads the rules and has a real Prometheus scrape a running server: docker/observability/test.sh [metrics address].
# Needs Debian's package `prometheus`, and a server that runs with METRICS_PORT=9464 or at the address given, and with DATABASE_REPLICA_URLS,
# whose metrics are there only then.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
target=${1:-127.0.0.1:9464}
for program in prometheus curl; do
  command -v "$program" > /dev/null || { echo "$program is not installed: nothing was tested"; exit 0; }
done

work=$(mktemp -d)
address=127.0.0.1:$((20000 + RANDOM % 10000))
sed "s/127.0.0.1:9464/$target/; s/15s/1s/" prometheus.yml > "$work/prometheus.yml"
cp alerts.yml "$work/"
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" \
  --web.listen-address="$address" > "$work/log" 2>&1 &
started=$!
trap 'kill "$started"; wait "$started" 2> /dev/null || true; rm -rf "$work"' EXIT
ask() { curl -sf --get "http://$address/api/v1/query" --data-urlencode "query=$1"; }
for _ in $(seq 60); do
  if ask 'up{job="lanyard"} == 1' 2> /dev/null | grep -q '"1"'; then
    # Every metric that the dashboard and the alerts name is there.
    missing=0
    curl -sf "http://$target/metrics" > "$work/metrics"
    for name in $(grep -oh 'lanyard_[a-z_]*\|nodejs_[a-z0-9_]*\|process_[a-z_]*' alerts.yml dashboard.json | sort -u); do
      grep -q "^# TYPE ${name%_bucket} " "$work/metrics" || { echo "missing: $name"; missing=1; }
    done
    rules=$(curl -sf http://$address/api/v1/rules | grep -o '"type":"alerting"' | wc -l)
    [ "$rules" = "$(grep -c 'alert:' alerts.yml)" ] || { echo "only $rules rules were loaded"; exit 1; }
    # Each rule is evaluated once a second; one that PromQL cannot run is told here.
    sleep 3
    ! curl -sf "http://$address/api/v1/rules" | grep -o '"lastError":"[^"]*"' || exit 1
    [ "$missing" = 0 ] && echo 'Prometheus scrapes the server, and all metrics of the dashboard are there.'
    exit "$missing"
  fi
  sleep 1
done
echo "Prometheus did not scrape $target:"; tail -5 "$work/log"; exit 1
