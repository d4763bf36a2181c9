"""Rights come from appointments in force, and reach as far as the role says."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.roles import ADMINISTRATORS, ROLES, Reach
from kunming_portal.organisations.models import Unit
from tests.whistle.people import COMMUNITY, NOW, SEES_THE_COMMUNITYS_CASE, World, dispatched, opened, unit
from whistle.models import Case


def fresh(user: User) -> User:
    """Return the user as the next request would load it."""
    return User.objects.get(pk=user.pk)


def sees(user: User, case: Case) -> bool:
    return Case.objects.visible_to(fresh(user), P.CASE_VIEW).filter(pk=case.pk).exists()


def test_a_case_is_seen_along_the_chain_and_by_nobody_else(world: World) -> None:
    lead = dispatched(world)[0]
    case = lead.whistle.case
    seeing = {name for name, user in world.people.items() if sees(user, case)}
    assert seeing == SEES_THE_COMMUNITYS_CASE


def test_a_unit_sees_a_case_only_once_it_is_called(world: World) -> None:
    assert not sees(world.enforcement_liaison, opened(world))


def test_a_right_ends_after_its_last_day(world: World) -> None:
    case = opened(world)
    held = Appointment.objects.get(user=world.community_worker)
    today = timezone.localdate()
    held.ends_on = today
    held.save()
    assert sees(world.community_worker, case)
    held.ends_on = today - timedelta(days=1)
    held.save()
    assert not sees(world.community_worker, case)
    assert not fresh(world.community_worker).can(P.CASE_OPEN)


def test_a_right_begins_on_its_first_day(world: World) -> None:
    held = Appointment.objects.get(user=world.community_worker)
    held.starts_on = timezone.localdate() + timedelta(days=1)
    held.save()
    assert not fresh(world.community_worker).can(P.CASE_OPEN)


def test_a_disabled_account_has_no_rights(world: World) -> None:
    world.community_worker.is_active = False
    world.community_worker.save()
    assert not fresh(world.community_worker).can(P.CASE_VIEW)


def test_supervision_reaches_across_territories(world: World) -> None:
    case = opened(world)
    assert not sees(world.other_dispatcher, case)
    Unit.objects.filter(code="street_office").update(supervised_by=world.units["other_centre"])
    assert sees(world.other_dispatcher, case)


def test_a_ring_of_supervision_does_not_hang(world: World) -> None:
    a, b = world.units["street_office"], world.units["other_centre"]
    Unit.objects.filter(pk=a.pk).update(supervised_by=b)
    Unit.objects.filter(pk=b.pk).update(supervised_by=a)
    assert sees(world.other_dispatcher, opened(world))


def test_the_same_role_at_the_same_unit_is_held_once(world: World) -> None:
    held = Appointment.objects.get(user=world.community_worker)
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.create(user=held.user, role=held.role, unit=held.unit, starts_on=held.starts_on)


def test_a_division_has_one_centre(world: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        unit("second-centre", "第二中心", "centre", world.units["street_centre"].division_id)


def test_administrators_see_no_case_and_no_role_has_two_hands() -> None:
    for key in ADMINISTRATORS:
        assert ROLES[key].reach is Reach.NONE
        assert P.CASE_VIEW not in ROLES[key].allows
    held = [right for key in ADMINISTRATORS for right in ROLES[key].allows]
    assert len(held) == len(set(held))


def test_a_hundred_questions_about_rights_cost_three_queries(
    world: World, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    user = fresh(world.street_dispatcher)
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        for _ in range(100):
            user.can(P.CASE_VIEW)
            user.scope(P.CASE_VIEW)
            user.appointment_in(P.WHISTLE_ACCEPT, division_code=COMMUNITY)


def test_the_system_actor_exists_and_cannot_sign_in(world: World) -> None:
    system = User.objects.get(username="system")
    assert system.is_system
    assert not system.has_usable_password()
    assert NOW.tzinfo is not None
