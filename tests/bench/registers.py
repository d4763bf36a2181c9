"""Fills an empty portal with the long lists of communities: `python -m tests.bench.registers fill N | enter`.

N compounds and five times as many check-ins; the latter are left out with a word where there is no model for them.
"""

import json
import sys
from typing import Any

import django

django.setup()

from django.apps import apps  # noqa: E402 - needs the settings
from django.db import connection  # noqa: E402

from communities.models import Compound, CompoundBranch  # noqa: E402
from communities.services.compounds import found_by  # noqa: E402
from kunming_portal.demo import names  # noqa: E402
from kunming_portal.divisions.models import Division  # noqa: E402
from kunming_portal.divisions.naming import get_search_text  # noqa: E402
from kunming_portal.grams import grams  # noqa: E402
from kunming_portal.organisations.models import Unit  # noqa: E402
from tests.bench.city import cookie  # noqa: E402

CHECK_INS = 5  # a compound
BATCH = 2000
SHARE = 16  # of so many check-ins one lies in the measured street
SAME = 60  # in the measured street and with the rare word, in every size: pages then show as many rows
KINDS = Compound.Kind.values
ROADS, FIRSTS, LASTS = names.ROADS, names.COMPOUND_FIRST, names.COMPOUND_LAST
PLACE = "530102003"


def fill(number: int) -> None:
    """Write the lists over all real communities in turn."""
    places = Division.objects.filter(level="community").real().order_by("code")
    codes = list(places.values_list("code", flat=True))
    write_compounds(codes, number)
    model = check_in_model()
    if model is None:
        print("No model of check-ins: left out.", file=sys.stderr, flush=True)
    else:
        write_check_ins(model, codes, number * CHECK_INS)
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")


def check_in_model() -> Any:
    """Return the model of check-ins, or None where there is none."""
    return apps.all_models["communities"].get("checkin")


def write_compounds(codes: list[str], number: int) -> None:
    """Write compounds with a branch each; the first ones lie in the measured street and have a rare word."""
    branches, rows = [], []
    here = [code for code in codes if code.startswith(PLACE)]
    for place in range(number):
        name = f"{FIRSTS[place % len(FIRSTS)]}{LASTS[place // 5 % len(LASTS)]}{place}"
        code = here[place % len(here)] if place < SAME else codes[place * 7 % len(codes)]
        branch = CompoundBranch(community_id=code, name=f"{name}党支部", secretary="杨文静")
        row = Compound(
            community_id=branch.community_id,
            name=f"翡翠{name}" if place < SAME else name,
            address=f"{ROADS[place % len(ROADS)]}{place % 300}号",
            kind=KINDS[place % len(KINDS)],
            households=place % 900,
            branch=branch,
        )
        branches.append(branch)
        rows.append(found_by(row))
    CompoundBranch.objects.bulk_create(branches, batch_size=BATCH)
    Compound.objects.bulk_create(rows, batch_size=BATCH)


def write_check_ins(model: Any, codes: list[str], number: int) -> None:
    """Write check-ins of members, fifty of a unit: every sixteenth in the measured street, sixty with a rare word."""
    rows = []
    here = [code for code in codes if code.startswith(PLACE)]
    others = [code for code in codes if not code.startswith(PLACE)]
    for place in range(number):
        rare = place % (number // SAME) == 0
        unit = f"{FIRSTS[place % len(FIRSTS)]}单位{place // 50}"
        name = f"翡翠{place}" if rare else f"党员{place}"
        text = get_search_text(unit, name)
        rows.append(
            model(
                kind="member",
                community_id=here[place // SHARE % len(here)]
                if place % SHARE == 0
                else others[place * 7 % len(others)],
                unit_name=unit,
                name=name,
                starts_on="2026-03-01",
                search_text=text,
                grams=sorted(grams(text)),
            )
        )
    model.objects.bulk_create(rows, batch_size=BATCH)


def enter() -> dict[str, object]:
    """Sign people in and return their cookies, and whether there are check-ins."""
    seats = {"city": "5301-leading_group", "street": f"{PLACE}-office"}
    return {
        "cookies": {who: cookie("office_staff", Unit.objects.get(code=code)) for who, code in seats.items()},
        "has_check_ins": check_in_model() is not None,
    }


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill(int(sys.argv[2]))
    else:
        print(json.dumps(enter()))
