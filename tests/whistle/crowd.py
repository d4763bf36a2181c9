"""Many cases at once, for lists: rows instead of walks, where only the list is asked about."""

from datetime import datetime, timedelta

from django.test import Client

from kunming_portal.accounts.models import User
from tests.whistle.people import NOW, World, blown, dispatched, opened
from whistle.models import Case

BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(user: User) -> Client:
    """Return a browser in which this person has signed in."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    client.cookies["django_language"] = "en"
    return client


def page(user: User, address: str) -> str:
    """Return the text of a page as this person sees it, in English; it must exist."""
    answer = signed_in(user).get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def crowd(world: World, number: int, *, now: datetime = NOW) -> list[Case]:
    """Write cases that wait for acceptance, each a minute after the other."""
    return [blown(world, kind="sanitation", now=now + timedelta(minutes=n)).case for n in range(number)]


def called(world: World, number: int, *, now: datetime = NOW) -> None:
    """Write cases on which the enforcement force is called."""
    for n in range(number):
        dispatched(world, kind="sanitation", now=now + timedelta(minutes=n))


def titled(world: World, title: str, *, now: datetime = NOW, **more: str) -> Case:
    """Write a draft with this title."""
    return opened(world, now=now, title=title, **more)
