"""Parts analysed on a Ray cluster, an actor with all models per core or GPU; Ray repeats what a lost node had."""

import logging
import pickle
import socket
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import ray
import ray.data
import ray.exceptions

from hexaface.bulk.about import About
from hexaface.bulk.analysing import Analysing, Tick
from hexaface.bulk.pictures import Part
from services.detector.sight import DetectorSettings
from serving.errors import StartupError

Batch = dict[str, list[Any]]
_SECONDS = 10.0


class Cluster:
    """A Ray cluster whose nodes have HexaFace installed; at most `count` actors. Raises StartupError when it is not reached."""

    def __init__(self, address: str, about: About, settings: DetectorSettings, count: int | None) -> None:
        try:
            _reach(address)
            ray.init(address, logging_level=logging.ERROR, log_to_driver=False)
        except (OSError, ValueError, RuntimeError) as error:
            raise StartupError(f"no Ray cluster at {address}: {error}") from error
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        ray.data.DataContext.get_current().enable_progress_bars = False
        self._about = about
        self._settings = settings.model_copy(update={"threads": settings.threads or 1})
        there = ray.cluster_resources()
        self._on_gpus = settings.provider != "cpu" and bool(there.get("GPU"))
        self.count = count or max(1, int(there.get("GPU" if self._on_gpus else "CPU", 1)))

    def run(self, parts: Sequence[Part], tick: Tick) -> Iterator[tuple[Part, pa.Table]]:
        """Each part with its rows, once, as they are done. Raises StartupError."""
        if not parts:
            return
        items = [{"part": pickle.dumps(part)} for part in parts]
        answers = ray.data.from_items(items, override_num_blocks=len(items)).map_batches(
            _Actor,
            fn_constructor_args=(self._about, self._settings),
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=self.count),
            **({"num_gpus": 1} if self._on_gpus else {"num_cpus": self._settings.threads}),
        )
        try:
            for answer in answers.iter_rows():
                part: Part = pickle.loads(answer["part"])  # noqa: S301  # our own
                tick(len(part.pictures))
                yield part, pa.ipc.open_stream(answer["rows"]).read_all()
        except ray.exceptions.RayError as error:
            raise StartupError(f"the Ray job failed: {error}") from error


def _reach(address: str) -> None:
    """Raises OSError, ValueError where nothing listens: Ray itself would try for minutes."""
    if address != "auto" and "://" not in address:
        host, _, port = address.rpartition(":")
        socket.create_connection((host, int(port)), _SECONDS).close()


class _Actor:
    """All models in one of Ray's processes, for as long as that lives."""

    def __init__(self, about: About, settings: DetectorSettings) -> None:
        self._analyse = Analysing(about, settings)
        self._analyse.__enter__()

    def __call__(self, batch: Batch) -> Batch:
        """Parts in, the parts and the rows of each out."""
        parts = list(batch["part"])
        return {"part": parts, "rows": [self._stream(part) for part in parts]}

    def _stream(self, part: bytes) -> bytes:
        rows = self._analyse(pickle.loads(part))  # noqa: S301  # our own
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema) as writer:
            writer.write_table(rows)
        return bytes(sink.getvalue())
