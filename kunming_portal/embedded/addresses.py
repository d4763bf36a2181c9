"""Checks DATABASE_URL and REDIS_URL: whatever is wrong becomes one sentence that names the variable."""

import environ
import psycopg2
import redis

from kunming_portal.embedded.binaries import OLDEST_POSTGRES
from kunming_portal.embedded.failures import Failure

SECONDS = 5
UNSUITABLE = ("C", "POSIX")


def check_database(url: str) -> None:
    """Connect once (at most 5 s an address) and look at version, encoding and character classes.

    Refuses (`Failure`) an address that is none, a server that does not answer or refuses the sign-in,
    PostgreSQL older than 15, a database not in UTF8, and one whose lc_ctype is C: the search in Chinese
    finds nothing there (dependencies: trap 2). The sentence never holds the password.
    """
    where = connecting(url)
    try:
        connection = psycopg2.connect(**where, connect_timeout=SECONDS)
    except (psycopg2.Error, UnicodeError) as error:
        raise Failure(f"DATABASE_URL does not lead to a working database: {_first(str(error))}.") from error
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version_num')::int / 10000,"
                " pg_encoding_to_char(encoding), datctype FROM pg_database WHERE datname = current_database()"
            )
            major, encoding, characters = cursor.fetchone() or (0, "", "")
    finally:
        connection.close()
    if major < OLDEST_POSTGRES:
        raise Failure(
            f"DATABASE_URL leads to PostgreSQL {major}; the portal needs {OLDEST_POSTGRES} or newer."
        )
    if encoding != "UTF8" or characters in UNSUITABLE:
        raise Failure(
            f"DATABASE_URL leads to a database with encoding {encoding} and lc_ctype {characters}, which "
            "cannot search Chinese; make one with createdb -T template0 --encoding=UTF8 --locale=C.UTF-8."
        )


def check_redis(url: str) -> None:
    """Ask the server for an answer once. Refuses (`Failure`) what is no address or does not answer."""
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise Failure("REDIS_URL must begin with redis://, rediss:// or unix://.")
    try:
        client = redis.Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS)
        client.ping()
        client.close()
    except (redis.RedisError, OSError, ValueError) as error:
        raise Failure(f"REDIS_URL does not lead to a working server: {_first(str(error))}.") from error


def connecting(url: str) -> dict[str, str]:
    """Return psycopg2's arguments for the address, parsed as the settings parse it. Refuses (`Failure`)."""
    if not url.startswith(("postgres://", "postgresql://")):
        raise Failure(
            "DATABASE_URL must begin with postgres://, as in postgres://user:secret@host:5432/name."
        )
    try:
        config = environ.Env.db_url_config(url)
    except Exception as error:  # the library raises whatever its parsers raise
        raise Failure("DATABASE_URL is not an address like postgres://user:secret@host:5432/name.") from error
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "NAME": "dbname"}
    arguments = {name: str(config[key]) for key, name in names.items() if config.get(key)}
    if "dbname" not in arguments:
        raise Failure("DATABASE_URL names no database; it looks like postgres://user:secret@host:5432/name.")
    return arguments | {str(key): str(value) for key, value in config.get("OPTIONS", {}).items()}


def _first(message: str) -> str:
    """Return the first line of a library's message without its full stop."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else "it gave no reason"
