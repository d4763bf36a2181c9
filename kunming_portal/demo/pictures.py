"""Gives some histories of the showcase street their pictures: before with the whistle, after with the feedback."""

import functools
import io
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from kunming_portal.accounts.models import User
from kunming_portal.attachments import inspection, store
from kunming_portal.attachments.inspection import Inspected
from kunming_portal.attachments.models import Attachment
from kunming_portal.audit import trail
from kunming_portal.audit.models import AuditEvent
from kunming_portal.demo import sketches
from kunming_portal.demo.rows import Ids, Rows
from kunming_portal.demo.script import Script
from whistle.models import Assignment, CaseLocation, Evidence
from whistle.services import evidence

STREET = "530102003"
RECENT = timedelta(days=75)
DAGUAN = (25.0330, 102.6920)  # about where the showcase street lies
PLACES = 2  # of so many who send a photo one lets its place be read
SPOTS = 3  # so many spots a motif are drawn; cases share them
NAMESPACE = uuid.UUID("5d1c1c1e-2019-4328-8000-000000000020")
# the end of a title -> what the picture shows
MOTIFS = {
    "路面渗水下陷": "pit",
    "井盖破损下陷": "pit",
    "弱电井盖缺失": "pit",
    "雨后积水": "water",
    "污水管网堵塞外溢": "water",
    "化粪池外溢": "water",
    "占道堆放建材": "heap",
    "楼道堆物堵塞通道": "heap",
    "垃圾房异味": "heap",
    "路灯夜间不亮": "lamp",
    "路灯修好后又灭": "lamp",
    "共享单车堵塞通道": "bikes",
    "户外广告牌锈蚀松动": "board",
}
Moment = Evidence.Moment


@dataclass
class Album:
    """Adds pictures to the rows of walked histories; the first `most` that fit get some."""

    ids: Ids
    now: datetime
    most: int = 80

    def illustrate(self, script: Script, rows: Rows) -> None:
        """Add a picture before, and one after for every unit that fed back, with their events in the trail."""
        motif = next((motif for end, motif in MOTIFS.items() if script.title.endswith(end)), "")
        here = script.caller.division_id.startswith(STREET) and script.opened_at > self.now - RECENT
        if not motif or not here or self.most == 0:
            return
        self.most -= 1
        duties = {str(duty.pk): duty for duty in rows.assignments}
        told: list[AuditEvent] = []
        before: Evidence | None = None
        for event in rows.events:
            told.append(event)
            if event.event == "case.opened":
                before = self._add(rows, motif, event, duty=None, pair=None)
            elif event.event == "assignment.fed_back":
                self._add(rows, motif, event, duty=duties[event.object_id], pair=before)
            else:
                continue
            told.append(_event_of(rows.evidence[-1], like=event, key=self.ids.take("event")))
        for file in rows.attachments:
            file.latitude = file.longitude = None  # the place is the case's now
        _number(told)
        rows.events[:] = told

    def _add(
        self, rows: Rows, motif: str, event: AuditEvent, *, duty: Assignment | None, pair: Evidence | None
    ) -> Evidence:
        after, by = duty is not None, User(pk=event.actor_id)
        file = _kept(rows, motif, event, after=after, by=by)
        row = Evidence(
            pk=self.ids.take("evidence"),
            case=rows.cases[0],
            assignment=duty,
            attachment=file,
            moment=Moment.AFTER if after else Moment.BEFORE,
            pair=pair,
            added_by=by,
            added_at=event.at,
        )
        rows.attachments.append(file)
        rows.evidence.append(row)
        if not after and row.case.pk % PLACES == 0:
            rows.locations.append(_location(row))
        return row


def _kept(rows: Rows, motif: str, event: AuditEvent, *, after: bool, by: User) -> Attachment:
    """Return the row of a drawing whose bytes are written."""
    case = rows.cases[0]
    drawn = _drawn(motif, after, case.pk % SPOTS)
    key = uuid.uuid5(NAMESPACE, f"{case.pk}:{len(rows.evidence)}")
    store.delete(key)  # an earlier load into another database may have left it
    store.write(key, drawn.content, thumbnail=drawn.thumbnail)
    return Attachment(
        pk=key,
        form=uuid.uuid5(NAMESPACE, f"{case.pk}:{event.pk}"),
        name=drawn.name,
        media_type=drawn.media_type,
        size=len(drawn.content),
        width=drawn.width,
        height=drawn.height,
        sha256=drawn.sha256,
        uploaded_by=by,
        uploaded_at=event.at,
        attached_at=event.at,
    )


def _location(row: Evidence) -> CaseLocation:
    """Return the place this photo told, and let its file tell it to the trail."""
    file, shift = row.attachment, row.case.pk
    file.latitude, file.longitude = DAGUAN[0] + shift % 97 / 10_000, DAGUAN[1] + shift % 89 / 10_000
    return CaseLocation(
        case=row.case,
        latitude=round(file.latitude, 6),
        longitude=round(file.longitude, 6),
        evidence=row,
        agreed_by=row.added_by,
        read_at=row.added_at,
    )


@functools.cache
def _drawn(motif: str, after: bool, spot: int) -> Inspected:
    """Return a drawing as the portal would keep it: the very way of a photo that is sent."""
    drawing = sketches.sketch(motif, after=after, seed=spot * 100 + sum(map(ord, motif)))
    return inspection.inspect(io.BytesIO(drawing), name="演示.jpg")


def _event_of(row: Evidence, *, like: AuditEvent, key: int) -> AuditEvent:
    """Return the event of an added picture, by who made the move it came with."""
    added = trail.Entry(
        stream=like.stream,
        event="evidence.added",
        subject=row.case if row.assignment is None else row.assignment,
        label=like.object_label,
        at=like.at,
        by=None,
        unit_name=like.unit_name,
        data={
            "tier": like.data.get("tier"),
            **({"unit": like.data["unit"]} if "unit" in like.data else {}),
            **evidence.told([row]),
        },
    )
    event = trail.row_of(added, seq=like.seq)
    event.pk, event.actor_id, event.actor_name = key, like.actor_id, like.actor_name
    return event


def _number(events: list[AuditEvent]) -> None:
    """Number the events of one case anew, keys and places, in the order in which they happened."""
    keys = sorted(event.pk for event in events)
    for place, (key, event) in enumerate(zip(keys, events, strict=True), start=1):
        event.pk, event.seq = key, place
