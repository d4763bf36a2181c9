"""One notice instead of a storm: what somebody is told late, of an outage say, is folded into a digest."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import connection

from kunming_portal import setwise
from kunming_portal.accounts.models import User
from kunming_portal.notifications.models import Digest, Notice
from kunming_portal.notifications.services import Message, unique, write

# So many late notices of one occasion are written singly
SINGLY = 3
# A digest names so many things
NAMED = 3
# By e-mail it leaves when the rest has been counted
SETTLES = timedelta(minutes=5)


def write_late(
    pairs: Iterable[tuple[User, Message]], *, occasion: str, words: Message, now: datetime
) -> None:
    """Write late notices, in the order given; for whom they are more than `SINGLY`, one digest instead.

    A person has one digest an occasion, however many batches, workers and sweeps write: `words` with `count`, all
    that came late, and `first`, what the first ones are about. It becomes unread again when it grows. What is urgent
    is written singly and not counted. In the transaction of what is told; the digests are locked in the order of
    their people. Five queries and `write`'s.
    """
    told = unique(pairs)
    calm: dict[int, list[tuple[User, Message]]] = defaultdict(list)
    for user, message in told:
        if not message.urgent:
            calm[user.pk].append((user, message))
    counted = _count(occasion, {pk: len(mine) for pk, mine in calm.items()})
    folded = {pk for pk, (total, _notice) in counted.items() if total > SINGLY}
    write([(user, m) for user, m in told if m.urgent or user.pk not in folded], now=now)
    _grow([(notice, total) for pk, (total, notice) in counted.items() if notice is not None])
    fresh = [calm[pk] for pk in sorted(folded) if counted[pk][1] is None]
    keys = write(
        [(mine[0][0], _words(words, mine, counted[mine[0][0].pk][0])) for mine in fresh],
        now=now,
        leave=now + SETTLES,
    )
    _remember(occasion, [mine[0][0].pk for mine in fresh], keys)


def _words(words: Message, mine: Sequence[tuple[User, Message]], total: int) -> Message:
    named = list(dict.fromkeys(message.about for _user, message in mine))[:NAMED]
    return replace(words, values={**words.values, "count": total, "first": "; ".join(named)})


def _count(occasion: str, numbers: Mapping[int, int]) -> dict[int, tuple[int, int | None]]:
    """Add to what each person has missed; return the sums and the digests' notices. The rows stay locked."""
    people = sorted(numbers)
    if not people:
        return {}
    table = Digest._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""insert into {table} as d (recipient_id, occasion, count)
            select u.who, %s, u.n from unnest(%s::bigint[], %s::int[]) as u(who, n) order by u.who
            on conflict (recipient_id, occasion) do update set count = d.count + excluded.count
            returning recipient_id, count, notice_id""",
            [occasion, people, [numbers[pk] for pk in people]],
        )
        return {who: (total, notice) for who, total, notice in cursor.fetchall()}


def _grow(notices: Sequence[tuple[int, int]]) -> None:
    """Write the new sums into digests that were written before."""
    if not notices:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"""update {Notice._meta.db_table} n
            set "values" = jsonb_set(n."values", '{{count}}', to_jsonb(u.total)), read_at = null
            from unnest(%s::bigint[], %s::int[]) as u(id, total) where n.id = u.id""",
            [[key for key, _total in notices], [total for _key, total in notices]],
        )


def _remember(occasion: str, people: Sequence[int], notices: Sequence[int]) -> None:
    found = dict(zip(people, notices, strict=True))
    rows = Digest.objects.filter(occasion=occasion, recipient_id__in=people).values_list("pk", "recipient_id")
    keys = {pk: found[who] for pk, who in rows}
    setwise.update(Digest, list(keys), {"notice": list(keys.values())})
