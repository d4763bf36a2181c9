"""The registers of communities that can be exported and imported, one family a module."""

from communities.registers import burden, committees
from communities.registers.check_ins import MemberCheckIns, Needs, ServiceRecords, UnitCheckIns
from communities.registers.compounds import Branches, Buildings, Compounds
from communities.registers.grants import CompoundGrants
from communities.registers.grid_people import GridPeople
from communities.registers.grids import GridBuildings, Grids
from communities.registers.volunteers import Activities
from communities.registers.workers import WorkerRegister
from kunming_portal.spreadsheets.registers import Register

REGISTERS: tuple[Register, ...] = (
    WorkerRegister(),
    Grids(),
    GridPeople(),
    GridBuildings(),
    CompoundGrants(),
    Compounds(),
    Buildings(),
    Branches(),
    *committees.REGISTERS,
    *burden.REGISTERS,
    UnitCheckIns(),
    MemberCheckIns(),
    ServiceRecords(),
    Needs(),
    Activities(),
)
