"""Every component renders what interface.md §4 asks for, and refuses what does not exist."""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from kunming_portal.ui import icons, parts, spans

Render = Callable[..., str]
KUNMING = ZoneInfo("Asia/Shanghai")
NOW = dt.datetime(2026, 11, 25, 10, 24, tzinfo=KUNMING)
FRIDAY = dt.datetime(2026, 11, 27, 17, 0, tzinfo=KUNMING)


def test_an_icon_is_inlined_and_hidden_from_screen_readers(render: Render) -> None:
    drawn = render('{% icon "bell" %}')
    assert drawn.startswith('<svg class="kp-icon" viewBox="0 0 16 16" aria-hidden="true"')
    assert "<path" in drawn


def test_our_own_pictures_are_there(render: Render) -> None:
    assert 'class="kp-whistle kp-icon"' in render('{% icon "whistle" %}')
    assert "kp-mark-pea" in render("{% mark %}")


def test_an_unknown_icon_is_an_error(render: Render) -> None:
    with pytest.raises(icons.UnknownIcon):
        render('{% icon "no-such-picture" %}')


@pytest.mark.parametrize("state", ["normal", "soon", "over", "hold", "closed", "wait"])
def test_a_light_has_colour_shape_and_word(render: Render, state: str) -> None:
    drawn = render("{% light state %}", state=state)
    assert f'class="kp-light is-{state}"' in drawn
    assert "<svg" in drawn
    assert drawn.split("</svg>")[1].removesuffix("</span>\n").strip()


def test_no_two_lights_share_a_shape_or_a_word(render: Render) -> None:
    drawn = [
        render("{% light state %}", state=state).replace(state, "") for state in ("normal", "soon", "over")
    ]
    assert len(set(drawn)) == 3


def test_a_light_takes_a_word_of_its_own_and_escapes_it(render: Render) -> None:
    assert "1 unit &lt;late&gt;" in render("{% light 'over' word pill=True %}", word="1 unit <late>")
    assert "is-pill" in render("{% light 'over' 'late' pill=True %}")


def test_an_unknown_light_is_an_error(render: Render) -> None:
    with pytest.raises(ValueError, match="no light"):
        render('{% light "purple" %}')


def test_due_shows_the_rest_and_the_moment(render: Render) -> None:
    due = parts.Due("soon", minutes=46, at=FRIDAY, used=81)
    drawn = render("{% due due end=True %}", due=due, now=NOW)
    assert 'class="kp-due is-soon is-end"' in drawn
    assert "<b>46</b> min left" in drawn
    assert "Fri 17:00" in drawn
    assert '<rect width="81"' in drawn


def test_due_takes_plain_values_too(render: Render) -> None:
    drawn = render('{% due "over" left=-19 at=at %}', at=FRIDAY, now=NOW)
    assert "<b>19</b> min overdue" in drawn


def test_due_says_provisional_and_ended(render: Render) -> None:
    waiting = parts.Due("wait", at=FRIDAY, provisional=True)
    ended = parts.Due("closed", minutes=540, tense=spans.Tense.TOOK)
    assert "is-provisional" in render("{% due due %}", due=waiting, now=NOW)
    assert "Took <b>1</b> d <b>2</b> h" in render("{% due due %}", due=ended, now=NOW)


def test_a_minibar_never_leaves_its_frame(render: Render) -> None:
    assert '<rect width="100"' in render('{% minibar 130 "over" %}')
    assert '<rect width="0"' in render("{% minibar -5 %}")


def test_time_filters_and_tags(render: Render) -> None:
    source = "{{ 1176|time_left }}, {{ 1500|span:'natural' }}, {% moment at %}, {{ at|clock }}"
    assert render(source, at=FRIDAY, now=NOW) == "2 d 5 h left, 1 d 1 h, Fri 17:00, 17:00"
    assert "2<small>d</small> 5<small>h</small> 36<small>min</small>" in render("{% span_number 1176 %}")


def test_the_ruler_says_everything_in_one_sentence(render: Render) -> None:
    cells = [
        parts.RulerCell("rest"),
        parts.RulerCell("day", "23 Mon", used=100),
        parts.RulerCell("day", "today", used=20.5, now=20.5, is_today=True),
        parts.RulerCell("day", "27", tick=75),
    ]
    drawn = render("{% ruler ruler %}", ruler=parts.Ruler(cells, "five days, two used", due="Fri 17:00"))
    assert 'role="img" aria-label="five days, two used"' in drawn
    assert drawn.count('<span class="d') == 3
    assert '<rect class="now" x="20.5"' in drawn
    assert '<rect class="tick" x="75"' in drawn
    assert "kp-ruler-cap" in drawn


def test_steps_mark_the_present_one(render: Render) -> None:
    cells = [parts.Step("Blow", "done"), parts.Step("Handle", "now"), parts.Step("Close")]
    drawn = render('{% steps cells "soon" %}', cells=cells)
    assert '<ol class="kp-steps is-soon">' in drawn
    assert '<li class="now" aria-current="step">Handle</li>' in drawn


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_tier_lights_one_bar_a_level(render: Render, level: int) -> None:
    assert render("{% tier level 'whistle' %}", level=level).count('class="on"') == level


@pytest.mark.parametrize(
    ("role", "css"),
    [("lead", "is-lead"), ("assist", "is-assist"), ("suggested", "is-maybe"), ("out", "is-out")],
)
def test_a_unit_chip_tells_roles_by_its_square(render: Render, role: str, css: str) -> None:
    drawn = render("{% unit_chip '水务' name role %}", name="Water bureau", role=role)
    assert f'<span class="kp-org-mark {css}" aria-hidden="true">水</span>' in drawn
    assert "visually-hidden" in drawn


def test_a_stat_without_a_number_is_a_dash(render: Render) -> None:
    assert "–" in render("{% stat nothing 'On time' %}", nothing=None)
    drawn = render("{% stat 0 'Overdue' light='over' url='/x' fraction='0 / 730' %}")
    assert '<a class="kp-lamp" href="/x">' in drawn
    assert '<span class="kp-num">0</span>' in drawn
    assert "0 / 730" in drawn


def test_crumbs_link_only_what_is_in_scope(render: Render) -> None:
    ways = [parts.Crumb("Kunming"), parts.Crumb("Wuhua", "/w"), parts.Crumb("Daguan", "/d", current=True)]
    drawn = render("{% crumbs ways %}", ways=ways)
    assert "<span>Kunming</span>" in drawn
    assert '<a href="/d" aria-current="page">Daguan</a>' in drawn


def test_moves_show_one_red_thing_and_why_not(render: Render) -> None:
    moves = parts.Moves(
        allowed=[
            parts.Move("Press", "/press", "bell", primary=True, method="post"),
            parts.Move("Print", "/print", "printer"),
        ],
        refused=[parts.Refusal("Verify", "After the bureau has fed back")],
    )
    drawn = render("{% moves moves %}", moves=moves)
    assert drawn.count("btn-primary") == 1
    assert '<form class="kp-move kp-only-desk" method="post" action="/press">' in drawn
    assert "csrfmiddlewaretoken" in drawn
    assert "<b>Verify</b><span>After the bureau has fed back</span>" in drawn
    bar = render("{% movebar moves %}", moves=moves)
    assert bar.count("btn-primary") == 1
    assert 'href="#moves"' in bar


def test_moves_without_a_primary_still_lead_somewhere(render: Render) -> None:
    refused = parts.Moves(refused=[parts.Refusal(label="派单", reason="受理后可办。")])
    assert "btn-primary" not in render("{% movebar moves %}", moves=refused)
    assert 'href="#moves"' in render("{% movebar moves %}", moves=refused)
    assert not render("{% movebar moves %}", moves=parts.Moves()).strip()
    assert "Nothing to do for you" in render("{% moves moves %}", moves=parts.Moves())


def test_the_pager_keeps_the_filters_and_replaces_the_key(render: Render) -> None:
    page = parts.KeyPage(next_key="n1", previous_key="p1")
    drawn = render("{% pager page %}", "?light=over&light=soon&after=old", page=page)
    assert 'href="?light=over&amp;light=soon&amp;after=n1"' in drawn
    assert 'href="?light=over&amp;light=soon&amp;before=p1"' in drawn
    assert "<nav" not in render("{% pager page %}", page=parts.KeyPage())


def test_empty_says_why_and_where_to_go(render: Render) -> None:
    drawn = render("{% empty 'Nothing waits' 'It will appear here' '/all' 'All 86' %}")
    assert '<h2 class="kp-h3">Nothing waits</h2>' in drawn
    assert '<a href="/all">All 86</a>' in drawn


def test_the_worksheet_ends_in_its_sum(render: Render) -> None:
    lines = [
        parts.WorksheetLine("20 Fri", "not counted", "0"),
        parts.WorksheetLine("Used", "5 d", "15 h", is_sum=True),
    ]
    drawn = render("{% worksheet lines 'How' 'Rule 3' '/rules' 'All' %}", lines=lines)
    assert '<tr class="sum"><th scope="row">Used</th>' in drawn
    assert '<a href="/rules">All</a>' in drawn


def test_a_tag_is_a_word_in_a_frame(render: Render) -> None:
    assert render("{% tag 'Emergency' 'now' %}") == '<span class="kp-tag is-now">Emergency</span>'


def test_day_heads_and_brief_moments_read_now_from_the_page(render: Render) -> None:
    assert render("{% day_head now %} {% brief_moment now %}", now=NOW) == "Today, 25 Nov, Wed 10:24"
    assert render("{% time_left_html -19 %}") == "<b>19</b> min overdue"
    assert 'class="kp-shape is-over"' in render("{% shape 'over' %}")
