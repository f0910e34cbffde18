#!/usr/bin/env bash
# Run the container tests, or those of PATH, and leave nothing behind: run.sh PYTHON [ENGINE [PATH]]
# ENGINE is the private Docker engine that may lie beside the checkout; without it the Docker that is there is used.
set -euo pipefail
python=$1 engine=${2:-} tests=${3:-tests/containers}
limit=${HEXAFACE_TEST_SECONDS:-1080}
# The images stand on Debian's Python: the engine need not make a Python image (a blank asks for none).
export HEXAFACE_ENGINE_PYTHONS=${HEXAFACE_ENGINE_PYTHONS:- }
started=

clean_up() {
    docker compose --project-name hexaface-test down --volumes --remove-orphans --timeout 10 >/dev/null 2>&1 || true
    if [ -n "$started" ]; then timeout 120 "$engine" stop; fi
}

if [ -n "$engine" ]; then
    "$engine" status >/dev/null 2>&1 || started=yes
    exports=$(timeout 420 "$engine" start)
    eval "$exports"
fi
trap clean_up EXIT
# SIGINT, so that pytest still takes its containers down.
HEXAFACE_TEST_CONTAINERS=1 timeout --signal=INT --kill-after=120 "$limit" "$python" -m pytest -v --durations=15 "$tests"
