"""The components of a page as template tags: plain values in, one template each (interface.md §4).

Load with `{% load portal %}`. Tags that show moments read `now` from the context: the view sets it.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.forms.boundfield import BoundField
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from kunming_portal.ui import icons, moments, parts, spans, widgets

register = template.Library()

LIGHTS = ("normal", "soon", "over", "hold", "closed", "wait")
MACHINE_VALUE = re.compile(r"[\w.:+-]*", re.ASCII)
UNIT_MARKS = {"lead": "is-lead", "assist": "is-assist", "suggested": "is-maybe", "out": "is-out", "": ""}


# -- pictures -----------------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """`{% icon "bell" %}`: an inline picture; an unknown name is an error."""
    extra = "kp-whistle" if name == "whistle" else ""
    return icons.draw(name, css=" ".join(part for part in (extra, "kp-icon", css) if part))


@register.simple_tag
def mark() -> SafeString:
    """`{% mark %}`: the portal's own sign."""
    return icons.draw("mark", css="kp-mark")


@register.simple_tag
def shape(light: str) -> SafeString:
    """`{% shape "soon" %}`: the bare shape of a light; a word must stand beside it."""
    return icons.draw(f"light-{checked(light)}", css=f"kp-shape is-{light}")


# -- lights -------------------------------------------------------------------------------------
@register.inclusion_tag("ui/light.html")
def light(state: str, word: str = "", pill: bool = False) -> dict[str, Any]:
    """`{% light "soon" %}`, `{% light state word pill=True %}`: colour, shape and word together."""
    return {
        "state": checked(state),
        "word": word or light_word(state),
        "drawing": icons.draw(f"light-{state}", css=""),
        "pill": pill,
    }


@register.filter
def light_word(state: str) -> str:
    """`{{ state|light_word }}`: the usual word of a light."""
    return {
        "normal": pgettext("light", "On track"),
        "soon": pgettext("light", "Due soon"),
        "over": pgettext("light", "Overdue"),
        "hold": pgettext("light", "On hold"),
        "closed": pgettext("light", "Closed"),
        "wait": pgettext("light", "Not yet its turn"),
    }[checked(state)]


def checked(state: str) -> str:
    """Return the light; refuses one that does not exist, so that a typing error shows at once."""
    if state not in LIGHTS:
        raise ValueError(f"There is no light {state!r}.")
    return state


# -- time ---------------------------------------------------------------------------------------
@register.filter
def time_left(minutes: int, unit: spans.Unit = "working") -> str:
    """`{{ minutes|time_left }}`, `{{ minutes|time_left:"natural" }}`: 2 d 5 h left, 19 min overdue."""
    return spans.left_text(minutes, unit)


@register.filter
def span(minutes: int, unit: spans.Unit = "working") -> str:
    """`{{ minutes|span }}`: the bare length, 2 d 5 h."""
    return spans.span_text(minutes, unit)


@register.simple_tag
def time_left_html(minutes: int, unit: spans.Unit = "working", per_day: int = 420) -> SafeString:
    """`{% time_left_html minutes unit="natural" %}`: the same with every figure in <b>."""
    return spans.span_html(minutes, unit, per_day=per_day, tense=spans.tense_of(minutes))


@register.inclusion_tag("ui/span_number.html")
def span_number(
    minutes: int, unit: spans.Unit = "working", per_day: int = 420, most: int = 3
) -> dict[str, Any]:
    """`{% span_number minutes %}`: figures large, units small, up to three units."""
    return {"parts": spans.format_span(minutes, unit, per_day=per_day, most=most)}


@register.simple_tag(takes_context=True)
def moment(context: Context, value: dt.datetime) -> str:
    """`{% moment due_at %}`: today 17:00, Fri 17:00, 1 Dec 17:00."""
    return moments.moment(value, context["now"])


@register.simple_tag(takes_context=True)
def brief_moment(context: Context, value: dt.datetime) -> str:
    """`{% brief_moment signed_at %}`: 10:05 today, 20日 10:05 this month."""
    return moments.brief(value, context["now"])


@register.simple_tag(takes_context=True)
def day_head(context: Context, value: dt.datetime | dt.date) -> str:
    """`{% day_head day %}`: today 25 Nov, Wed."""
    return moments.day(value, context["now"])


@register.filter
def clock(value: dt.datetime) -> str:
    """`{{ at|clock }}`: 09:12."""
    return moments.clock(value)


@register.simple_tag(takes_context=True)
def due(
    context: Context,
    state: str | parts.Due,
    left: int | None = None,
    at: dt.datetime | None = None,
    end: bool = False,
    unit: spans.Unit = "working",
    word: str = "",
    used: float | None = None,
) -> SafeString:
    """`{% due case.due %}` with a parts.Due, or `{% due "soon" left=46 at=due_at end=True used=81 %}`.

    Built here and not in a template, like `unit_chip`: a list draws it fifty times.
    """
    if isinstance(state, parts.Due):
        value = state
    else:
        value = parts.Due(light=state, minutes=left, at=at, unit=unit, word=word, used=used)  # type: ignore[arg-type]
    extra = f"{' is-end' if end else ''}{' is-provisional' if value.provisional else ''}"
    moment = moments.moment(value.at, context["now"]) if value.at else ""
    return format_html(
        '<div class="kp-due is-{}{}"><span class="kp-due-left">{}<span>{}</span></span>{}</div>{}',
        checked(value.light),
        extra,
        shape(value.light),
        due_words(value),
        due_at(moment, provisional=value.provisional) if moment else "",
        minibar(value.used, value.light) if value.used is not None else "",
    )


def due_at(moment: str, *, provisional: bool) -> SafeString:
    """Return the second line of a due date: the moment, and that it waits for the notice of its year."""
    word = format_html(' <span class="kp-tag">{}</span>', gettext("provisional")) if provisional else ""
    return format_html('<span class="kp-due-at">{}{}</span>', moment, word)


def due_words(value: parts.Due) -> str:
    """Return the first line of a due date: the length in its sentence, or the word alone."""
    if value.minutes is None:
        return value.word or light_word(value.light)
    tense = value.tense or spans.tense_of(value.minutes)
    return spans.span_html(value.minutes, value.unit, per_day=value.per_day, tense=tense)


@register.simple_tag
def minibar(percent: float, state: str = "normal") -> SafeString:
    """`{% minibar 81 "soon" %}`: how much of the limit is gone; more than all is all."""
    return format_html(
        '<svg class="kp-minibar is-{}" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"'
        ' focusable="false"><rect width="{}" height="4"/></svg>',
        checked(state),
        f"{min(max(percent, 0), 100):.0f}",
    )


@register.inclusion_tag("ui/ruler.html")
def ruler(value: parts.Ruler) -> dict[str, Any]:
    """`{% ruler ruler %}`: one cell a working day, rest days thin (parts.Ruler)."""
    return {"ruler": value, "state": checked(value.light)}


@register.inclusion_tag("ui/worksheet.html")
def worksheet(
    lines: Sequence[parts.WorksheetLine], caption: str = "", note: str = "", url: str = "", link: str = ""
) -> dict[str, Any]:
    """`{% worksheet lines caption note url link %}`: how the limit was computed, line by line."""
    return {"lines": lines, "caption": caption, "note": note, "url": url, "link": link}


# -- where a case stands ------------------------------------------------------------------------
@register.inclusion_tag("ui/steps.html")
def steps(cells: Iterable[parts.Step], state: str = "lake") -> dict[str, Any]:
    """`{% steps cells "soon" %}`: the way of a case; the state colours the present cell."""
    return {"cells": cells, "state": state}


@register.inclusion_tag("ui/tier.html")
def tier(level: int, label: str) -> dict[str, Any]:
    """`{% tier 2 label %}`: how far the whistle carries, one to three bars and its name."""
    bars = [
        {"x": "0", "y": "9", "height": "5"},
        {"x": "6.5", "y": "5", "height": "9"},
        {"x": "13", "y": "1", "height": "13"},
    ]
    return {"bars": [bar | {"on": at < level} for at, bar in enumerate(bars)], "label": label}


@register.simple_tag
def unit_chip(sign: str, name: str, role: parts.UnitRole = "", note: str = "") -> SafeString:
    """`{% unit_chip "水" name "lead" %}`: roles lead, assist, suggested, out; `note` stands quiet behind."""
    word = unit_role(role)
    return format_html(
        '<span class="kp-org"><span class="kp-org-mark {}" aria-hidden="true">{}</span><span>{}{}{}</span></span>',
        UNIT_MARKS[role],
        sign[:1],
        name,
        format_html('<span class="visually-hidden"> {}</span>', word) if word else "",
        format_html(' <span class="kp-quiet">{}</span>', note) if note else "",
    )


def unit_role(role: str) -> str:
    """Return the word a screen reader says for the square."""
    return {
        "lead": gettext("Lead"),
        "assist": gettext("Assisting"),
        "suggested": gettext("Suggested"),
        "out": gettext("Withdrawn"),
    }.get(role, "")


# -- figures, ways, lists -----------------------------------------------------------------------
@register.inclusion_tag("ui/stat.html")
def stat(
    number: int | str | None,
    label: str,
    unit: str = "",
    fraction: str = "",
    light: str = "",
    url: str = "",
) -> dict[str, Any]:
    """`{% stat 6 label unit=unit fraction="682 / 730" light="over" url=url %}`: "–" when there is none."""
    drawing = icons.draw(f"light-{checked(light)}", css="") if light else ""
    shown = "–" if number is None or number == "" else number
    return {
        "number": shown,
        "label": label,
        "unit": unit,
        "fraction": fraction,
        "light": light,
        "drawing": drawing,
        "url": url,
    }


@register.inclusion_tag("ui/crumbs.html")
def crumbs(ways: Sequence[parts.Crumb]) -> dict[str, Any]:
    """`{% crumbs ways %}`: the divisions from the city down to here."""
    return {"ways": ways}


@register.inclusion_tag("ui/moves.html")
def moves(value: parts.Moves) -> dict[str, Any]:
    """`{% moves moves %}`: what I may do, then what is not possible yet and why."""
    return {"moves": value}


@register.inclusion_tag("ui/movebar.html")
def movebar(value: parts.Moves) -> dict[str, Any]:
    """`{% movebar moves %}`: the one move at the bottom of a phone, and the way to the others."""
    return {"moves": value}


@register.inclusion_tag("ui/empty.html")
def empty(title: str, text: str = "", url: str = "", label: str = "") -> dict[str, Any]:
    """`{% empty title text url label %}`: why a list is empty and where to go."""
    return {"title": title, "text": text, "url": url, "label": label}


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(context: Context, page: parts.KeyPage) -> dict[str, Any]:
    """`{% pager page %}`: on and back by key; every other parameter of the address stays."""
    request = context["request"]
    return {
        "next_url": address(request.GET, page, page.next_name, page.next_key),
        "previous_url": address(request.GET, page, page.previous_name, page.previous_key),
    }


def address(query: Any, page: parts.KeyPage, name: str, key: str) -> str:
    """Return the query string that leads to the key, or nothing where the list ends."""
    if not key:
        return ""
    there = query.copy()
    for old in (page.next_name, page.previous_name):
        there.pop(old, None)
    there[name] = key
    return f"?{there.urlencode()}"


# -- forms --------------------------------------------------------------------------------------
@register.simple_tag
def widget(field: BoundField) -> SafeString:
    """`{% widget form.reason %}`: the control alone, dressed for the portal."""
    return widgets.render(field)


@register.filter
def is_tiles(field: BoundField) -> bool:
    """`{% if field|is_tiles %}`: a group of tiles needs a fieldset."""
    return widgets.is_tiles(field)


@register.filter
def is_question(label: str) -> bool:
    """`{% if field.label|is_question %}`: a question mark takes no colon after it."""
    return str(label).endswith(("?", "？"))


@register.filter
def longest(field: BoundField) -> int | None:
    """`{{ field|longest }}`: the longest length a text may have, where a counter is shown."""
    return widgets.counts(field)


@register.filter
def kept_texts(fields: Sequence[tuple[str, str]]) -> list[str]:
    """`{{ fields|kept_texts }}`: the values of a post that a person wrote; keys, numbers and dates are left out."""
    return [value for _name, value in fields if value.strip() and not MACHINE_VALUE.fullmatch(value)]


@register.simple_tag
def tag(word: str, kind: str = "") -> SafeString:
    """`{% tag word "now" %}`: a small label; kinds now, gold, lake."""
    return format_html('<span class="kp-tag{}">{}</span>', f" is-{kind}" if kind else "", word)
