"""Moves modules under another name: their own paths, the imports of them, and the strings that name them."""

import ast
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass


class CannotRenameError(Exception):
    """An import is written so that renaming its module would change what the code means."""


@dataclass(frozen=True)
class Renaming:
    """Old prefixes of module names -> new ones (`contracts` -> `hexaface.contracts`), and all modules there are."""

    prefixes: Mapping[str, str]
    modules: Collection[str]

    def name(self, module: str) -> str:
        """A module's new name; the longest prefix counts."""
        parts = module.split(".")
        for length in range(len(parts), 0, -1):
            new = self.prefixes.get(".".join(parts[:length]))
            if new is not None:
                return ".".join([new, *parts[length:]])
        return module

    def source(self, text: str, where: str) -> str:
        """A module's source with every name of a module renamed. Raises CannotRenameError."""
        lines = text.splitlines(keepends=True)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module:
                self._import_from(lines, node, where)
            elif isinstance(node, ast.Import):
                self._import(lines, node, where)
        # A module's name as a string: in import_module, in a table of what is imported later, after `python -m`.
        return re.sub(r"(?<=[\"'])([a-z]\w*(?:\.[a-z]\w*)*)(?=[\"':]|\.\{)", self._string, "".join(lines))

    def _import_from(self, lines: list[str], node: ast.ImportFrom, where: str) -> None:
        old = str(node.module)
        new = self.name(old)
        for alias in node.names:
            member = f"{old}.{alias.name}"
            if member in self.modules and self.name(member) != f"{new}.{alias.name}":
                raise CannotRenameError(f"{where}:{node.lineno}: write `from {member} import ...`")
        self._replace(lines, node.lineno, f"from {old} import", f"from {new} import", where)

    def _import(self, lines: list[str], node: ast.Import, where: str) -> None:
        for alias in node.names:
            new = self.name(alias.name)
            if new != alias.name:
                if alias.asname is None:
                    raise CannotRenameError(
                        f"{where}:{node.lineno}: write `from ...` or `import {alias.name} as`"
                    )
                self._replace(lines, node.lineno, f"import {alias.name} ", f"import {new} ", where)

    @staticmethod
    def _replace(lines: list[str], number: int, old: str, new: str, where: str) -> None:
        line = lines[number - 1]
        if old not in line:
            raise CannotRenameError(f"{where}:{number}: expected {old!r} in one line")
        lines[number - 1] = line.replace(old, new, 1)

    def _string(self, found: re.Match[str]) -> str:
        name = found[1]
        named = name in self.modules and ("." in name or found.string.startswith(".{", found.end()))
        return self.name(name) if named else name
