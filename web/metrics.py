"""The page of Prometheus metrics: of this process, or of all workers that share a folder for them."""

import os

from fastapi import Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that prometheus_client reads when it is imported."""


def metrics_page() -> Response:
    """What `/metrics` answers."""
    registry = REGISTRY
    if os.environ.get(SHARED_FOLDER):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the package types only its common parts
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
