"""The operations guide and the dashboards name the metrics that the code has, no more and no less."""

import json
import re

from prometheus_client import REGISTRY

import hexaface.embedded  # noqa: F401  # registers every metric of the product
from tests.paths import ROOT

_NAME = re.compile(r"hexaface_[a-z_]+")
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
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/hexaface.json").read_text())
    asked = " ".join(t["expr"] for panel in dashboard["panels"] for t in panel["targets"])
    asked += (ROOT / "deploy/prometheus/alerts.yml").read_text()
    assert {_base(name) for name in _NAME.findall(asked)} - set(_in_code()) == set()
