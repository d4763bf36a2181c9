"""What an import takes and keeps. One address for each number."""

from datetime import timedelta

MEGABYTE = 1024 * 1024
FILE_BYTES = 10 * MEGABYTE
# A workbook unpacks to more than it weighs, but not without end
UNPACKED_BYTES = 100 * MEGABYTE
ENTRIES = 1000
ROWS = 20_000
# The reader lays values out as one rectangle: a value far outside the table would make it huge
CELLS = 4_000_000
# As many faults are kept; all are counted
FAULTS_KEPT = 5000
# Files up to this size are read and saved before the answer, larger ones by the worker
BYTES_AT_ONCE = 150 * 1024
ROWS_AT_ONCE = 1000
KEPT = timedelta(days=30)
NAME_LENGTH = 200
TEXT_LENGTH = 1000
