"""HEXAFACE_HOME: a folder that nobody else may enter, and where in it (or near it) the servers' sockets lie."""

import os
import pwd
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from hexaface.embedded.stores.account import Account
from hexaface.embedded.stores.errors import StoreError

_SYSTEM_HOME = Path("/var/lib/hexaface")
# sockaddr_un holds 108 bytes on Linux and 104 on macOS, with a NUL.
_LONGEST_SOCKET_PATH = 100
_OURS = frozenset({"lock", "postgresql", "valkey", "run", "postgresql-start.log"})
_OPEN = stat.S_IRWXG | stat.S_IRWXO


def default_home() -> Path:
    """`HEXAFACE_HOME`, else the user's data folder; for root, whose own folders others may not enter, the system's."""
    given = os.environ.get("HEXAFACE_HOME")
    if given:
        return Path(given).expanduser().absolute()
    if os.geteuid() == 0:
        return _SYSTEM_HOME
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "hexaface"


def prepare(home: Path, account: Account | None = None) -> None:
    """Make the folder, or see that it is ours alone; `account`, when given, may enter it too. Raises StoreError."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        _claim(home)
        if account is not None:
            account.admit(home)
    except OSError as error:
        raise StoreError(
            f"{home} cannot be written ({error}); set HEXAFACE_HOME to a folder that can"
        ) from error


def sockets(home: Path, folder: str, name: str) -> Path:
    """The folder for a server's socket: `folder` in the home, or, the path being too long, in a short one of ours.

    The short one has a name that nobody can foresee; a link in the home, which nobody else may write, says which it is.
    Raises StoreError.
    """
    inside = home / folder
    if len(str(inside / name)) <= _LONGEST_SOCKET_PATH:
        return inside
    link = home / "sockets"
    with suppress(OSError):
        if _is_private(link.readlink()):
            return link.readlink() / folder
    prepare(home)
    short = Path(tempfile.mkdtemp(prefix="hexaface-", dir=_runtime_folder()))
    if len(str(short / folder / name)) > _LONGEST_SOCKET_PATH:
        raise StoreError(
            f"{short} is too long for a socket; set HEXAFACE_HOME to a folder with a shorter path"
        )
    link.unlink(missing_ok=True)
    link.symlink_to(short)
    return short / folder


def _claim(home: Path) -> None:
    """Close the folder to others, when it is ours; any other is refused rather than trusted or changed."""
    found = home.stat()
    if found.st_uid != os.geteuid():
        raise StoreError(
            f"{home} belongs to {_name(found.st_uid)}, and this is {_name(os.geteuid())}; set HEXAFACE_HOME to a "
            "folder of your own"
        )
    names = {path.name for path in home.iterdir()}
    if found.st_mode & _OPEN and names and not names & _OURS:
        raise StoreError(
            f"{home} is no folder of HexaFace's, and others may enter it; set HEXAFACE_HOME to a new folder"
        )
    if stat.S_IMODE(found.st_mode) not in (0o700, 0o710):
        home.chmod(0o700)


def _runtime_folder() -> str:
    """The user's own folder for sockets where there is one, else the one for temporary files."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    return given if given and _is_private(Path(given)) else tempfile.gettempdir()


def _is_private(folder: Path) -> bool:
    """Whether it is a folder, no link, of this user, which nobody else may write."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    others = stat.S_IWGRP | stat.S_IRWXO
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & others


def _name(uid: int) -> str:
    try:
        return f"user {pwd.getpwuid(uid).pw_name!r}"
    except KeyError:
        return f"user {uid}"
