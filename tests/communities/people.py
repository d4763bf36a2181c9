"""What lies in the small world's community: a compound with its branch, buildings and grids; one of the neighbours."""

from dataclasses import dataclass

from communities.models import Building, Compound, CompoundBranch, Grid
from communities.services.compounds import found_by
from kunming_portal.divisions.models import Division
from tests.whistle.people import COMMUNITY, OTHER_COMMUNITY, World


@dataclass(frozen=True)
class Place:
    """丹桂里小区 of 篆塘社区, whose branch secretary is `world.compound_secretary`, and 尚义社区's compound."""

    community: Division
    compound: Compound
    branch: CompoundBranch
    grid: Grid
    buildings: tuple[Building, ...]
    foreign: Compound


def build_place(world: World) -> Place:
    """Create the compound with a branch seated at the world's unit `branch`, two buildings in one grid; a foreign one.

    Reference rows; the services that keep them are tested by themselves.
    """
    branch = CompoundBranch.objects.create(
        community_id=COMMUNITY, name="丹桂里小区党支部", secretary="普美珍", unit=world.units["branch"]
    )
    compound = Compound.objects.create(
        community_id=COMMUNITY,
        name="丹桂里小区",
        address="西坝路128号",
        kind="old",
        built_year=1996,
        households=628,
        property_mode="state_owned",
        property_firm="滇泉城市服务",
        owners_body="owners_committee",
        owners_body_chair="李荫棠",
        owners_body_members=7,
        owners_body_party_members=4,
        branch=branch,
    )
    found_by(compound).save()
    grid = Grid.objects.create(code=f"{COMMUNITY}003", community_id=COMMUNITY, name="丹桂里第三网格")
    buildings = tuple(
        Building.objects.create(compound=compound, name=f"{number}栋", households=50, grid=grid)
        for number in (1, 2)
    )
    foreign = Compound.objects.create(
        community_id=OTHER_COMMUNITY, name="尚义小区", address="尚义街8号", kind="commercial"
    )
    return Place(Division.objects.get(code=COMMUNITY), compound, branch, grid, buildings, foreign)
