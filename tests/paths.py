"""Where the tests find things."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
# Pictures that nobody but the tests needs: `group.jpg` is composed of two of the samples at six sizes, two of them grey.
PICTURES = ROOT / "tests" / "pictures"
