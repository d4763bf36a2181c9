"""The registers of communities that can be exported and imported, one family a module."""

from communities.registers.check_ins import MemberCheckIns, Needs, ServiceRecords, UnitCheckIns
from communities.registers.volunteers import Activities
from kunming_portal.spreadsheets.registers import Register

REGISTERS: tuple[Register, ...] = (
    UnitCheckIns(),
    MemberCheckIns(),
    ServiceRecords(),
    Needs(),
    Activities(),
)
