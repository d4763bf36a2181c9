"""Which communities count as urban in the demonstration: 370, as many as the source article has (domain.md §1.2)."""

from kunming_portal.divisions.models import Division

ZHUANTANG = "530102003005"
URBAN = 370
FEW = 25  # three streets, the showcase street among them
# The two districts in the middle of the city take part with every residents' committee
CORE = ("530102", "530103")


def urban_communities(*, small: bool) -> list[Division]:
    """Return the urban communities by code: 370, or the first few of the showcase district. One query.

    All residents' committees of the core, and of the others every third or so, so that each county has some.
    """
    found = Division.objects.filter(kind=Division.Kind.RESIDENTS, valid_to=None).order_by("code")
    if small:
        return list(found.filter(code__startswith="530102")[:FEW])
    rows = list(found)
    core = [row for row in rows if row.code.startswith(CORE)]
    others = [row for row in rows if not row.code.startswith(CORE)]
    wanted = URBAN - len(core)
    chosen = [others[number * len(others) // wanted] for number in range(wanted)]
    return sorted(core + chosen, key=lambda row: row.code)
