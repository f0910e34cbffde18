"""Where the sample pictures are: beside this module in the wheel, in `samples/` of a checkout."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent
_IN_THE_WHEEL = _HERE / "sample_pictures"

SAMPLES = _IN_THE_WHEEL if _IN_THE_WHEEL.is_dir() else _HERE.parent / "samples"
