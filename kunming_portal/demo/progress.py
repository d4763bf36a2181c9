"""What a long command prints: a line a step with its seconds, and a bar where there is a terminal."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import OutputWrapper

BAR_WIDTH = 30


class Steps:
    """Numbered steps of a known count. Off a terminal each step is one finished line, good for a log."""

    def __init__(self, out: OutputWrapper, *, count: int) -> None:
        self.out, self.count, self.number = out, count, 0
        self.terminal = out.isatty()
        self.began = time.monotonic()
        self._text = ""
        self._shown = -1

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show one step while its body runs; print how many seconds it took."""
        self.number += 1
        self._text, self._shown = f"[{self.number}/{self.count}] {text}", -1
        began = time.monotonic()
        if self.terminal:
            self._draw(f"{self._text} ...")
        yield
        line = f"{self._text}  {time.monotonic() - began:.1f} s\n"
        self.out.write(f"\r\x1b[K{line}" if self.terminal else line, ending="")
        self.out.flush()

    def at(self, done: int, total: int) -> None:
        """Move the bar of the running step."""
        percent = done * 100 // max(total, 1)
        if not self.terminal or percent == self._shown:
            return
        self._shown = percent
        filled = BAR_WIDTH * done // max(total, 1)
        self._draw(f"{self._text}  {'█' * filled}{'░' * (BAR_WIDTH - filled)} {percent:3d} %")

    @property
    def seconds(self) -> float:
        """Seconds since the first step."""
        return time.monotonic() - self.began

    def _draw(self, text: str) -> None:
        self.out.write(f"\r\x1b[K{text}", ending="")
        self.out.flush()
