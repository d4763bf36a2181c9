"""The embedded PostgreSQL: makes its data folder once, and says how to run it. Socket only, no port."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

from kunming_portal.embedded import binaries, processes
from kunming_portal.embedded.account import Account
from kunming_portal.embedded.binaries import Postgres
from kunming_portal.embedded.failures import Failure
from kunming_portal.embedded.places import Places
from kunming_portal.embedded.processes import Process, Service

USER = "kunming"
DATABASE = "kunming"
CONNECTIONS = 100
# A built-in C would break the search in Chinese: show_trgm('昆明') is empty when lc_ctype is C.
LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"


def service(places: Places, *, durable: bool = True, found: Postgres | None = None) -> Service:
    """Return the PostgreSQL server of these places, its data folder made if it is missing.

    `durable=False` trades crash safety for speed: throw-away data only. `found` takes these binaries
    instead of looking for some. Making the folder takes one to two seconds. Refuses (`Failure`).
    """
    major = made_by(places.cluster)
    found = found or binaries.find_postgres(account=places.account, copies=places.binaries, major=major)
    if major is None:
        initialise(places, found=found, durable=durable)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{places.sockets}"',
        "unix_socket_permissions": "0700",
        "max_connections": str(CONNECTIONS),
    }
    if not durable:
        settings |= dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes", "autovacuum"), "off")
    return Service(
        name="PostgreSQL",
        command=[
            str(found.folder / "postgres"),
            *("-D", str(places.cluster)),
            *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
        ],
        environment=environment(places),
        folder=places.cluster,
        log=places.logs / "postgres.log",
        account=places.account,
        gently=(signal.SIGINT, signal.SIGQUIT),  # fast shutdown, then immediate
        patience=20,
        server=True,
        before=lambda: clear_left_over(places.cluster),
    )


def made_by(cluster: Path) -> int | None:
    """Return the major version the data folder belongs to, None when there is no complete one."""
    try:
        return int((cluster / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None
    except (PermissionError, ValueError) as error:
        raise Failure(
            f"{cluster} is not yours or not PostgreSQL's; choose another folder with DATA=."
        ) from error


def environment(places: Places) -> dict[str, str]:
    """Return all that the servers see of the environment; the locale flags decide alone."""
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(places.root), "LC_ALL": "C"}


def initialise(places: Places, *, found: Postgres, durable: bool) -> None:
    """Make the data folder, complete or not at all, with a random password that only the caller can read."""
    secret = secrets.token_urlsafe(24)
    draft = places.root / "postgres.new"
    remove_tree(draft)
    draft.mkdir(mode=0o700)
    hand_over(draft, places.account)
    descriptor, name = tempfile.mkstemp(dir=places.sockets)  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secret)
        hand_over(Path(name), places.account)
        command = [
            str(found.folder / "initdb"),
            *("-D", str(draft), "-U", USER, "-A", "scram-sha-256", f"--pwfile={name}"),
            *("-E", "UTF8", f"--locale={LOCALE}", "--data-checksums"),
            *(["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if found.major >= 17 else []),
            *([] if durable else ["--no-sync"]),
        ]
        made = run(command, places=places, folder=draft)
    finally:
        Path(name).unlink(missing_ok=True)
    if made.returncode:
        remove_tree(draft)
        raise Failure(f"PostgreSQL could not make its data folder: {last_line(made.stderr)}")
    processes.write_private(places.password, secret)
    remove_tree(places.cluster)
    draft.rename(places.cluster)


def run(command: list[str], *, places: Places, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of PostgreSQL to its end as the account of the servers."""
    account = None if places.account.is_caller else places.account
    return subprocess.run(
        command,
        env=environment(places),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def ready(process: Process) -> bool:
    """Return whether the server takes connections; it writes that into its lock file."""
    lines = lock_file(Path(process.service.folder))
    return len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready"


def lock_file(cluster: Path) -> list[str]:
    """Return the lines of `postmaster.pid`, none when it is absent."""
    try:
        return (cluster / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def clear_left_over(cluster: Path, *, patience: float = 15.0) -> None:
    """Make the data folder startable: end a server that outlived its supervisor, drop a stale lock file.

    A lock file whose process id now belongs to another program (after a reboot, in a container) would keep
    PostgreSQL from starting for ever. The caller holds the data folder.
    """
    lines = lock_file(cluster)
    if not lines or not lines[0].lstrip("-").isdigit():
        return
    pid = abs(int(lines[0]))
    command = processes.command_line(pid)
    if not command:
        return  # dead: PostgreSQL itself makes sure that no child of it still writes
    if str(cluster) not in command:
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        return
    for number in (signal.SIGINT, signal.SIGQUIT):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
        deadline = time.monotonic() + patience / 2
        while str(cluster) in processes.command_line(pid) and time.monotonic() < deadline:
            time.sleep(0.1)


def password(places: Places) -> str:
    """Return the password of the embedded database. Refuses (`Failure`) when its file is gone."""
    try:
        return places.password.read_text().strip()
    except FileNotFoundError as error:
        raise Failure(
            f"The database password {places.password} is missing: put it back, or delete the data with `make reset`."
        ) from error


def url(places: Places) -> str:
    """Return the DATABASE_URL of the embedded database: user, password, folder of the socket, name."""
    secret = quote(password(places), safe="")
    return f"postgres://{USER}:{secret}@/{quote(str(places.sockets))}/{DATABASE}"


def create_database(places: Places) -> None:
    """Create the portal's database in the running server if it is missing."""
    connection = psycopg2.connect(
        host=str(places.sockets), user=USER, password=password(places), dbname="postgres"
    )
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    finally:
        connection.close()


def hand_over(path: Path, account: Account) -> None:
    """Make the account the owner of the path, when it is not the caller."""
    if not account.is_caller:
        os.chown(path, account.uid, account.gid)


def remove_tree(path: Path) -> None:
    """Remove a folder we made before; nothing happens when it is absent."""
    if path.exists():
        shutil.rmtree(path)


def last_line(text: str) -> str:
    """Return the last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
