"""The registers of communities that can be exported and imported, one family a module."""

from communities.registers import burden
from kunming_portal.spreadsheets.registers import Register

REGISTERS: tuple[Register, ...] = (*burden.REGISTERS,)
