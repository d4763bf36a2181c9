"""Every move of the main road, made over HTTP on a fresh case: one walk measures them all."""

import uuid
from collections.abc import Iterator
from typing import Any

from tests.bench.portal import Answer, Portal

Facts = dict[str, Any]
WORDS = "院门口路面渗水下陷，非机动车道封闭。"


def walk(portal: Portal, facts: Facts, number: int) -> Iterator[tuple[str, float]]:
    """Walk one case from the whistle to its end and yield each move with its seconds."""
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
    case = written.location.rstrip("/").rsplit("/", 1)[1]
    yield "write and blow", written.seconds

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
