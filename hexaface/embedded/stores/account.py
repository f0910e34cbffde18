"""Who runs PostgreSQL in root's place, which it refuses to serve, and the folders this user must be able to enter."""

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from hexaface.embedded.stores.errors import StoreError

# The first of them that the machine has: PostgreSQL's own, ours, the one everybody has.
_NAMES = ("postgres", "hexaface", "nobody")


class Identity(TypedDict, total=False):
    """Whom `subprocess.run` becomes."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """A user without root's rights."""

    name: str
    uid: int
    gid: int

    def identity(self) -> Identity:
        """The arguments for `subprocess.run`."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, folder: Path) -> None:
        """Give a folder to this user."""
        os.chown(folder, self.uid, self.gid)

    def admit(self, folder: Path) -> None:
        """See that this user, and no other, can enter `folder`, which is ours; raises StoreError for one above it."""
        os.chown(folder, -1, self.gid)
        folder.chmod(0o710)
        closed = next((parent for parent in folder.parents if not parent.stat().st_mode & stat.S_IXOTH), None)
        if closed is not None:
            raise StoreError(
                f"PostgreSQL does not run as root, and user {self.name!r}, which runs it in root's place, cannot "
                f"enter {closed}. Run HexaFace as an ordinary user, set HEXAFACE_HOME to a folder that others may "
                "enter (such as /var/lib/hexaface), or set DATABASE_URL"
            )

    def programs(self, folder: Path, home: Path) -> Path:
        """The folder with PostgreSQL's programs, or a copy under `home` when this user cannot enter it (40 MB, once)."""
        if all(parent.stat().st_mode & stat.S_IXOTH for parent in folder.parents):
            return folder
        package = folder.parent.parent
        copied = home / "programs"
        place = copied / package.name / folder.parent.name
        if not (place / "complete").exists():
            shutil.rmtree(copied, ignore_errors=True)
            shutil.copytree(folder.parent, place, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, copied / libraries.name, symlinks=True)
            (place / "complete").touch()
        return place / folder.name


def server_account() -> Account | None:
    """The account for PostgreSQL when this process is root's, else None: it runs as who we are."""
    if os.geteuid() != 0:
        return None
    for name in _NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise StoreError("PostgreSQL does not run as root, and there is no user postgres, hexaface or nobody")
