"""The whole portal under one supervisor: servers, preparation, web server, Celery worker and beat."""

import contextlib
import http.client
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kunming_portal.embedded import places, processes, servers
from kunming_portal.embedded.failures import Failure, Stopped
from kunming_portal.embedded.places import CHECKOUT, Places
from kunming_portal.embedded.processes import Service, Signals
from kunming_portal.embedded.progress import Steps, say
from kunming_portal.embedded.supervisor import Supervisor

STEPS = 7
PREPARED = 3  # steps of them that `prepare` shows
WEB_SECONDS = 120.0


@dataclass(frozen=True)
class Listening:
    """Where the web server listens."""

    host: str
    port: int

    @property
    def address(self) -> str:
        """What to type into the browser of this machine."""
        host = "localhost" if self.host in ("127.0.0.1", "0.0.0.0") else self.host
        return f"http://{host}:{self.port}/"


def run() -> int:
    """Start everything, show the way in, and keep it running until the operator stops it.

    Reads DATA, PORT, BIND, MODE, DATABASE_URL and REDIS_URL. Returns 0 after Ctrl-C or TERM. Refuses
    (`Failure`) with nothing left running. A first start takes as long as the demonstration data, a later
    one a few seconds.
    """
    began = time.monotonic()
    with Signals() as signals:
        if "MAKELEVEL" in os.environ:
            processes.dying_with(os.getppid(), signal.SIGTERM)()
        here = places.prepare(places.wanted())
        with places.held(here.root):
            processes.end_left_over(here.children)
            listening = where_to_listen()
            supervisor = Supervisor(signals=signals, record=here.children, say=say)
            try:
                start(supervisor, here, listening=listening)
                say(f"\nReady after {time.monotonic() - began:.1f} s.\n{way_in(here, listening)}")
                supervisor.watch()
            except Stopped:
                say("\nStopped before it was ready.")
            finally:
                say("Stopping …", end="")
                supervisor.stop()
                here.environment.unlink(missing_ok=True)
                say(" all stopped.")
    return 0


def where_to_listen() -> Listening:
    """Return address and port from BIND and PORT. Refuses (`Failure`) a port that is wrong or taken."""
    host, port = os.environ.get("BIND") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Failure(f"PORT is {port!r}; it must be a number from 1 to 65535.")
    try:
        with socket.create_server((host, int(port))):
            return Listening(host, int(port))
    except PermissionError as error:
        raise Failure(f"Port {port} is reserved for root; choose another with PORT=8000.") from error
    except OSError as error:
        why = os.strerror(error.errno).lower() if error.errno and error.errno > 0 else error
        raise Failure(
            f"Nothing can listen at {host}:{port}: {why}; choose another port with PORT=."
        ) from error


def start(supervisor: Supervisor, here: Places, *, listening: Listening) -> None:
    """Start all processes in order, showing each step; returns when the portal answers."""
    embedded = [name for name in ("DATABASE_URL", "REDIS_URL") if not servers.given(name)]
    if embedded:
        say(f"Embedded services for demonstration, not for production. Data: {here.root}")
    steps = Steps(total=STEPS)
    with steps.step("PostgreSQL" if "DATABASE_URL" in embedded else "PostgreSQL (DATABASE_URL)"):
        database = servers.database(supervisor, here, tick=steps.tick)
    with steps.step("Valkey" if "REDIS_URL" in embedded else "Redis (REDIS_URL)"):
        broker = servers.broker(supervisor, here, tick=steps.tick)
    environment = variables(here, database=database, broker=broker)
    remember_variables(here, environment)
    prepare(supervisor, here, environment, done=steps.done)
    steps.done += PREPARED
    with steps.step("Web server"):
        web = supervisor.start(web_server(here, environment, listening=listening))
        supervisor.wait(lambda _: answers(listening), web, seconds=WEB_SECONDS, tick=steps.tick)
    with steps.step("Celery worker and beat"):
        supervisor.start(worker(here, environment))
        supervisor.start(beat(here, environment))


def variables(here: Places, *, database: str, broker: str) -> dict[str, str]:
    """Return the environment of the portal's own processes."""
    return os.environ | {
        "DATABASE_URL": database,
        "REDIS_URL": broker,
        "MODE": os.environ.get("MODE") or "demonstration",
        "BEAT_SCHEDULE_FILE": os.environ.get("BEAT_SCHEDULE_FILE") or str(here.root / "celerybeat-schedule"),
        "MEDIA_ROOT": os.environ.get("MEDIA_ROOT") or str(here.root / "media"),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
    }


def remember_variables(here: Places, environment: Mapping[str, str]) -> None:
    """Write the variables down for `manage` and for the operator's shell, as `NAME=value` lines."""
    names = ("DATABASE_URL", "REDIS_URL", "MODE", "BEAT_SCHEDULE_FILE", "MEDIA_ROOT")
    text = "".join(f"export {name}={shlex.quote(environment[name])}\n" for name in names)
    processes.write_private(here.environment, text)


def prepare(supervisor: Supervisor, here: Places, environment: Mapping[str, str], *, done: int) -> None:
    """Bring tables, static files and demonstration data up to date. Refuses (`Failure`) when that fails."""
    accounts = here.root / "accounts"
    accounts.unlink(missing_ok=True)
    command = [sys.executable, "-m", "kunming_portal.embedded.prepare"]
    command += ["--done", str(done), "--total", str(STEPS), "--accounts", str(accounts)]
    if to_the_end(supervisor.signals, command, environment):
        raise Failure("The portal could not be prepared; the reason is above.")


def to_the_end(signals: Signals, command: list[str], environment: Mapping[str, str]) -> int:
    """Run a command in the foreground and return its exit code; raises `Stopped` after a request to stop.

    The command shares the terminal, so Ctrl-C reaches it too; TERM is passed on. It dies with this process.
    """
    process = subprocess.Popen(
        command,
        env=dict(environment),
        cwd=CHECKOUT,
        preexec_fn=processes.dying_with(os.getpid(), signal.SIGTERM),
    )
    try:
        while process.poll() is None:
            signals.pause(1)
            signals.check()
    except Stopped:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        raise
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return process.returncode


def web_server(here: Places, environment: Mapping[str, str], *, listening: Listening) -> Service:
    """Return the web server: the code is loaded once and shared by two workers of four threads."""
    command = [
        *(sys.executable, "-m", "gunicorn", "kunming_portal.wsgi", "--preload", "--no-control-socket"),
        *("--bind", f"{listening.host}:{listening.port}"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--graceful-timeout", "5"),
    ]
    return Service("Web server", command, environment, CHECKOUT, here.logs / "web.log")


def worker(here: Places, environment: Mapping[str, str]) -> Service:
    """Return the Celery worker under its watcher; with one host there is nobody to gossip with.

    Three processes: a long drain and a slow mail server leave one for the timers.
    """
    command = [
        *(sys.executable, "manage.py", "watch_worker", "--", "--concurrency", "3"),
        *("--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
    return Service("Celery worker", command, environment, CHECKOUT, here.logs / "worker.log")


def beat(here: Places, environment: Mapping[str, str]) -> Service:
    """Return Celery's beat, the heartbeat of the deadlines."""
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "kunming_portal",
        "beat",
        "--loglevel",
        "INFO",
        "--pidfile",
        "",
    ]
    return Service("Celery beat", command, environment, CHECKOUT, here.logs / "beat.log")


def answers(listening: Listening) -> bool:
    """Return whether the web server answers; refuses (`Failure`) when all it has is an error."""
    host = "127.0.0.1" if listening.host == "0.0.0.0" else listening.host
    line = http.client.HTTPConnection(host, listening.port, timeout=30)
    try:
        line.request("GET", "/")
        status = line.getresponse().status
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
    if status >= 500:
        raise Failure(
            f"The web server answers with error {status}; its log says why: logs/web.log in the data folder."
        )
    return True


def way_in(here: Places, listening: Listening) -> str:
    """Return the closing text: address, demonstration accounts, logs, how to stop."""
    accounts = here.root / "accounts"
    shown = accounts.read_text(encoding="utf-8").rstrip() if accounts.exists() else ""
    parts = [f"Open {listening.address}", shown, f"Logs: {here.logs}", "Ctrl-C stops everything."]
    return "\n".join(part for part in parts if part)


def running_environment(folder: Path) -> dict[str, str]:
    """Return the variables of the portal that runs with this data folder.

    Refuses (`Failure`) when none runs and neither DATABASE_URL is given.
    """
    here = places.prepare(folder)
    try:
        lines = here.environment.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        if servers.given("DATABASE_URL"):
            return dict(os.environ)
        raise Failure("The portal does not run; start it with `make run`, or set DATABASE_URL.") from error
    return os.environ | dict(_assignments(lines))


def _assignments(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield name and value of each `export NAME=value` line."""
    for line in lines:
        name, _, value = shlex.split(line)[1].partition("=")
        yield name, value


def reset() -> int:
    """Delete the embedded servers' data. Refuses (`Failure`) while the portal runs or DATABASE_URL is set."""
    if servers.given("DATABASE_URL"):
        raise Failure(
            "DATABASE_URL is set: `reset` deletes embedded data only; empty your own database yourself."
        )
    here = places.prepare(places.wanted())
    with places.held(here.root):
        processes.end_left_over(here.children)
        places.delete(here)
    say(f"Deleted the demonstration data in {here.root}.")
    return 0
