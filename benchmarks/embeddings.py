"""Embed every picture of LFW: the file of real embeddings that `benchmarks.gallery` mixes its people from.

python -m benchmarks.embeddings lfw.npz

Needs `lfw.zip` in the folder of the data sets (`HEXAFACE_DATA`); took a quarter of an hour on two busy cores.
"""

import argparse
from pathlib import Path

import numpy as np

from export.datasets import Archive
from export.embedder.sightings import look
from export.onnx_tools.sessions import Session
from export.publish import MODELS
from web.logs import configure_logs


def main() -> None:
    """Write `embeddings`, float32 (n, 192), through the detector service and the shipped embedder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="the .npz to write")
    target = parser.parse_args().file
    configure_logs("WARNING", "console")
    archive = Archive("lfw")
    pictures = (archive.read(row["file"]) for row in archive.labels)
    seen = look(pictures, Session(MODELS / "embedder.onnx"))
    embeddings = np.stack([face.embedding for face in seen if face])
    np.savez(target, embeddings=embeddings)
    print(f"{target}: {len(embeddings):,} embeddings of {len(seen):,} pictures")


if __name__ == "__main__":
    main()
