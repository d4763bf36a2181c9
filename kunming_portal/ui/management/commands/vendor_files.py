"""Fetch the vendored front-end files again (needs npm; developers only)."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kunming_portal.ui import vendor


class Command(BaseCommand):
    """Pack, check against the published sha512 and the lock, strip source maps, copy, write the lock."""

    help = "Fetches the packages of static/vendor/vendor.toml and writes vendor.lock."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuses when a package differs from what is published, or from what the lock recorded."""
        folder = Path(settings.BASE_DIR) / "static" / "vendor"
        recorded = vendor.read_lock(folder)
        lock: dict[str, dict[str, object]] = {}
        for package in vendor.read_packages(folder):
            with tempfile.TemporaryDirectory() as scratch:
                archive, published = fetch(package, Path(scratch))
                found = vendor.integrity_of(archive.read_bytes())
                known = recorded.get(package.folder, {}).get("integrity", found)
                if found != published or found != known:
                    raise CommandError(f"{package.folder} is not the package that was published or locked.")
                hashes = vendor.unpack(package, archive, folder)
            lock[package.folder] = {"licence": package.licence, "integrity": found, "sha256": hashes}
            self.stdout.write(f"{package.folder}: {len(hashes)} files")
        text = json.dumps(lock, indent=1, sort_keys=True) + "\n"
        (folder / "vendor.lock").write_text(text, encoding="utf-8")


def fetch(package: vendor.Package, scratch: Path) -> tuple[Path, str]:
    """Return the packed archive and the sha512 the registry publishes for it."""
    name = f"{package.name}@{package.version}"
    packed = run(["npm", "pack", name, "--json", "--pack-destination", str(scratch)], scratch)
    published = run(["npm", "view", name, "dist.integrity", "--json"], scratch)
    return scratch / json.loads(packed)[0]["filename"], str(json.loads(published))


def run(command: list[str], folder: Path) -> str:
    """Return what the command prints; refuses with its complaint when it fails."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    except FileNotFoundError as missing:
        raise CommandError(
            "npm is not installed; only developers who change vendor.toml need it."
        ) from missing
    except subprocess.CalledProcessError as failed:
        raise CommandError(failed.stderr) from failed
    return done.stdout
