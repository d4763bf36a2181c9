"""The embedded PostgreSQL and Valkey behind `make run` and `make test`, and the supervisor of all processes.

For demonstration, development and tests; production brings its own servers through DATABASE_URL and
REDIS_URL. This package is the bottom layer: it reads no Django settings and imports nothing of the portal.
`python -m kunming_portal.embedded --help` lists the commands.
"""
