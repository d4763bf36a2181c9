"""A file's name as it may be shown and sent: no path, no hidden characters, not too long. Pure."""

import re
import unicodedata
from pathlib import PurePosixPath

from kunming_portal.attachments.limits import NAME_LENGTH

# Control characters, marks that turn the direction of writing, unassigned and private ones
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
RESERVED = re.compile(r'[<>:"|?*]')


def clean(name: str, *, ending: str, otherwise: str) -> str:
    """Return the name without path and hidden characters, at most `NAME_LENGTH` long, ending as its content does.

    The ending a file claims is replaced by `ending` (`.jpg`), so that no name lies. Without anything left the
    file is called `otherwise`.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(" " if char.isspace() else char for char in last)
    seen = "".join(char for char in seen if unicodedata.category(char) not in HIDDEN)
    seen = " ".join(RESERVED.sub("", seen).split())
    stem = _stem(seen).strip(" .")
    return f"{stem[: NAME_LENGTH - len(ending)].rstrip(' .') or otherwise}{ending}"


def shown(name: str) -> str:
    """Return a name as a refusal quotes it: cleaned, with the ending it claims, shortened in the middle."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = " ".join("".join(c for c in last if unicodedata.category(c) not in HIDDEN).split())
    return seen if len(seen) <= 40 else f"{seen[:24]}…{seen[-12:]}"


def _stem(name: str) -> str:
    """Return the name without the ending it claims; what follows a dot and is long or has blanks is no ending."""
    suffix = PurePosixPath(name).suffix
    return name[: -len(suffix)] if 1 < len(suffix) <= 6 and " " not in suffix else name
