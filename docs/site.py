"""A hook of mkdocs: pages that lie outside docs/ (README, cards, ...) join the site, and links to them are bent."""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent
# Where a file of the checkout stands in the site; what is not in it stays a link to nowhere and becomes plain text.
OUTSIDE = {
    "README.md": "index.md",
    **{name: name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")},
    **{f"models/{path.name}": f"models/{path.name}" for path in (ROOT / "models").glob("*.md")},
    **{f"studies/{path.name}": f"studies/{path.name}" for path in (ROOT / "studies").glob("*.md")},
}
_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|mailto:|#)([^)\s#]*)(#[^)]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages from outside."""
    for source, target in OUTSIDE.items():
        if (ROOT / source).exists():
            files.append(File.generated(config, target, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, *, page: Any, files: Files, **_: Any) -> str:
    """Bend the page's links from places in the checkout to places in the site."""
    here = page.file.src_uri
    inside = {target: source for source, target in OUTSIDE.items()}
    source = inside.get(here, f"docs/{here}")

    def bent(link: re.Match[str]) -> str:
        picture, text, address, anchor = link[1], link[2], link[3], link[4] or ""
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), address))
        target = target.removeprefix("docs/") if target.startswith("docs/") else OUTSIDE.get(target, "")
        if target == "decisions":
            target = "decisions/README.md"
        if not target or files.get_file_from_path(target) is None:
            return text
        return f"{picture}[{text}]({posixpath.relpath(target, posixpath.dirname(here) or '.')}{anchor})"

    return _LINK.sub(bent, markdown)
