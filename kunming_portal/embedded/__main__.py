"""The command line: `python -m kunming_portal.embedded run | exec -- CMD | manage ARGS | reset`."""

import argparse
import os
import sys

from kunming_portal.embedded import places, portal, throwaway
from kunming_portal.embedded.failures import Failure

DESCRIPTION = """\
The portal with embedded PostgreSQL and Valkey, for demonstration, development and tests.

Variables: DATA (data folder, default var/), PORT (8000), BIND (127.0.0.1), MODE (demonstration),
DATABASE_URL and REDIS_URL (use these servers instead of embedded ones)."""


def main(arguments: list[str]) -> int:
    """Run one command and return the exit code; what the operator can put right is one sentence and 1."""
    parser = argparse.ArgumentParser(
        prog="python -m kunming_portal.embedded",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="start everything and keep it running")
    execute = commands.add_parser("exec", help="run a command with throw-away servers")
    execute.add_argument("rest", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    manage = commands.add_parser("manage", help="run manage.py in the portal that runs now")
    manage.add_argument("rest", nargs=argparse.REMAINDER, metavar="ARGUMENT")
    commands.add_parser("reset", help="delete the embedded servers' data")
    options = parser.parse_args(arguments)
    try:
        return _call(options)
    except Failure as failure:
        sentence = str(failure)
    except PermissionError as error:  # data made by root, then started by an ordinary user
        sentence = f"{error.filename} belongs to another user; start as that user, or set another DATA=."
    sys.stdout.flush()
    print(sentence, file=sys.stderr)
    return 1


def _call(options: argparse.Namespace) -> int:
    """Call the chosen command."""
    if options.command == "run":
        return portal.run()
    if options.command == "reset":
        return portal.reset()
    rest = options.rest[1:] if options.rest[:1] == ["--"] else options.rest
    if options.command == "exec":
        return throwaway.execute(rest)
    environment = portal.running_environment(places.wanted())
    return os.execve(sys.executable, [sys.executable, str(places.CHECKOUT / "manage.py"), *rest], environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
