"""The command line: throw-away servers for a command, and one sentence for whatever is wrong."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from kunming_portal.embedded import addresses, places, portal, throwaway
from kunming_portal.embedded.failures import Failure
from tests.embedded.conftest import Sample


def command(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kunming_portal.embedded", *arguments],
        cwd=places.CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def left_over() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"{throwaway.PREFIX}{os.geteuid()}-*"))


SHOW = "import os; print(os.environ['MODE'], os.environ['DATABASE_URL'], os.environ['REDIS_URL'])"


def test_exec_gives_the_command_its_servers_and_takes_its_exit_code(environment: dict[str, str]) -> None:
    done = command(environment, "exec", "--", sys.executable, "-c", f"{SHOW}; raise SystemExit(7)")
    assert done.returncode == 7
    mode, database, broker = done.stdout.split()
    assert (mode, database.split(":")[0], broker.split(":")[0]) == ("test", "postgres", "unix")
    assert done.stdout.count("\n") == 1  # nothing after the command's own last line
    assert done.stderr == ""
    assert broker.split("/sockets")[0].removeprefix("unix://") not in map(str, left_over())


def test_exec_uses_addresses_that_are_given(environment: dict[str, str], shared: Sample) -> None:
    environment |= {"DATABASE_URL": shared.database_url, "REDIS_URL": shared.redis_url}
    done = command(environment, "exec", "--", sys.executable, "-c", SHOW)
    assert done.stdout.split() == ["test", shared.database_url, shared.redis_url]


def test_a_command_that_is_not_there_is_a_sentence(environment: dict[str, str], shared: Sample) -> None:
    environment |= {"DATABASE_URL": shared.database_url, "REDIS_URL": shared.redis_url}
    done = command(environment, "exec", "--", "no-such-command")
    assert (done.returncode, done.stderr) == (1, "There is no command no-such-command.\n")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://localhost/kunming", "must begin with postgres://"),
        ("postgres://localhost:1/kunming", "Connection refused"),
        ("postgres://portal:hunter2@localhost:1/kunming", "Connection refused"),
        ("postgres://nowhere.invalid/kunming", "could not translate host name"),
        ("postgres://localhost:port/kunming", "is not an address like"),
        ("postgres://localhost", "names no database"),
    ],
)
def test_a_wrong_database_url_is_one_sentence(environment: dict[str, str], url: str, sentence: str) -> None:
    with pytest.raises(Failure, match=sentence) as refused:
        addresses.check_database(url)
    assert "DATABASE_URL" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("which", ["run", "exec"])
def test_the_sentence_is_all_that_a_command_prints(
    environment: dict[str, str], which: str, folder: Path
) -> None:
    environment |= {
        "DATABASE_URL": "postgres://localhost:1/kunming",
        "DATA": str(folder),
        "PORT": str(free_port()),
    }
    done = command(environment, which, *(["--", "true"] if which == "exec" else []))
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "DATABASE_URL does not lead to a working database" in done.stderr


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://localhost", "must begin with redis://"),
        ("redis://localhost:1/0", "Connection refused"),
        ("unix:///nowhere/valkey.sock", "No such file"),
    ],
)
def test_a_wrong_redis_url_is_one_sentence(url: str, sentence: str) -> None:
    with pytest.raises(Failure, match=sentence) as refused:
        addresses.check_redis(url)
    assert "REDIS_URL" in str(refused.value)


def test_a_port_that_is_taken_or_no_port_is_a_sentence(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        with pytest.raises(Failure, match="choose another port with PORT="):
            portal.where_to_listen()
    for wrong in ("http", "0", "70000"):
        monkeypatch.setenv("PORT", wrong)
        with pytest.raises(Failure, match="must be a number from 1 to 65535"):
            portal.where_to_listen()


def test_reset_deletes_what_is_ours_and_nothing_else(
    environment: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA", str(folder))
    here = places.prepare(folder)
    here.cluster.mkdir()
    letter = folder / "letter.txt"
    letter.write_text("not ours")
    assert portal.reset() == 0
    assert list(folder.iterdir()) == [letter]


def test_reset_refuses_a_running_portal_and_a_database_of_your_own(
    shared: Sample, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA", str(shared.root))
    with pytest.raises(Failure, match="already runs"):
        portal.reset()
    monkeypatch.setenv("DATABASE_URL", shared.database_url)
    with pytest.raises(Failure, match="your own database"):
        portal.reset()


def test_manage_needs_a_running_portal_and_gets_its_addresses(
    environment: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Failure, match="does not run"):
        portal.running_environment(folder)
    here = places.prepare(folder)
    address = "postgres://kunming:a'b@//tmp/kunming"
    variables = portal.variables(here, database=address, broker="unix:///tmp/x?db=0")
    portal.remember_variables(here, variables)
    assert portal.running_environment(folder)["DATABASE_URL"] == address
    assert here.environment.stat().st_mode & 0o777 == 0o600


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def test_only_a_folder_nobody_is_about_to_hold_is_deleted(tmp_path: Path) -> None:
    fresh, old = (tmp_path / f"{throwaway.PREFIX}{os.geteuid()}-{name}" for name in ("fresh", "old"))
    for folder in (fresh, old):
        folder.mkdir()
    an_hour_ago = time.time() - 3600
    os.utime(old, (an_hour_ago, an_hour_ago))
    throwaway.delete_abandoned(tmp_path)
    assert (fresh.exists(), old.exists()) == (True, False)
