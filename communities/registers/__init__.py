"""The registers of communities that can be exported and imported, one family a module."""

from kunming_portal.spreadsheets.registers import Register

REGISTERS: tuple[Register, ...] = ()
