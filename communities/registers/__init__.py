"""The registers of communities that can be exported and imported, one family a module."""

from communities.registers.compounds import Branches, Buildings, Compounds
from kunming_portal.spreadsheets.registers import Register

REGISTERS: tuple[Register, ...] = (
    Compounds(),
    Buildings(),
    Branches(),
)
