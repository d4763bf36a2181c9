"""Moves made over HTTP on fresh cases: one walk along the main road, one along side paths."""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

from tests.bench.portal import Answer, Portal

Facts = dict[str, Any]
WORDS = "院门口路面渗水下陷，非机动车道封闭。"


def walk(portal: Portal, facts: Facts, number: int) -> Iterator[tuple[str, float]]:
    """Walk one case from the whistle to its end and yield each move with its seconds."""
    case, seconds = blow(portal, facts, number)
    yield "write and blow", seconds

    def move(who: str, name: str, **typed: object) -> tuple[str, float]:
        return name, _made(portal.post(who, f"/cases/{case}/{name}/", **typed)).seconds

    yield move("secretary", "send_back", reason="写清楚位置。")
    yield move("worker", "blow")
    yield move("secretary", "approve")
    yield move("dispatcher", "accept")
    yield move("dispatcher", "dispatch", lead=facts["lead"], assists=facts["assist"])
    lead, assist = duties(portal, case)

    def serve(who: str, duty: str, name: str, **typed: object) -> tuple[str, float]:
        return name, _made(portal.post(who, f"/assignments/{duty}/{name}/", **typed)).seconds

    for who, duty in (("lead", lead), ("assist", assist)):
        yield serve(who, duty, "sign")
        yield serve(who, duty, "report_in", person="王磊", phone="0871-60000000")
        yield serve(who, duty, "feed_back", measures="已关阀降压，路面回填。")
    yield move("worker", "verify", verdict="partly")
    yield move("worker", "rework", units=lead, reason="还在渗水。")
    serve("lead", lead, "feed_back", measures="已更换管道。")
    yield move("worker", "verify", verdict="solved", satisfaction="satisfied")
    yield serve("worker", lead, "evaluate", speed="good", cooperation="good", effect="good")
    yield move("worker", "note", text="居民表示满意。")
    yield move("worker", "close")


def walk_aside(portal: Portal, facts: Facts, number: int) -> Iterator[tuple[str, float]]:
    """Walk another case past objection, extension, hold and withdrawal, and yield each move with its seconds."""
    case, _seconds = blow(portal, facts, number)
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=20)

    def move(who: str, name: str, **typed: object) -> tuple[str, float]:
        return name, _made(portal.post(who, f"/cases/{case}/{name}/", **typed)).seconds

    def serve(who: str, duty: str, name: str, **typed: object) -> tuple[str, float]:
        return name, _made(portal.post(who, f"/assignments/{duty}/{name}/", **typed)).seconds

    move("secretary", "approve")
    yield move("dispatcher", "return", reason="写清楚位置。")
    yield move("worker", "complete", text="在院门口。", description="院门口积水。", place="西坝路")
    move("dispatcher", "accept")
    move("dispatcher", "dispatch", lead=facts["lead"], assists=facts["assist"])
    lead, assist = duties(portal, case)
    serve("lead", lead, "sign")
    wish = {"reason": "不是本单位职责。", "basis": "昆明市城市管理条例第十条", "suggested": facts["other"]}
    yield serve("assist", assist, "object_to", **wish)
    yield serve("dispatcher", assist, "decide_objection", upheld="no", decision="仍由你单位协办。")
    serve("lead", lead, "report_in", person="王磊", phone="0871-60000000")
    yield serve("lead", lead, "extend", days=1, reason="等材料。")
    yield move("dispatcher", "decide_extension", is_granted="yes")
    yield move("worker", "press", words="居民在催。")
    plan = {"until": day, "milestone_1": "立项", "day_1": day}
    yield serve("lead", lead, "hold", reason_class="funds", reason="待立项。", **plan)
    yield move("street", "decide_hold", is_granted="yes")
    yield move("dispatcher", "resume", reason="已立项。")
    yield move("worker", "withdraw", reason="已当场解决。")


def blow(portal: Portal, facts: Facts, number: int) -> tuple[str, float]:
    """Write a case and blow it; return its key and the seconds."""
    written = _made(
        portal.post(
            "worker",
            "/cases/new/",
            description=f"西坝路{number}号{WORDS}",
            place=f"西坝路{number}号",
            kind=facts["kind"],
            urgent="no",
            submission=uuid.uuid4(),
            looked="yes",  # at what may be the same matter
        )
    )
    return written.location.rstrip("/").rsplit("/", 1)[1], written.seconds


def duties(portal: Portal, case: str) -> tuple[str, str]:
    """Return the keys of the two duties on a case, the lead's first, as its page links to them."""
    found = []
    for who in ("lead", "assist"):
        text = portal.get(who, f"/cases/{case}/").text
        start = text.index("/assignments/") + len("/assignments/")
        found.append(text[start : text.index("/", start)])
    return found[0], found[1]


def _made(answer: Answer) -> Answer:
    if answer.status != 302:
        raise RuntimeError(f"A move was answered with {answer.status}: {answer.text[:2000]}")
    return answer
