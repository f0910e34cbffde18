"""Put what a benchmark prints between its marks of docs/performance.md.

make -s bench BASE=35038e2 | tee /dev/stderr | .venv/bin/python -m benchmarks.page bench
make -s bench-peers | tee /dev/stderr | .venv/bin/python -m benchmarks.page peers
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.checkout import ROOT

PAGE = ROOT / "docs" / "performance.md"


def main() -> None:
    """Read the table from standard input."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("name", choices=["bench", "peers"])
    table = sys.stdin.read().strip()
    if "|---" not in table:
        sys.exit("nothing was measured: the page stays as it is")
    renew(PAGE, {parser.parse_args().name: table + "\n"})


def renew(page: Path, tables: Mapping[str, str]) -> None:
    """Put each table between its two marks. Raises ValueError when the page has none of that name."""
    text = page.read_text(encoding="utf-8")
    for name, table in tables.items():
        head, mark, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("\n<!-- end -->")
        if not mark or not end:
            raise ValueError(f"{page} has no place for the table {name!r}")
        text = f"{head}{mark}\n{table}{end}{after}"
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
