"""The operations guide and the dashboards name the metrics that the code has, no more and no less."""

import json
import re
import shutil
import subprocess

import pytest
from prometheus_client import REGISTRY

import hexaface.embedded.server  # noqa: F401  # registers every metric of the product
from tests.paths import ROOT

_NAME = re.compile(r"hexaface_[a-z_]+")
_PROMETHEUS = ROOT / "deploy/prometheus"
_SUFFIXES = ("_bucket", "_count", "_sum")


def _in_code():
    found = {}
    for collector in list(REGISTRY._collector_to_names):
        name = getattr(collector, "_name", "")
        if name.startswith("hexaface_"):
            counter = type(collector).__name__ == "Counter"
            found[f"{name}_total" if counter else name] = ", ".join(collector._labelnames)
    return found


def _base(name):
    return next((name.removesuffix(s) for s in _SUFFIXES if name.endswith(s)), name)


def test_the_table_of_metrics_is_the_code():
    rows = re.findall(
        r"^\| `(hexaface_\w+)` \| ([^|]*) \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE
    )
    assert {name: labels.strip() for name, labels in rows} == _in_code()


def test_dashboard_and_alerts_ask_for_metrics_that_exist():
    asked = " ".join(_dashboard_queries()) + (_PROMETHEUS / "alerts.yml").read_text()
    assert {_base(name) for name in _NAME.findall(asked)} - set(_in_code()) == set()


@pytest.fixture
def promtool():
    """Run Prometheus's own checker; fails with what it says."""
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed (apt-get install prometheus)")

    def run(*arguments):
        done = subprocess.run([found, *map(str, arguments)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    return run


def test_prometheus_accepts_its_configuration(promtool):
    promtool("check", "config", _PROMETHEUS / "prometheus.yml")


def test_each_alert_fires_on_its_fault_and_on_nothing_else(promtool):
    promtool("test", "rules", _PROMETHEUS / "alerts.test.yml")


def test_every_alert_has_its_test_and_its_line_in_the_guide():
    alerts = set(re.findall(r"alert: (\w+)", (_PROMETHEUS / "alerts.yml").read_text()))
    assert alerts == set(re.findall(r"alertname: (\w+)", (_PROMETHEUS / "alerts.test.yml").read_text()))
    guide = (ROOT / "docs/operations.md").read_text()
    assert alerts == {
        name
        for row in re.findall(r"^\| (HexaFace[\w, ]+) \|", guide, re.MULTILINE)
        for name in row.split(", ")
    }


def test_prometheus_can_parse_every_query_of_the_dashboard(promtool, tmp_path):
    queries = [query.replace("$__rate_interval", "1m") for query in _dashboard_queries()]
    rules = [{"record": f"query{i}", "expr": query} for i, query in enumerate(queries)]
    path = tmp_path / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))  # JSON is YAML
    promtool("check", "rules", path)


def _dashboard_queries():
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/hexaface.json").read_text())
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
