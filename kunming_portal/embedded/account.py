"""Who runs the embedded servers: the caller, or an unprivileged account when the caller is root.

PostgreSQL refuses to run as root. Nothing is ever made readable to that account by changing the mode of
a folder that exists already; a place it can reach is chosen instead (`places.py`).
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

# The first that exists is used: an administrator may create the dedicated one.
UNPRIVILEGED = ("kunming-portal", "nobody")


@dataclass(frozen=True)
class Account:
    """An account of the operating system. `uid` and `gid` are what its processes run as."""

    name: str
    uid: int
    gid: int

    @property
    def is_caller(self) -> bool:
        """Return whether processes of this account need no change of identity."""
        return self.uid == os.geteuid()

    def can(self, test: str, path: Path) -> bool:
        """Return whether the account passes the shell's `test` (`-x`, `-r`) on the path, parents included.

        As root this asks a process of that account, so access lists and mounts count too (2 ms).
        """
        if self.is_caller:
            return os.access(path, {"-x": os.X_OK, "-r": os.R_OK}[test])
        asked = subprocess.run(
            ["/bin/sh", "-c", 'test "$1" "$2"', "sh", test, str(path)],
            cwd="/",
            user=self.uid,
            group=self.gid,
            extra_groups=[],
            check=False,
        )
        return asked.returncode == 0


def choose(cluster: Path) -> Account:
    """Return the account for the servers whose data folder is `cluster` (it need not exist yet).

    An ordinary user runs them as themselves. Root keeps the owner of existing data, so a folder made by
    somebody's earlier `make run` stays theirs; otherwise the first of `UNPRIVILEGED`.
    """
    if os.geteuid() != 0:
        return Account(str(os.geteuid()), os.geteuid(), os.getegid())
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return Account(str(owner.st_uid), owner.st_uid, owner.st_gid)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    return Account("65534", 65534, 65534)
