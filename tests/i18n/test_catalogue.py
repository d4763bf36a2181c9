"""The Chinese catalogue is complete, current and compiled; the reader of the sources finds what people read."""

import polib
import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils.translation import gettext, override

from kunming_portal.ui import catalogue
from kunming_portal.ui.catalogue import Sentence

PATH = settings.BASE_DIR / catalogue.CATALOGUE


def test_the_catalogue_is_complete_and_current() -> None:
    """Nothing missing, stale, empty, fuzzy, obsolete, and no placeholder lost. `make messages` repairs it."""
    assert catalogue.faults(catalogue.read(PATH), catalogue.collect(settings.BASE_DIR)) == []


def test_the_committed_binary_is_the_compiled_text() -> None:
    assert PATH.with_suffix(".mo").read_bytes() == catalogue.compiled(catalogue.read(PATH))


def test_django_reads_it() -> None:
    with override("zh-hans"):
        assert gettext("Simplified Chinese") == "简体中文"
        assert gettext("Select a lookup.") == "请选择查询方式。"


def test_no_sentence_stands_twice() -> None:
    keys = [(entry.msgctxt, entry.msgid) for entry in catalogue.read(PATH)]
    assert len(keys) == len(set(keys))


def test_python_is_read_as_code() -> None:
    text = """
_("one " "sentence")
translation.gettext("by module")
ngettext("%(n)d case", "%(n)d cases", n)
pgettext("verb", "close")
_(computed)
other("not a sentence")
# _("a comment")
"""
    assert set(catalogue.in_python(text)) == {
        Sentence("one sentence"),
        Sentence("by module"),
        Sentence("%(n)d case", plural="%(n)d cases"),
        Sentence("close", context="verb"),
    }


def test_templates_are_read_with_djangos_own_rules() -> None:
    text = """{% load i18n %}
{% translate "plain" %} {% translate "it's quoted" %} {% translate "close" context "verb" %}
{% blocktranslate trimmed with who=user.name %}
  Signed in
  as {{ who }}
{% endblocktranslate %}
{% blocktranslate count n=total %}{{ n }} case{% plural %}{{ n }} cases{% endblocktranslate %}
{% include "x.html" with label=_("in a tag") %} {{ value|default:_("in a filter") }}
{# translate "a comment" #}"""
    assert set(catalogue.in_template(text)) == {
        Sentence("plain"),
        Sentence("it's quoted"),
        Sentence("close", context="verb"),
        Sentence("Signed in as %(who)s"),
        Sentence("%(n)s case", plural="%(n)s cases"),
        Sentence("in a tag"),
        Sentence("in a filter"),
    }


def book(*entries: polib.POEntry) -> polib.POFile:
    made = polib.POFile()
    made.extend(entries)
    return made


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (polib.POEntry(msgid="a", msgstr=""), "untranslated"),
        (polib.POEntry(msgid="b", msgstr="乙"), "stale"),
        (polib.POEntry(msgid="a", msgstr="甲", flags=["fuzzy"]), "fuzzy"),
        (polib.POEntry(msgid="a", msgstr="甲 %(x)s"), "placeholders"),
    ],
)
def test_faults_are_found(entry: polib.POEntry, fault: str) -> None:
    assert any(fault in line for line in catalogue.faults(book(entry), [Sentence("a")]))


def test_merging_keeps_adds_and_drops() -> None:
    held = book(polib.POEntry(msgid="kept", msgstr="留"), polib.POEntry(msgid="stale", msgstr="旧"))
    catalogue.merge(held, [Sentence("kept"), Sentence("new")])
    assert {entry.msgid: entry.msgstr for entry in held} == {"kept": "留", "new": ""}


def test_the_check_agrees() -> None:
    call_command("compile_catalogue", check=True)
