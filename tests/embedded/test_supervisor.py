"""The supervisor: stops all it started, starts again what dies, and leaves nothing when it is killed."""

import os
import signal
from pathlib import Path

import psycopg2
import pytest
import redis

from kunming_portal.embedded import addresses, places, processes
from kunming_portal.embedded.failures import Failure
from tests.embedded.conftest import Sample, eventually, group_of, start_sample


def everything(sample: Sample) -> set[int]:
    """Return all processes of the sample, the sleeper's own child and the servers' included."""
    return set().union(*(group_of(pid) for pid in sample.pids.values()))


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if processes.command_line(pid)}


def works(url: str) -> bool:
    try:
        addresses.check_database(url)
    except Failure:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything(folder: Path, number: signal.Signals) -> None:
    sample = start_sample(folder)
    pids = everything(sample)
    assert len(pids) >= 4  # PostgreSQL, Valkey, the sleeper and its child
    sample.popen.send_signal(number)
    assert sample.stop() == 0
    assert alive(pids) == set()
    assert not (folder / "postgres" / "postmaster.pid").exists()  # shut down, not killed
    assert not (folder / "children").exists()


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_works_at_once(folder: Path) -> None:
    sample = start_sample(folder)
    pids = everything(sample)
    sample.popen.kill()
    sample.popen.wait()
    following = start_sample(folder)  # without waiting for the end of the others
    try:
        assert works(following.database_url)
        assert eventually(lambda: not alive(pids))
    finally:
        following.stop()
        assert sample.popen.stdout
        sample.popen.stdout.close()


def test_a_killed_postmaster_comes_back_with_its_data(sample: Sample) -> None:
    connection = psycopg2.connect(**addresses.connecting(sample.database_url))
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('昆明')")
    os.kill(sample.pids["database"], signal.SIGKILL)
    assert "ended with signal 9; it starts again in" in sample.listen_for("PostgreSQL ended")
    connection.close()
    assert eventually(lambda: works(sample.database_url))
    connection = psycopg2.connect(**addresses.connecting(sample.database_url))
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT word FROM kept")
        assert cursor.fetchall() == [("昆明",)]
    connection.close()


def test_a_killed_valkey_comes_back_with_its_data(sample: Sample) -> None:
    client = redis.Redis.from_url(sample.redis_url)
    client.set("kept", "yes")
    client.close()
    os.kill(sample.pids["broker"], signal.SIGKILL)
    sample.listen_for("Valkey ended")

    def answers() -> bool:
        try:
            addresses.check_redis(sample.redis_url)
        except Failure:
            return False
        return True

    assert eventually(answers)
    after = redis.Redis.from_url(sample.redis_url, decode_responses=True)
    assert after.get("kept") == "yes"
    after.close()


def test_a_dead_child_takes_its_own_children_along_and_is_started_again(sample: Sample) -> None:
    before = group_of(sample.pids["sleeper"])
    assert len(before) == 2
    os.kill(sample.pids["sleeper"], signal.SIGKILL)
    assert "starts again in 0.5 s" in sample.listen_for("Sleeper ended")
    assert eventually(lambda: not alive(before))
    record = sample.root / "children"
    assert eventually(lambda: record.read_text().count("pid") == 3)
    assert f'"pid": {sample.pids["sleeper"]},' not in record.read_text()


def test_one_data_folder_serves_one_portal(sample: Sample) -> None:
    with pytest.raises(Failure, match="already runs"), places.held(sample.root):
        pass


def test_a_stranger_with_a_recorded_process_id_is_left_alone(folder: Path) -> None:
    record = folder / "children"
    record.write_text(f'[{{"pid": {os.getpid()}, "identity": "another start", "gently": [15]}}]')
    processes.end_left_over(record)
    assert not record.exists()
