"""The files that pages bring along from elsewhere: what was asked for, what was fetched, what lies there.

`static/vendor/vendor.toml` names packages, versions and files; `vendor.lock` records what was fetched: the
published sha512 of the package and the sha256 of every file. A test hashes the files again.
"""

import base64
import dataclasses
import hashlib
import json
import re
import tarfile
import tomllib
from pathlib import Path

SOURCE_MAP = re.compile(rb"\n?(?://[#@] sourceMappingURL=\S+|/\*[#@] sourceMappingURL=\S+ \*/)\s*$")


@dataclasses.dataclass(frozen=True)
class Package:
    """One package of vendor.toml: `members` are the paths inside it, in the order of the file."""

    name: str
    version: str
    licence: str
    members: tuple[str, ...]

    @property
    def folder(self) -> str:
        """Where its files lie below static/vendor."""
        return f"{self.name}-{self.version}"


def read_packages(folder: Path) -> list[Package]:
    """Return what `vendor.toml` in the folder asks for."""
    content = tomllib.loads((folder / "vendor.toml").read_text(encoding="utf-8"))
    packages = []
    for entry in content["package"]:
        pictures = [f"{entry['folder']}/{name}.svg" for name in entry.get("pictures", [])]
        members = (*entry["files"], *pictures)
        packages.append(Package(entry["name"], entry["version"], entry["licence"], members))
    return packages


def read_lock(folder: Path) -> dict[str, dict[str, object]]:
    """Return what `vendor.lock` in the folder records, or nothing before the first fetch."""
    lock = folder / "vendor.lock"
    if not lock.exists():
        return {}
    recorded: dict[str, dict[str, object]] = json.loads(lock.read_text(encoding="utf-8"))
    return recorded


def integrity_of(archive: bytes) -> str:
    """Return the sha512 of a package the way registries publish it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()


def without_source_map(content: bytes) -> bytes:
    """Return the file without its last line that points at a source map we do not ship."""
    return SOURCE_MAP.sub(b"\n", content)


def unpack(package: Package, archive: Path, folder: Path) -> dict[str, str]:
    """Copy the package's files below the folder and return the sha256 of each, by its path in the folder."""
    hashes: dict[str, str] = {}
    with tarfile.open(archive) as tar:
        for member in package.members:
            source = tar.extractfile(f"package/{member}")
            if source is None:
                raise FileNotFoundError(f"{package.folder} has no file {member}")
            content = source.read()
            if member.endswith((".js", ".css")):
                content = without_source_map(content)
            target = folder / package.folder / Path(member).name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            hashes[target.relative_to(folder).as_posix()] = hashlib.sha256(content).hexdigest()
    return hashes
