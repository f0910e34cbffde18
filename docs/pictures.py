"""Write the README's and the guide's pictures from what `hexaface demo` drew: `python docs/pictures.py demo-output`."""

import sys
from pathlib import Path

from PIL import Image

IMAGES = Path(__file__).resolve().parent / "images"
# Where people are, in pixels of the drawing; and the width at which the labels can still be read.
CROPS = {
    "crowd.jpg": ("solvay_1927.png", (0, 400, 2000, 1080), 1600),
    "meeting.jpg": ("cabinet_meeting_2013.png", (0, 0, 1024, 684), 1024),
}


def main(drawn: Path) -> None:
    """Crop, reduce and write them."""
    for name, (source, crop, width) in CROPS.items():
        with Image.open(drawn / source) as picture:
            part = picture.crop(crop)
        height = round(part.height * width / part.width)
        part.resize((width, height), Image.Resampling.LANCZOS).save(IMAGES / name, quality=85, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
