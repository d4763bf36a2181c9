"""Progress of a start: step x of y, and how long each took."""

import contextlib
import io
import sys
import time
from collections.abc import Iterator


class Steps:
    """Counts and shows the steps of one start on standard output."""

    def __init__(self, *, total: int, done: int = 0) -> None:
        self.total = total
        self.done = done
        self._began = 0.0
        self._title = ""

    @contextlib.contextmanager
    def step(self, title: str, *, speaks: bool = False) -> Iterator[None]:
        """Show the title before and the seconds after; `speaks`: the step writes lines of its own."""
        self.done += 1
        self._began = time.monotonic()
        self._title = f"[{self.done}/{self.total}] {title}"
        say(self._title + " …", end="\n" if speaks else "")
        try:
            yield
        except BaseException:
            say("")  # the reason gets a line of its own
            raise
        seconds = f"{time.monotonic() - self._began:.1f} s"
        say(
            f"      done in {seconds}"
            if speaks
            else f" {seconds}"
            if not sys.stdout.isatty()
            else self._again(seconds)
        )

    def tick(self, note: str = "") -> None:
        """Show the seconds of the running step, and a note, on a terminal."""
        if sys.stdout.isatty():
            say(self._again(f"{time.monotonic() - self._began:.0f} s {note}"), end="")

    def _again(self, seconds: str) -> str:
        """Return the running step's line anew, over the former one."""
        return f"\r{self._title} … {seconds}\x1b[K"


class LineCounter(io.StringIO):
    """A stream for a talkative step: keeps nothing and shows how many lines came so far."""

    def __init__(self, steps: Steps, unit: str) -> None:
        super().__init__()
        self.steps = steps
        self.unit = unit
        self.lines = 0

    def write(self, text: str) -> int:
        """Count the line; every twentieth is shown."""
        self.lines += text.count("\n")
        if self.lines % 20 == 0:
            self.steps.tick(f"({self.lines} {self.unit})")
        return len(text)


def say(line: str, *, end: str = "\n") -> None:
    """Write one line for the operator, at once; nobody reading is no reason to stop."""
    with contextlib.suppress(BrokenPipeError, ValueError):
        print(line, end=end, flush=True)
