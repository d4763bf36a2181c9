"""`make faults`: does every deadline ring once, in time, whatever breaks? Exit code 1 when not.

    make faults                                            everything, under half an hour; writes docs/reliability.md
    make faults ARGS="--only F01,F05 --minutes 2 --seed 7" some faults
    make faults ARGS="--short"                             a minute and a half, as in `make test`
    make faults ARGS="--broken"                            only the engine broken on purpose, which must be caught

Needs Linux. All servers are its own, in a temporary folder: no address of another database is ever used.
"""

import os
import signal
import socket
import subprocess
import sys

from kunming_portal.embedded import postgres, processes, throwaway, valkey
from kunming_portal.embedded.places import CHECKOUT, Places


def main() -> int:
    """Make the folder of the servers, let the conductor run in it, and delete it."""
    if sys.platform != "linux":
        sys.exit("make faults needs Linux: it looks into /proc to find its victims.")
    with throwaway.temporary() as here, socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        postgres.service(here)  # makes the data folder, and with it the password
        command = [sys.executable, "-m", "tests.faults.conducting", *sys.argv[1:]]
        conductor = subprocess.Popen(
            command,
            env=environment(here, listener),
            cwd=CHECKOUT,
            pass_fds=[listener.fileno()],
            preexec_fn=processes.dying_with(os.getpid(), signal.SIGTERM),
        )
        try:
            return conductor.wait()
        except KeyboardInterrupt:
            return conductor.wait()
        finally:
            keep_logs(here)


def environment(here: Places, listener: socket.socket) -> dict[str, str]:
    """Return the variables of the conductor and all it starts."""
    return os.environ | {
        "DATABASE_URL": postgres.url(here),
        "REDIS_URL": valkey.url(here),
        "MODE": "test",
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        "MEDIA_ROOT": str(here.root / "media"),
        "FAULTS_FOLDER": str(here.root),
        "FAULTS_CONTROL": str(here.root / "control"),
        "FAULTS_SMTP": str(listener.getsockname()[1]),
        "FAULTS_LISTENER": str(listener.fileno()),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
    }


def keep_logs(here: Places) -> None:
    """Copy the logs to the folder FAULTS_LOGS names, if it does."""
    wanted = os.environ.get("FAULTS_LOGS")
    if wanted:
        subprocess.run(["cp", "-r", f"{here.logs}/.", wanted], check=False)


if __name__ == "__main__":
    sys.exit(main())
