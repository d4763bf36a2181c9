"""The catalogue of sentences: found in the sources, kept as .po, compiled to .mo - without gettext's tools.

Python is read as a syntax tree, templates through Django's own translation to pseudo-code. Third-party
sentences that people can meet are listed in `foreign_sentences.py`.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polib
from django.utils.translation.template import templatize

# Where people's sentences stand; tests and migrations hold none
SOURCES = ("kunming_portal", "whistle", "communities", "alliances", "property_services", "templates")
LEFT_OUT = frozenset({"migrations", "locale", "__pycache__"})
CATALOGUE = Path("kunming_portal/locale/zh_Hans/LC_MESSAGES/django.po")

# Name of the call -> places of context, sentence, plural among its arguments
_CALLS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
_TEMPLATE_CALL = re.compile(r"(?<![\w.])(_|n?p?gettext)\(")
_LITERAL = re.compile(r"""\s*u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*,?""", re.DOTALL)
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd%]|\{\w*\}")
HEADER = {
    "Project-Id-Version": "kunming-portal",
    "Language": "zh_Hans",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}


@dataclass(frozen=True, order=True)
class Sentence:
    """One sentence of the sources; equal ones are one entry of the catalogue."""

    msgid: str
    plural: str = ""
    context: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What makes an entry of a catalogue."""
        return self.context, self.msgid


def collect(root: Path) -> set[Sentence]:
    """Return every sentence of the sources below `root`. About a second."""
    found: set[Sentence] = set()
    for path in _files(root):
        text = path.read_text(encoding="utf-8")
        found |= set(in_python(text) if path.suffix == ".py" else in_template(text))
    return found


def in_python(text: str) -> Iterator[Sentence]:
    """Yield the sentences of translation calls with literal arguments."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in _CALLS:
            literals = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
            yield from _sentence(name, literals)


def in_template(text: str) -> Iterator[Sentence]:
    """Yield the sentences of a template: translate, blocktranslate, `_("…")` in tags and filters."""
    code = templatize(text)
    for call in _TEMPLATE_CALL.finditer(code):
        literals: list[object] = []
        place = call.end()
        while literal := _LITERAL.match(code, place):
            literals.append(ast.literal_eval(literal[1]))
            place = literal.end()
        yield from _sentence(call[1], literals)


def merge(catalogue: polib.POFile, sentences: Iterable[Sentence]) -> None:
    """Bring the catalogue to the sentences: new ones in, to be translated, and stale ones out.

    A translation that stands already stays; no entry is left fuzzy or obsolete. Sorted by sentence.
    """
    kept = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue if not entry.obsolete}
    catalogue.clear()
    for sentence in sorted(set(sentences)):
        catalogue.append(_entry(sentence, kept.get(sentence.key)))
    catalogue.metadata = dict(HEADER)


def faults(catalogue: polib.POFile, sentences: Iterable[Sentence]) -> list[str]:
    """Return what is wrong with a catalogue, one line each: missing, stale, empty, fuzzy, placeholders."""
    wanted = {sentence.key for sentence in sentences}
    known = {(entry.msgctxt or "", entry.msgid) for entry in catalogue if not entry.obsolete}
    found = [f"missing: {msgid!r}" for _context, msgid in sorted(wanted - known)]
    found += [f"stale: {msgid!r}" for _context, msgid in sorted(known - wanted)]
    for entry in catalogue:
        if entry.obsolete or entry.fuzzy:
            found.append(f"obsolete or fuzzy: {entry.msgid!r}")
        elif not is_translated(entry):
            found.append(f"untranslated: {entry.msgid!r}")
        elif placeholders(_form(entry)) != placeholders(entry.msgid_plural or entry.msgid):
            found.append(f"other placeholders: {entry.msgid!r}")
    return found


def is_translated(entry: polib.POEntry) -> bool:
    """Whether the entry says something in every form."""
    return all(entry.msgstr_plural.values()) if entry.msgstr_plural else bool(entry.msgstr)


def placeholders(text: str) -> list[str]:
    """Return the places to be filled, in a fixed order."""
    return sorted(_PLACEHOLDER.findall(text))


def read(path: Path) -> polib.POFile:
    """Return a catalogue, or an empty one where there is no file. Lines are never wrapped."""
    if path.exists():
        return polib.pofile(str(path), wrapwidth=0)
    return polib.POFile(wrapwidth=0)


def compiled(catalogue: polib.POFile) -> bytes:
    """Return the .mo file of a catalogue."""
    content: bytes = catalogue.to_binary()
    return content


def _entry(sentence: Sentence, source: polib.POEntry | None) -> polib.POEntry:
    entry = polib.POEntry(msgid=sentence.msgid, msgctxt=sentence.context or None)
    if sentence.plural:
        entry.msgid_plural = sentence.plural
        entry.msgstr_plural = {0: _form(source)}
    else:
        entry.msgstr = _form(source)
    if "%(" in sentence.msgid or "%s" in sentence.msgid or "%d" in sentence.msgid:
        entry.flags = ["python-format"]
    return entry


def _form(source: polib.POEntry | None) -> str:
    if source is None:
        return ""
    return str(source.msgstr_plural.get(0, "") if source.msgstr_plural else source.msgstr)


def _sentence(name: str, literals: Sequence[object]) -> Iterator[Sentence]:
    context, msgid, plural = _CALLS[name]
    wanted = [
        None if place is None or place >= len(literals) else literals[place]
        for place in (msgid, plural, context)
    ]
    if isinstance(wanted[0], str) and wanted[0]:
        yield Sentence(*(text if isinstance(text, str) else "" for text in wanted))


def _files(root: Path) -> Iterator[Path]:
    for source in SOURCES:
        for path in sorted((root / source).rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and not LEFT_OUT & set(path.parts):
                yield path
