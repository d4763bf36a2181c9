"""The embedded Valkey (or Redis): broker and cache, on a socket only, every write kept in a log."""

import contextlib
import socket
from pathlib import Path
from urllib.parse import quote

from kunming_portal.embedded import binaries, postgres
from kunming_portal.embedded.places import Places
from kunming_portal.embedded.processes import Process, Service

SOCKET = "valkey.sock"


def service(places: Places, *, durable: bool = True) -> Service:
    """Return the server of these places; its data folder is made if it is missing.

    `durable=False` keeps nothing on disk: throw-away data only. Refuses (`Failure`) when there is none.
    """
    places.valkey.mkdir(mode=0o700, exist_ok=True)
    postgres.hand_over(places.valkey, places.account)
    settings = {
        "port": "0",
        "unixsocket": str(places.sockets / SOCKET),
        "unixsocketperm": "700",
        "dir": str(places.valkey),
        "appendonly": "yes" if durable else "no",
        "save": "",
        "maxmemory-policy": "noeviction",  # a broker that forgets tasks is no broker
        "daemonize": "no",
    }
    server = binaries.find_valkey(account=places.account, copies=places.binaries)
    return Service(
        name="Valkey",
        command=[str(server), *(part for name, value in settings.items() for part in (f"--{name}", value))],
        environment=postgres.environment(places),
        folder=places.valkey,
        log=places.logs / "valkey.log",
        account=places.account,
        server=True,
    )


def ready(path: Path, process: Process) -> bool:
    """Return whether the server at the socket answers; while it reads its log it says LOADING."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1)
        line.connect(str(path))
        line.sendall(b"PING\r\n")
        return process.exit_code is None and line.recv(64).startswith(b"+PONG")
    return False


def url(places: Places) -> str:
    """Return the REDIS_URL of the embedded server."""
    return f"unix://{quote(str(places.sockets / SOCKET))}?db=0"
