"""How far a long command is: a bar on a terminal, a line every few seconds anywhere else."""

import time
from typing import TextIO

WIDTH = 30
SECONDS = {True: 0.2, False: 5.0}


class FileProgress:
    """Tells how many of so many are done, at what speed, and how long the rest takes."""

    def __init__(self, out: TextIO, total: int, words: str) -> None:
        self.out, self.total, self.words = out, total, words
        self.bar = out.isatty()
        self.begun = self.last = time.monotonic()

    def tell(self, done: int) -> None:
        """Say it, unless it was said just now."""
        now = time.monotonic()
        if now - self.last < SECONDS[self.bar]:
            return
        self.last = now
        speed = done / max(now - self.begun, 0.001)
        left = int((self.total - done) / max(speed, 0.001))
        text = f"{done:,} of {self.total:,} {self.words}, {speed:,.0f} a second, {left // 60}:{left % 60:02} left"
        if self.bar:
            full = WIDTH * done // max(self.total, 1)
            self.out.write(f"\r[{'#' * full}{'.' * (WIDTH - full)}] {text}\x1b[K")
        else:
            self.out.write(f"  {text}\n")
        self.out.flush()

    def done(self) -> None:
        """Leave the line of the bar."""
        if self.bar:
            self.out.write("\r\x1b[K")
            self.out.flush()
