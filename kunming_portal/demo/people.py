"""Who they are: fictional people in every unit that must act, and the accounts a visitor signs in with."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.demo import names
from kunming_portal.organisations.models import Unit

Kind = Unit.Kind
# Nobody signs in with these: the prefix alone makes a password unusable
NO_PASSWORD = UNUSABLE_PASSWORD_PREFIX + "demonstration"
STARTS_ON = datetime.date(2020, 1, 1)


@dataclass(frozen=True)
class Showcase:
    """An account of the sign-in page: its name, its person, role and unit, in a second role perhaps."""

    username: str
    name: str
    role: str
    unit: str
    also: tuple[str, str] | None = None


SHOWCASES = (
    Showcase("community.worker", "杨晓岚", "community_worker", "530102003005-community"),
    Showcase("community.secretary", "段云", "community_secretary", "530102003005-community"),
    Showcase("compound.secretary", "普美珍", "compound_secretary", "530102003005-branch"),
    Showcase("street.dispatcher", "何文静", "dispatcher", "530102003-centre"),
    Showcase(
        "street.deputy", "张润生", "dispatcher", "530102003-centre", also=("dispatcher", "530102002-centre")
    ),
    Showcase("street.secretary", "马文涛", "party_secretary", "530102003-office"),
    Showcase("street.staff", "王春燕", "office_staff", "530102003-office"),
    Showcase("street.enforcement", "王磊", "liaison", "530102003-enforcement"),
    Showcase("street.construction", "周建明", "liaison", "530102003-construction"),
    Showcase("street.company", "孙艳", "liaison", "530102003-water_company"),
    Showcase("county.dispatcher", "普丽萍", "dispatcher", "530102-centre"),
    Showcase("county.secretary", "高国强", "party_secretary", "530102-committee"),
    Showcase("county.staff", "李俊峰", "office_staff", "530102-committee"),
    Showcase("county.water", "赵国栋", "liaison", "530102-water"),
    Showcase("city.dispatcher", "罗志宏", "dispatcher", "5301-centre"),
    Showcase("city.official", "段云峰", "office_staff", "5301-leading_group"),
    Showcase("city.inspector", "徐慧芳", "inspector", "5301-leading_group"),
    Showcase("integrator", "城运接口", "integrator", "530102-centre"),
    Showcase("admin.system", "沐春林", "system_administrator", "5301-leading_group"),
    Showcase("admin.security", "毕学文", "security_administrator", "5301-leading_group"),
    Showcase("admin.audit", "尹静", "audit_administrator", "5301-leading_group"),
)


def create(units: list[Unit]) -> list[Appointment]:
    """Write the people of these units and their appointments; return the appointments. A few queries.

    Nobody has an e-mail address, so the outbox stays quiet. Only the accounts of `SHOWCASES` can sign in.
    """
    by_code = {unit.code: unit for unit in units}
    users: list[User] = []
    held: list[tuple[User, str, Unit]] = []
    password = make_password(settings.DEMONSTRATION_PASSWORD)
    for show in SHOWCASES:
        user = _user(
            show.username, show.name, by_code[show.unit].duty_phone, password=password, is_showcase=True
        )
        users.append(user)
        held.append((user, show.role, by_code[show.unit]))
        if show.also is not None:
            held.append((user, show.also[0], by_code[show.also[1]]))
    taken = {(role, unit.code) for _user_, role, unit in held}
    fresh = names.people(Random("people"))
    for unit in units:
        for number, role in enumerate(_roles_of(unit), start=1):
            if (role, unit.code) in taken and role != "dispatcher":
                continue
            user = _user(f"{unit.code}-{number}", next(fresh), unit.duty_phone, password=NO_PASSWORD)
            users.append(user)
            held.append((user, role, unit))
    User.objects.bulk_create(users, batch_size=1000)
    rows = [Appointment(user=user, role=role, unit=unit, starts_on=STARTS_ON) for user, role, unit in held]
    return Appointment.objects.bulk_create(rows, batch_size=1000)


def _user(username: str, name: str, phone: str, *, password: str, is_showcase: bool = False) -> User:
    return User(
        username=username,
        name=name,
        duty_phone=phone,
        password=password,
        is_showcase=is_showcase,
        wants_email=False,
    )


def _roles_of(unit: Unit) -> Iterator[str]:
    """Yield the roles that a unit must have somebody in."""
    match unit.kind:
        case Kind.COMMUNITY:
            yield from ("community_worker", "community_secretary")
        case Kind.CENTRE:
            yield from ("dispatcher", "dispatcher")
        case Kind.STREET_OFFICE | Kind.PARTY_COMMITTEE | Kind.WORK_COMMITTEE:
            yield from ("party_secretary", "office_staff")
        case Kind.LEADING_GROUP:
            yield "office_staff"
        case Kind.BRANCH:
            yield "compound_secretary"
        case _:
            yield "liaison"
            if len(unit.division_id) < 9 or unit.kind == Kind.FORCE:
                yield "unit_leader"
