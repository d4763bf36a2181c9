"""One measured portal: a web server on loopback over one of the databases, asked by people who are signed in."""

import http.client
import os
import secrets
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

CHECKOUT = Path(__file__).resolve().parents[2]
SECRET = secrets.token_hex(16)  # of the forms; the cookie and the header must agree, no more


@dataclass(frozen=True)
class Answer:
    """What came back, and after how long."""

    seconds: float
    status: int
    location: str
    text: str


@dataclass
class Portal:
    """A running portal. `cookies` are sessions by what the people are."""

    database: str
    cookies: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> "Portal":
        self.port = free_port()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "tests.bench.wsgi", "--bind", f"127.0.0.1:{self.port}"),
                *("--worker-class", "gthread", "--workers", "1", "--threads", "2", "--keep-alive", "600"),
                *("--no-control-socket", "--log-level", "error"),
            ],
            cwd=CHECKOUT,
            env=environment(self.database),
        )
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        for _attempt in range(300):
            try:
                self.connection.connect()
                return self
            except OSError:
                time.sleep(0.2)
        raise RuntimeError("The web server does not answer.")

    def __exit__(self, *_raised: object) -> None:
        self.connection.close()
        self.process.terminate()
        self.process.wait()

    def get(self, who: str, path: str) -> Answer:
        """Read a page."""
        return self._ask("GET", who, path, None)

    def post(self, who: str, path: str, **typed: object) -> Answer:
        """Send a form."""
        return self._ask("POST", who, path, urlencode(typed, doseq=True).encode())

    def _ask(self, method: str, who: str, path: str, body: bytes | None) -> Answer:
        headers = {
            "Cookie": f"{self.cookies[who]}; csrftoken={SECRET}",
            "X-CSRFToken": SECRET,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        began = time.perf_counter()
        self.connection.request(method, path, body=body, headers=headers)
        response = self.connection.getresponse()
        text = response.read()
        taken = time.perf_counter() - began
        return Answer(taken, response.status, response.headers.get("Location", ""), text.decode())


def environment(database: str) -> dict[str, str]:
    """Return what the portal's processes see: the settings of the measurements and their database."""
    ours = {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "tests.bench.settings", "MODE": "test"}
    return {**os.environ, **ours}


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
