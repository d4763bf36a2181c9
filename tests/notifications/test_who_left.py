"""Nothing is sent to a person who left: the account, the last appointment, or the side of the case."""

from datetime import date, timedelta
from unittest import mock

import pytest
from django.core import mail

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.notifications import delivering, services
from kunming_portal.notifications.models import Delivery, Notice
from kunming_portal.notifications.services import Message
from tests.whistle.people import NOW, World, dispatched
from whistle.models import Case

GONE = date(2021, 1, 1)


@pytest.fixture
def case(world: World) -> Case:
    """A case that enforcement was called to; everybody's deliveries are swept away."""
    case = dispatched(world)[0].whistle.case
    Delivery.objects.all().delete()
    return case


def waiting(user: User, case: Case | None) -> Delivery:
    """Return a waiting delivery to this person, about this case or about nothing."""
    link = case.get_absolute_url() if case else ""
    services.write([(user, Message(kind="t", sentence="x", link=link))], now=NOW)
    return Delivery.objects.get()


def given_up(delivery: Delivery) -> str:
    """Run the outbox; return why the delivery was given up."""
    assert delivering.deliver_due(now=NOW).sent == 0
    assert mail.outbox == []
    delivery.refresh_from_db()
    assert (delivery.given_up_at, delivery.due_at) == (NOW, None)
    return delivery.failure


def test_who_still_sees_the_case_gets_it(world: World, case: Case) -> None:
    waiting(world.enforcement_liaison, case)
    assert delivering.deliver_due(now=NOW).sent == 1


def test_an_account_that_is_off(world: World, case: Case) -> None:
    letter = waiting(world.enforcement_liaison, case)
    User.objects.filter(pk=world.enforcement_liaison.pk).update(is_active=False)
    assert "switched off" in given_up(letter)


def test_the_last_appointment_ended(world: World) -> None:
    letter = waiting(world.enforcement_liaison, None)
    Appointment.objects.filter(user=world.enforcement_liaison).update(ends_on=GONE)
    assert "no appointment" in given_up(letter)


def test_another_post_elsewhere_that_does_not_see_the_case(world: World, case: Case) -> None:
    letter = waiting(world.enforcement_liaison, case)
    held = Appointment.objects.filter(user=world.enforcement_liaison)
    held.update(ends_on=GONE)
    Appointment.objects.create(
        user=world.enforcement_liaison, role="liaison", unit=world.units["city_water"], starts_on=GONE
    )
    assert "may not see" in given_up(letter)


def test_a_lease_of_a_worker_that_died_is_no_way_around(world: World, case: Case) -> None:
    letter = waiting(world.enforcement_liaison, case)
    with (
        mock.patch("django.core.mail.EmailMessage.send", side_effect=SystemExit),
        pytest.raises(SystemExit),
    ):
        delivering.deliver_due(now=NOW)
    Appointment.objects.filter(user=world.enforcement_liaison).update(ends_on=GONE)
    later = NOW + delivering.LEASE + timedelta(seconds=1)
    assert delivering.deliver_due(now=later).sent == 0
    letter.refresh_from_db()
    assert letter.given_up_at == later
    assert mail.outbox == []


def test_a_retry_is_no_way_around_either(world: World, case: Case) -> None:
    letter = waiting(world.enforcement_liaison, case)
    with mock.patch("django.core.mail.EmailMessage.send", side_effect=OSError("no route")):
        delivering.deliver_due(now=NOW)
    User.objects.filter(pk=world.enforcement_liaison.pk).update(is_active=False)
    later = NOW + timedelta(hours=1)
    assert delivering.deliver_due(now=later).sent == 0
    letter.refresh_from_db()
    assert (letter.given_up_at, mail.outbox) == (later, [])


def test_nothing_is_written_to_an_account_that_is_off(world: World) -> None:
    world.enforcement_liaison.is_active = False
    services.write([(world.enforcement_liaison, Message(kind="t", sentence="x"))], now=NOW)
    assert not Notice.objects.exists()
