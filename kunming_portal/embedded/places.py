"""Where the embedded servers keep their data, sockets, password and logs."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kunming_portal.embedded import account as accounts
from kunming_portal.embedded.account import Account
from kunming_portal.embedded.failures import Failure

CHECKOUT = Path(__file__).resolve().parents[2]
REACHABLE = Path("/var/tmp")
SHORT = Path("/tmp")
# The kernel's limit of a socket's path is 107 bytes on Linux and 103 on macOS.
LONGEST_SOCKET_PATH = 103
LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432")
# All that is ours in a data folder: `reset` deletes these names and nothing else.
OURS = (
    "postgres",
    "valkey",
    "sockets",
    "logs",
    "media",
    "binaries",
    "password",
    "environment",
    "children",
    "accounts",
)


@dataclass(frozen=True)
class Places:
    """The folders of one set of servers. `root` exists; `account` can pass through it."""

    root: Path
    sockets: Path
    account: Account

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data folder."""
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's data folder."""
        return self.root / "valkey"

    @property
    def logs(self) -> Path:
        """One log file for each process."""
        return self.root / "logs"

    @property
    def binaries(self) -> Path:
        """Copies of packaged servers, where the account cannot read the originals."""
        return self.root / "binaries"

    @property
    def password(self) -> Path:
        """The database password, readable by the caller only."""
        return self.root / "password"

    @property
    def environment(self) -> Path:
        """Variables of the running portal, for `manage`; exists only while it runs."""
        return self.root / "environment"

    @property
    def children(self) -> Path:
        """The processes that run now, so that the next start can end what a killed supervisor left."""
        return self.root / "children"


def wanted() -> Path:
    """Return the data folder the operator asked for: `DATA`, else `var/` in the checkout. Not created."""
    return Path(os.environ.get("DATA") or CHECKOUT / "var").expanduser().absolute()


def own_folder(path: Path, *, owner: Account | None = None, mode: int = 0o700) -> Path:
    """Create the folder with that mode if it is missing, hand it to `owner`, and return it.

    Refuses (`Failure`) a path that is a link, no folder, or somebody else's: in /tmp anybody could have
    put it there first.
    """
    allowed = {os.geteuid()} | ({owner.uid} if owner else set())
    try:
        path.mkdir(mode=mode, exist_ok=True)
        found = path.lstat()
    except OSError as error:
        raise Failure(
            f"The folder {path} cannot be created ({error.strerror}); choose another with DATA=."
        ) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in allowed:
        raise Failure(f"The folder {path} belongs to somebody else; choose another data folder with DATA=.")
    if found.st_uid == os.geteuid():
        path.chmod(mode)
    if owner and not owner.is_caller:
        os.chown(path, owner.uid, owner.gid)
    return path


def prepare(folder: Path) -> Places:
    """Create what is missing below `folder` and return the places.

    As root, when the unprivileged account cannot pass through to `folder`, a folder under /var/tmp with a
    name derived from `folder` is used instead. Refuses (`Failure`) what cannot be created.
    """
    try:
        folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"The data folder {folder} cannot be created ({error.strerror}); set DATA=.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Failure(f"The data folder {folder} is not writable for you; choose another with DATA=.")
    account = accounts.choose(folder / "postgres")
    if not account.can("-x", folder):
        folder = own_folder(REACHABLE / f"kunming-portal-{digest(folder)}", mode=0o711)
        account = accounts.choose(folder / "postgres")
    places = Places(root=folder, sockets=socket_folder(folder), account=account)
    own_folder(places.sockets, owner=account)
    places.logs.mkdir(mode=0o700, exist_ok=True)
    return places


def socket_folder(folder: Path) -> Path:
    """Return where the sockets of a data folder go: inside, or under /tmp when that path is too long.

    The same data folder always gives the same answer. Nothing is created.
    """
    inside = folder / "sockets"
    long = len(os.fsencode(inside)) + LONGEST_SOCKET_NAME > LONGEST_SOCKET_PATH
    if long or any(mark in str(inside) for mark in '",\\'):  # PostgreSQL takes a list there
        return SHORT / f"kunming-portal-{os.geteuid()}-{digest(folder)}"
    return inside


def digest(folder: Path) -> str:
    """Return twelve characters that stand for the folder's path."""
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the data folder for this process; a second one is refused (`Failure`) at once.

    The kernel lets go when the process ends, however it ends.
    """
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Failure(
                f"The portal already runs with the data in {folder}; stop it first, or set another DATA=."
            ) from error
        yield


def delete(places: Places) -> None:
    """Delete what is ours in the data folder, and the folder itself when nothing else is in it."""
    beats = places.root.glob("celerybeat-schedule*")
    for path in [*(places.root / name for name in OURS), *beats, places.sockets]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    (places.root / "lock").unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # others' files live there too
        places.root.rmdir()
