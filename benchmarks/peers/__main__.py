"""Print the table of this version beside its peers, each through its own server: `make bench-peers`.

python -m benchmarks.peers [--seconds 2] [--photos TEXT]

Every number of photos at once is measured in turns, so that all see the same machine; the other servers wait meanwhile.
"""

import argparse
import os
import platform
from contextlib import ExitStack
from datetime import UTC, datetime

from benchmarks.peers.measuring import compare, start_all
from benchmarks.peers.table import head, left_out, lines
from benchmarks.peers.toolkits import DETECTION, EVERYTHING, toolkits
from benchmarks.photos import ONE_FACE, photos

_AT_ONCE = (1, 4, 8)


def main() -> None:
    """Run everything and print Markdown."""
    parser = argparse.ArgumentParser(description="This version beside its peers.")
    parser.add_argument("--seconds", type=float, default=2.0, help="time of a cell")
    parser.add_argument("--photos", default="", help="only the photos whose name holds this text")
    arguments = parser.parse_args()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {len(os.sched_getaffinity(0))} cores, load "
        f"{os.getloadavg()[0]:.1f} at the start, {arguments.seconds:g} s a cell; `make bench-peers`\n"
    )
    pictures = photos()
    with ExitStack() as stack:
        started, reasons = start_all(stack, toolkits(), pictures[ONE_FACE])
        print(head(_AT_ONCE))
        for photo, picture in pictures.items():
            if arguments.photos in photo:
                for way in (DETECTION, EVERYTHING):
                    rows = compare(started, way, picture, at_once=_AT_ONCE, seconds=arguments.seconds)
                    print(lines(photo, way, rows, _AT_ONCE), flush=True)
        if reasons:
            print(left_out(reasons, _AT_ONCE))


if __name__ == "__main__":
    main()
