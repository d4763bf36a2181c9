"""Commands inside a portal's database: `python -m tests.bench.city prepare | fill N | seal | enter | upgrade N`, ..."""

import json
import sys

import django

django.setup()

from django.test import Client  # noqa: E402 - needs the settings

from kunming_portal.accounts.models import Appointment, User  # noqa: E402
from kunming_portal.organisations.models import Unit  # noqa: E402
from tests.bench import filling, importing, sealing, upgrading  # noqa: E402
from whistle.models import Case, Kind  # noqa: E402

DESK, BUSY = filling.DESKS
PAGES = 40


def enter() -> dict[str, object]:
    """Sign people in and return their cookies, and the keys that the measurements need."""
    centre = Unit.objects.get(code=f"{DESK}-centre")
    caller = Unit.objects.filter(division__code__startswith=DESK, kind="community").order_by("code")[0]
    lead, assist = Unit.objects.filter(code__in=(f"{DESK}-enforcement", f"{DESK}-construction")).order_by(
        "-code"
    )
    who = {
        "dispatcher": ("dispatcher", centre),
        "busy": ("dispatcher", Unit.objects.get(code=f"{BUSY}-centre")),
        "worker": ("community_worker", caller),
        "secretary": ("community_secretary", caller),
        "street": ("party_secretary", Unit.objects.get(code=f"{DESK}-office")),
        "lead": ("liaison", lead),
        "assist": ("liaison", assist),
        "city": ("office_staff", Unit.objects.get(code="5301-leading_group")),
    }
    cases = Case.objects.filter(division__code__startswith=DESK, status="open").exclude(called_units=[])
    return {
        "cookies": {name: cookie(role, unit) for name, (role, unit) in who.items()},
        "cases": list(cases.order_by("-id").values_list("pk", flat=True)[:PAGES]),
        "centre": centre.pk,
        "busy_centre": Unit.objects.get(code=f"{BUSY}-centre").pk,
        "caller": caller.pk,
        "lead": lead.pk,
        "assist": assist.pk,
        "other": Unit.objects.get(code=f"{DESK}-emergency").pk,
        "kind": Kind.objects.get(code="general").pk,
        "number": cases.order_by("-id")[0].number,
    }


def cookie(role: str, unit: Unit) -> str:
    """Sign in somebody who holds only this role, and return the cookie."""
    held = Appointment.objects.filter(role=role, unit=unit).order_by("-pk")
    single = [a for a in held if Appointment.objects.filter(user=a.user_id).count() == 1]
    client = Client()
    client.force_login(
        User.objects.get(pk=single[0].user_id), backend="django.contrib.auth.backends.ModelBackend"
    )
    return f"sessionid={client.cookies['sessionid'].value}"


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["prepare"]:
            filling.prepare()
        case ["fill", number]:
            filling.fill(int(number))
        case ["seal"]:
            sealing.report()
        case ["enter"]:
            print(json.dumps(enter()))
        case ["import", number]:
            importing.report(int(number))
        case ["upgrade", number, *profile]:
            upgrading.report(int(number), profile=bool(profile))
