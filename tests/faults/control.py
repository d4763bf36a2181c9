"""What the conductor tells the other processes while they run: a few numbers in a file that all of them map."""

import mmap
import os
import struct
from enum import IntEnum
from pathlib import Path

SIZE = 8


class Dial(IntEnum):
    """The numbers and their places."""

    WORKER_1 = 0  # seconds by which a worker's clock is wrong
    WORKER_2 = 1
    DATABASE = 2  # seconds by which the database's clock is wrong, as workers read it
    RECEIVER = 3  # how the receiver behaves: `receiver.Manner`
    FIRST = 4  # users act on cases from this key
    LAST = 5  # to this one; 0: they rest
    AT_DUE = 6  # share of moves that are made at the very moment of due


class Control:
    """The dials. Reading and writing one is a memory access."""

    def __init__(self, path: Path) -> None:
        """Map the file, which is made if it is missing."""
        if not path.exists():
            path.write_bytes(bytes(SIZE * len(Dial)))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)

    def __getitem__(self, dial: Dial) -> float:
        value: float = struct.unpack_from("d", self._memory, dial * SIZE)[0]
        return value

    def __setitem__(self, dial: Dial, value: float) -> None:
        struct.pack_into("d", self._memory, dial * SIZE, value)


def given() -> Control:
    """Return the dials of the run this process belongs to."""
    return Control(Path(os.environ["FAULTS_CONTROL"]))
