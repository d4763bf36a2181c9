"""How files and their rows lie in the database: sealed, for they may hold people's telephones and names."""

import base64
import json
from typing import Any

from kunming_portal.encryption import cipher

FILE_CONTEXT = "spreadsheets.importfile.content"
ROW_CONTEXT = "spreadsheets.importrow.kept"

_as_json = json.JSONEncoder(ensure_ascii=False).encode


def seal_file(content: bytes) -> str:
    """Return the bytes of a file as they are kept."""
    return cipher.encrypt(base64.b64encode(content).decode(), context=FILE_CONTEXT)


def open_file(kept: str) -> bytes:
    """Return the bytes that `seal_file` has kept."""
    return base64.b64decode(cipher.decrypt(kept, context=FILE_CONTEXT))


def seal_row(values: dict[str, Any], changes: list[list[Any]]) -> str:
    """Return the packed values of a row, and what they change, as they are kept."""
    return cipher.encrypt(_as_json([values, changes]), context=ROW_CONTEXT)


def open_row(kept: str) -> tuple[dict[str, Any], list[list[Any]]]:
    """Return what `seal_row` has kept: values, and changes as name, from, to."""
    values, changes = json.loads(cipher.decrypt(kept, context=ROW_CONTEXT))
    return values, changes
