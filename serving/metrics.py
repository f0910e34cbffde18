"""The metrics of models and queues, registered once per process and labelled by task."""

from prometheus_client import Counter, Gauge, Histogram

BATCH_SIZE = Histogram(
    "hexaface_batch_items", "Items in one run of the model", ["task"], buckets=(1, 2, 4, 8, 16, 32, 64)
)
MODEL_SECONDS = Histogram(
    "hexaface_model_seconds",
    "Time of one run of the model",
    ["task"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
QUEUE_DEPTH = Gauge(
    "hexaface_queue_items", "Items waiting for the model", ["task"], multiprocess_mode="livesum"
)
QUEUE_SECONDS = Histogram(
    "hexaface_queue_seconds",
    "Time an item waited for the model",
    ["task"],
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
REJECTIONS = Counter("hexaface_rejections_total", "Requests rejected because the queue was full", ["task"])
ABANDONED = Counter("hexaface_abandoned_total", "Items skipped because their caller had gone", ["task"])
PROVIDER = Gauge(
    "hexaface_provider_info",
    "The execution provider in use (always 1)",
    ["task", "provider"],
    multiprocess_mode="livemax",
)
READY = Gauge(
    "hexaface_ready", "1 when the model reproduced its stored answer", ["task"], multiprocess_mode="livemin"
)
DECODE_BYTES = Gauge(
    "hexaface_decode_bytes",
    "Memory that pictures under decoding may take, of the budget",
    multiprocess_mode="livesum",
)
