"""The table of docs/architecture.md: how many modules each package has, and how long they are.

`python -m benchmarks.modules` prints it; `--write` puts it between its marks in the page.
"""

import argparse
import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_PAGE = _ROOT / "docs" / "architecture.md"
_BEGIN, _END = "<!-- modules -->", "<!-- end of modules -->"
PACKAGES = ("contracts", "web", "serving", "services", "gateway", "hexaface", "portal", "export", "studies")


def main() -> None:
    """Print the table, or write it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.modules", description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/architecture.md")
    if not parser.parse_args().write:
        print(table())
        return
    text = _PAGE.read_text()
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    _PAGE.write_text(f"{before}{_BEGIN}\n{table()}\n{_END}{after}")


def table() -> str:
    """One line per package, in Markdown."""
    lines = [
        "| package | modules | lines: median | largest module | functions: median lines | 90 % are within |",
        "|---|---|---|---|---|---|",
    ]
    for package in PACKAGES:
        files = {path: path.read_text() for path in modules(_ROOT / package)}
        lengths = {path: len(text.splitlines()) for path, text in files.items()}
        largest = max(lengths, key=lambda path: lengths[path])
        functions = sorted(length for text in files.values() for length in function_lengths(text))
        lines.append(
            f"| `{package}` | {len(files)} | {statistics.median(lengths.values()):.0f} "
            f"| {lengths[largest]}, `{largest.relative_to(_ROOT)}` "
            f"| {statistics.median(functions):.0f} | {functions[int(0.9 * (len(functions) - 1))]} |"
        )
    return "\n".join(lines)


def modules(package: Path) -> list[Path]:
    """Python modules that hold more than a docstring."""
    found = (path for path in sorted(package.rglob("*.py")) if "node_modules" not in path.parts)
    return [path for path in found if len(ast.parse(path.read_text()).body) > 1]


def function_lengths(text: str) -> Iterator[int]:
    """Lines of each function and method, docstring and nested ones included."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1


if __name__ == "__main__":
    main()
