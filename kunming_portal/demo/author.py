"""Writes scripts: what happens to a matter, move by move, at moments at which people work.

How long somebody takes is a share of the limit the policy gives; a few take longer than that. Everything is drawn
from one `random.Random`, so the same seed tells the same stories.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.deadlines import ladder
from kunming_portal.demo import matters, names
from kunming_portal.demo.directory import Directory
from kunming_portal.demo.matters import Theme
from kunming_portal.demo.script import NOTE, Act, Script
from kunming_portal.organisations.models import Unit
from whistle.models import DeadlinePolicy, Kind
from whistle.workflow import Move, Step

MINUTE = timedelta(minutes=1)
MINUTES_A_DAY = 420
# How often a step takes longer than its limit
LATE = {Step.APPROVE: 0.03, Step.DISPATCH: 0.045, Step.SIGN: 0.035, Step.REPORT_IN: 0.045, Step.FEED_BACK: 0.05,
        Step.VERIFY: 0.06}  # fmt: skip
# How often a history ends beside the road
WITHDRAWN, ANSWERED, LAPSED = 0.012, 0.009, 0.022
GRADES = ("good",) * 7 + ("fair",) * 2 + ("poor",)


@dataclass(frozen=True)
class Fate:
    """What is decided about a history before it is told: nothing means an ordinary good end."""

    upgrades: tuple[str, ...] = ()  # one a tier from the first on: "person" or "ladder"
    rework: bool | None = None  # None: drawn
    reworks: int = 0  # so many times at once, without a verdict between them
    stall: str = ""  # the move at which it comes to rest: nothing happens afterwards
    sent_back: bool = False  # the secretary gives the first draft back
    theme: Theme | None = None
    kind: str = ""
    spot: str = ""
    on_time: bool = False


@dataclass
class _Tier:
    """The part of a script that plays at one tier."""

    tier: int
    kind: Kind
    caller: Unit
    at: datetime  # when the whistle went out to the centre
    rules: dict[str, DeadlinePolicy] = field(default_factory=dict)


class Author:
    """Writes one script after another from one source of chance."""

    def __init__(self, directory: Directory, rng: Random) -> None:
        self.directory, self.rng, self.calendar = directory, rng, directory.calendar
        self._names = names.people(rng)

    def write(self, caller: Unit, opened_at: datetime, fate: Fate) -> Script:
        """Return the whole history of a matter at this caller, as if nobody stopped the clock."""
        theme = fate.theme or self._theme(caller, fate.kind)
        script = self._opening(caller, opened_at, theme, fate)
        tier = {12: 1, 9: 2, 6: 3}[len(caller.division_id)]
        part = _Tier(tier, script.kind, caller, opened_at)
        part.at = self._blow(script, part, fate)
        for way in (*fate.upgrades, ""):
            part.rules = self.directory.rules(part.kind, part.tier, caller.division_id, part.at)
            if not way or part.tier == 3:
                self._to_its_end(script, part, theme, fate)
                break
            part = self._upgraded(script, part, theme, way)
        script.acts.sort(key=lambda act: act.at)
        if fate.stall:
            _rest_at(script, fate.stall)
        return script

    # -- the beginning ----------------------------------------------------------------------------

    def _theme(self, caller: Unit, kind: str) -> Theme:
        where = "v" if caller.division.kind in ("villagers", "town", "township", "county") else "u"
        fitting = [t for t in matters.THEMES if where in t.where and (not kind or t.kind == kind)]
        return self.rng.choices(
            fitting or list(matters.THEMES), [t.weight for t in fitting or matters.THEMES]
        )[0]

    def _opening(self, caller: Unit, opened_at: datetime, theme: Theme, fate: Fate) -> Script:
        rng, seat = self.rng, caller.division_id
        village = caller.division.kind in ("villagers", "town", "township")
        spot = fate.spot or (
            names.rural_spot(rng) if village else names.urban_spot(rng, names.compounds(seat), theme.spots)
        )
        source = rng.choices([s for s, _w in matters.SOURCES], [w for _s, w in matters.SOURCES])[0]
        with_reporter = source in ("visit", "hotline") or rng.random() < 0.1
        return Script(
            caller=caller,
            kind=self._kind(theme, caller, fate),
            opened_at=opened_at,
            opened_by=self.directory.colleague(P.CASE_OPEN, seat, rng.choices((0, 1), (6, 1))[0]),
            title=f"{spot}{theme.title}"[:60],
            description=f"{spot}：{theme.text}",
            place=f"{caller.division.place_name}{spot}"[:120],
            affected=theme.affected,
            tried=theme.tried if rng.random() < 0.8 else "",
            source=source,
            external_number=f"KM{opened_at:%y%m%d}{rng.randrange(10_000):04d}" if source == "hotline" else "",
            reporter=(next(self._names), names.mobile(rng)) if with_reporter else ("", ""),
            beat=rng.randint(1, 6),
        )

    def _kind(self, theme: Theme, caller: Unit, fate: Fate) -> Kind:
        kinds = self.directory.kinds
        level = len(caller.division_id)
        if fate.kind:
            return kinds[fate.kind]
        if level == 12:
            return kinds[theme.kind]
        names_here = ("hard", "general", "fallback", "service") if level == 9 else ("key", "coordination")
        return kinds[self.rng.choice(names_here)]

    def _blow(self, script: Script, part: _Tier, fate: Fate) -> datetime:
        """Blow, have it signed off where needed; return when it goes out to the centre."""
        seat, rng = part.caller.division_id, self.rng
        at = script.opened_at + timedelta(seconds=rng.randint(5, 600))
        rules = self.directory.rules(part.kind, part.tier, seat, at)
        if Step.APPROVE not in rules:
            script.acts.append(Act(at, Move.BLOW, script.opened_by))
            return at
        writes = script.opened_by
        secretary = self.directory.who(P.WHISTLE_APPROVE, seat)
        script.acts.append(Act(at, Move.BLOW, writes))
        if "whistle.approve" in writes.role_definition.allows:
            return at
        if fate.sent_back:
            back = self._within(at, rules[Step.APPROVE], on_time=True)
            reason = rng.choice(matters.SEND_BACK_REASONS)
            script.acts.append(Act(back, Move.SEND_BACK, secretary, words=reason))
            at = self._later(back, 20, 180)
            script.acts.append(Act(at, Move.BLOW, writes))
        signed = self._within(at, rules[Step.APPROVE], on_time=fate.on_time)
        script.acts.append(Act(signed, Move.APPROVE, secretary))
        return signed

    # -- the middle --------------------------------------------------------------------------------

    def _dispatched(
        self, script: Script, part: _Tier, theme: Theme, fate: Fate
    ) -> tuple[datetime, list[Unit]]:
        seat, rng = part.caller.division_id[: {1: 9, 2: 6, 3: 4}[part.tier]], self.rng
        clerk = self.directory.colleague(P.WHISTLE_DISPATCH, seat, rng.randrange(2))
        at = self._within(part.at, part.rules[Step.DISPATCH], on_time=fate.on_time)
        script.acts.append(Act(self._between(part.at, at, rng.uniform(0.3, 0.9)), Move.ACCEPT, clerk))
        trades = theme.street if part.tier == 1 else theme.county
        units = self.directory.called(seat, trades)
        units = units[: 1 + sum(rng.random() < 0.62 for _ in units[1:])]
        words = rng.choice(matters.INSTRUCTIONS)
        script.acts.append(Act(at, Move.DISPATCH, clerk, tuple(units), words))
        return at, units

    def _worked(self, part: _Tier, unit: Unit, start: datetime, theme: Theme, fate: Fate) -> list[Act]:
        """One unit's duty from the call to its feedback."""
        held, rules = self.directory.liaison(unit), part.rules
        if rules[Step.CLOSE].upgrade_after == 0:  # the ladder would take the case away at once
            fate = replace(fate, on_time=True)
        signed = self._within(start, rules[Step.SIGN], on_time=fate.on_time)
        fed_back = self._within(start, rules[Step.FEED_BACK], on_time=fate.on_time)
        reported = self._within(start, rules[Step.REPORT_IN], on_time=fate.on_time)
        reported = min(reported, self._between(start, fed_back, 0.6))
        reported = max(reported, signed + self.rng.randint(3, 30) * MINUTE)
        fed_back = max(fed_back, reported + self.rng.randint(20, 60) * MINUTE)
        acts = [
            Act(signed, Move.SIGN, held, (unit,)),
            Act(reported, Move.REPORT_IN, held, (unit,), next(self._names)),
            Act(
                fed_back,
                Move.FEED_BACK,
                held,
                (unit,),
                f"{theme.done}|{self.rng.choice(('社区工作者和住户代表', '物业负责人', '当事人', '村组长'))}",
            ),
        ]
        if self.rng.random() < 0.12:
            at = self._between(reported, fed_back, self.rng.uniform(0.2, 0.8))
            acts.append(Act(at, NOTE, held, (unit,), self.rng.choice(matters.NOTES)))
        return acts

    def _upgraded(self, script: Script, part: _Tier, theme: Theme, way: str) -> _Tier:
        """Tell the tier up to its upgrade, by a person or by the ladder; return the part at the next tier."""
        rng, seat = self.rng, part.caller.division_id[: {1: 9, 2: 6}[part.tier]]
        called, units = self._dispatched(script, part, theme, Fate(on_time=True))
        close = part.rules[Step.CLOSE]
        due = ladder.due_after(start=called, limit=close.limit, calendar=self.calendar)
        kind = None
        if way == "ladder":
            rule = close.ladder_rule
            steps = ladder.plan(start=called, due=due, limit=close.limit, rule=rule, calendar=self.calendar)
            at = steps[-1].at + timedelta(seconds=script.beat)
        else:
            at = self._within(called, close, on_time=True)
            kinds = self.directory.kinds
            kind = (
                rng.choice((None, kinds["hard"], kinds["fallback"]))
                if part.tier == 1 and not part.kind.is_emergency
                else None
            )
        for unit in units:
            acts = self._worked(part, unit, called, theme, Fate(on_time=way != "ladder"))
            done = [act for act in acts if act.at < at and (act.move != Move.FEED_BACK or unit != units[0])]
            script.acts += done
        script.upgrades_at.append(at)
        if way != "ladder":
            secretary = self.directory.who(P.CASE_UPGRADE, seat)
            words = rng.choice(matters.UPGRADE_REASONS if part.tier == 1 else matters.CITY_REASONS)
            script.acts.append(Act(at, Move.UPGRADE, secretary, words=words, kind=kind))
        after = kind or self.directory.next_kind(part.kind, part.tier + 1)
        return _Tier(part.tier + 1, after, self.directory.centre(seat), at)

    # -- the end -----------------------------------------------------------------------------------

    def _to_its_end(self, script: Script, part: _Tier, theme: Theme, fate: Fate) -> None:
        called, units = self._dispatched(script, part, theme, fate)
        acts = [act for unit in units for act in self._worked(part, unit, called, theme, fate)]
        at = max(act.at for act in acts if act.move == Move.FEED_BACK)
        if self._ends_otherwise(script, part, called, acts, fate):
            return
        script.acts += acts
        for _again in range(fate.reworks):
            at = self._reworked(script, part, units[0], at, theme, judged=False)
        rework = self.rng.random() < 0.05 if fate.rework is None else fate.rework
        if rework:
            at = self._reworked(script, part, units[0], at, theme)
        seat = part.caller.division_id
        held = self.directory.colleague(P.WHISTLE_VERIFY, seat, self.rng.choices((0, 1), (5, 1))[0])
        verified = self._within(at, part.rules[Step.VERIFY], on_time=fate.on_time)
        verdict = self.rng.choices(("solved", "partly"), (885, 115))[0]
        satisfaction = self.rng.choices(("satisfied", "mostly", "dissatisfied", ""), (66, 17, 5, 12))[0]
        words = self.rng.choice(matters.VERIFY_COMMENTS)
        script.acts.append(
            Act(verified, Move.VERIFY, held, words=words, verdict=verdict, satisfaction=satisfaction)
        )
        at = verified
        for unit in units:
            if self.rng.random() < 0.85:
                at += timedelta(seconds=self.rng.randint(20, 120))
                grades = (self.rng.choice(GRADES), self.rng.choice(GRADES), self.rng.choice(GRADES))
                words = self.rng.choice(matters.RATING_COMMENTS)
                rated = Act(at, Move.EVALUATE, held, (unit,), words, verdict, satisfaction, grades)
                script.acts.append(rated)
        closed = self._later(at, 2, 12) if self.rng.random() < 0.7 else self._later(at, 60, 500)
        script.acts.append(Act(closed, Move.CLOSE, held))

    def _ends_otherwise(
        self, script: Script, part: _Tier, called: datetime, acts: list[Act], fate: Fate
    ) -> bool:
        """Let a few end beside the road: withdrawn, answered finally, never verified; say whether it did."""
        if fate.stall or fate.rework is not None:
            return False
        chance, rng = self.rng.random(), self.rng
        fed_back = [act.at for act in acts if act.move == Move.FEED_BACK]
        if chance < WITHDRAWN and not script.upgrades_at:
            at = self._between(called, min(fed_back), 0.5)
            script.acts += [act for act in acts if act.at < at]
            script.acts.append(
                Act(at, Move.WITHDRAW, script.opened_by, words=rng.choice(matters.WITHDRAW_REASONS))
            )
            return True
        if chance > 1 - LAPSED:
            script.acts += acts
            return True
        if part.tier < 3 and WITHDRAWN < chance < WITHDRAWN + ANSWERED:
            script.acts += acts
            at = self._within(max(fed_back), part.rules[Step.VERIFY], on_time=True)
            seat = part.caller.division_id[: {1: 9, 2: 6}[part.tier]]
            secretary = self.directory.who(P.CASE_UPGRADE, seat)
            script.acts.append(Act(at, Move.ANSWER, secretary, words=rng.choice(matters.FINAL_ANSWERS)))
            return True
        return False

    def _reworked(
        self,
        script: Script,
        part: _Tier,
        lead: Unit,
        at: datetime,
        theme: Theme,
        *,
        judged: bool = True,
    ) -> datetime:
        """Send the lead back once, from the verdict or at once; return when it has fed back again."""
        seat = part.caller.division_id
        held = self.directory.who(P.WHISTLE_VERIFY, seat)
        seen = self._within(at, part.rules[Step.VERIFY], on_time=True)
        if judged and self.rng.random() < 0.5:
            comment = "没有解决。"
            script.acts.append(
                Act(seen, Move.VERIFY, held, words=comment, verdict="not_solved", satisfaction="dissatisfied")
            )
            seen = self._later(seen, 1, 5)
        script.acts.append(Act(seen, Move.REWORK, held, (lead,), self.rng.choice(matters.REWORK_REASONS)))
        again = self._within(seen, part.rules[Step.CLOSE], on_time=True, share=0.45)
        words = f"再次处理：{theme.done}|住户代表"
        script.acts.append(Act(again, Move.FEED_BACK, self.directory.liaison(lead), (lead,), words))
        return again

    # -- moments -----------------------------------------------------------------------------------

    def _within(
        self, start: datetime, policy: DeadlinePolicy, *, on_time: bool, share: float = 1.0
    ) -> datetime:
        """Return a moment inside the limit that starts at `start`, or, seldom, after it."""
        limit, rng = policy.limit, self.rng
        late = not on_time and rng.random() < LATE.get(Step(policy.step), 0.0)
        if late:
            due = ladder.due_after(start=start, limit=limit, calendar=self.calendar)
            # what is not verified lapses three working days after it was due
            most = 700.0 if policy.step == Step.VERIFY else 1900.0
            return self._open(due, min(30 + rng.expovariate(1 / 360), most), natural=limit.unit.is_natural)
        part = (0.08 + 0.84 * rng.betavariate(1.7, 2.1)) * share
        if limit.unit.is_natural:
            span = ladder.due_after(start=start, limit=limit, calendar=self.calendar) - start
            return (start + span * part).replace(microsecond=0)
        minutes = limit.amount * (60 if limit.unit is ladder.LimitUnit.WORKING_HOUR else MINUTES_A_DAY)
        return self._open(start, minutes * part)

    def _between(self, first: datetime, last: datetime, share: float) -> datetime:
        """Return a moment between two others, in working time if there is any between them."""
        minutes = self.calendar.working_minutes_between(first, last)
        if minutes < 2:
            return (first + (last - first) * share).replace(microsecond=0)
        return self.calendar.add_working_minutes(first, max(int(minutes * share), 1))

    def _later(self, at: datetime, least: int, most: int) -> datetime:
        """Return a moment that many working minutes later."""
        return self._open(at, self.rng.uniform(least, most))

    def _open(self, at: datetime, minutes: float, *, natural: bool = False) -> datetime:
        seconds = self.rng.randint(0, 50)
        if natural:
            return (at + timedelta(minutes=min(minutes, 600), seconds=seconds)).replace(microsecond=0)
        moment = self.calendar.add_working_minutes(at, max(int(minutes), 1))
        return max(moment, at) + timedelta(seconds=seconds)


def _rest_at(script: Script, move: str) -> None:
    """Cut the script before the first move of this kind at its last tier: it comes to rest there.

    Of several times that a draft is blown, before the last: it was sent back meanwhile.
    """
    beginning = max(script.upgrades_at, default=script.opened_at)
    found = [n for n, act in enumerate(script.acts) if act.move == move and act.at >= beginning]
    if found:
        del script.acts[found[-1 if move == Move.BLOW else 0] :]
