"""The terminal UI as its user meets it: a process in a pseudo-terminal, keys written, what is painted read back.

Wall time is what counts here, so a busy machine shows at once; the CPU time to the first frame is said beside.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import sqlite3
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.figures import Figure, Setting
from bench.files import order_file
from bench.measure import crm, median, percentile

_AGAIN = 7
_KEYS = 150
_MINUTES = 5.0
_PATIENCE = 120.0
# As much as any Textual application: one widget, its text.
_EMPTY = """
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def compose(self):
        yield Static("drawn")

Empty().run()
"""
_CRM = (sys.executable, "-m", "crmcore.cli.main", "--lang", "en")
_ESCAPES = re.compile(rb"\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|[()][A-Z0-9]|.)")
_AREAS = (b"\x1bOQ", b"\x1bOR", b"\x1bOS", b"\x1b[17~", b"\x1b[18~", b"\x1b[19~", b"\x1b[20~")  # F2 to F9


class Screen:
    """A program in a terminal of its own; gone at the end of the block."""

    def __init__(self, command: Sequence[str], columns: int = 120, rows: int = 35) -> None:
        self.started = time.perf_counter()
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
            "TEXTUAL_ANIMATIONS": "none",
        }
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self._master = master

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._master)

    def write(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._master, keys)

    def paste(self, text: str) -> None:
        """Paste a text."""
        self.write(b"\x1b[200~" + text.encode() + b"\x1b[201~")

    def see(self, text: str) -> float:
        """Wait until the text is painted; returns the seconds since the program was started."""
        read, wanted, deadline = b"", text.encode(), time.perf_counter() + _PATIENCE
        while wanted not in _ESCAPES.sub(b"", read):
            some = self._read(deadline - time.perf_counter())
            if not some:
                raise TimeoutError(f"{text} was never painted: {_ESCAPES.sub(b'', read)[-2000:]!r}")
            read += some
        return time.perf_counter() - self.started

    def quiet(self, seconds: float = 0.15) -> None:
        """Read what is painted until nothing comes for a moment."""
        while self._read(seconds):
            pass

    def paint(self, key: bytes) -> float:
        """Press a key; returns the milliseconds until something is painted."""
        self.quiet()
        pressed = time.perf_counter()
        self.write(key)
        if not self._read(_PATIENCE):
            raise TimeoutError(f"{key!r} painted nothing")
        return (time.perf_counter() - pressed) * 1000

    @property
    def ended(self) -> int | None:
        """What the program ended with, None while it runs; negative: by that signal."""
        return self._process.poll()

    @property
    def cpu(self) -> float:
        """CPU seconds of the program so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> float:
        """MB of the program's own; the pages of the database that it only maps are the system's."""
        return self.memories()[0]

    def memories(self) -> tuple[float, float]:
        """MB of the program's own, and MB with the pages of files that it maps."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        known = dict(line.split(":", 1) for line in status.splitlines())
        own, all_ = (int(known[name].split()[0]) / 1024 for name in ("RssAnon", "VmRSS"))
        return own, all_

    def _read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self._master], [], [], max(seconds, 0))
        if not ready:
            return b""
        try:
            return os.read(self._master, 1 << 20)
        except OSError:  # Linux says so when the program has ended
            return b""


def first_frames(shop: Path, again: int = _AGAIN) -> Iterator[Figure]:
    """Start to first frame against an empty Textual app, turn by turn; and to the first customer looked up."""
    took: dict[str, list[tuple[float, float]]] = {"empty": [], "crm": []}
    found, nickname = [], _only_hers(shop)
    for _ in range(again):
        for name, command, sign in (
            ("empty", (sys.executable, "-c", _EMPTY), "drawn"),
            ("crm", (*_CRM, "--shop", str(shop)), "Who is this?"),
        ):
            with Screen(command) as screen:
                took[name].append((screen.see(sign), screen.cpu))
                if name == "crm":
                    screen.paste(f"{nickname} ")
                    found.append((screen.see("in all"), screen.cpu))
    for what, place in (("first frame", 0), ("first frame, CPU", 1)):
        mine, empty = (median([one[place] for one in took[name]]) for name in ("crm", "empty"))
        yield Figure(f"crm: {what}", mine, "s", empty, "an empty Textual app", aim="1.5×")
    yield Figure("crm: start to the first customer's card", median([one[0] for one in found]), "s", aim="1 s")
    yield Figure("crm: start to the first customer's card, CPU", median([one[1] for one in found]), "s")


def _only_hers(shop: Path) -> str:
    """A buyer's nickname that is a part of no other's, so that her card opens: none is longer."""
    longest = (
        "SELECT value FROM identities WHERE kind = 'buyer' ORDER BY length(value) DESC, value DESC LIMIT 1"
    )
    with contextlib.closing(sqlite3.connect(f"file:{shop / 'shop.db'}?mode=ro", uri=True)) as connection:
        return str(connection.execute(longest).fetchone()[0])


def while_importing(shop: Path, file: Path, keys: int = _KEYS) -> Iterator[Figure]:
    """Key to paint on the look-up line: at rest, and while the UI imports a file in the background."""
    with Screen((*_CRM, "--shop", str(shop))) as screen:
        screen.see("Who is this?")
        screen.quiet(1.0)
        yield from _painted(screen, "at rest", keys)
        screen.write(_AREAS[4])
        screen.see("[F7")
        screen.quiet(0.5)
        screen.paste(f"'{file}' ")
        screen.see(file.name)
        screen.quiet(1.0)
        screen.write(b"\r")  # the plan takes as long as the import: go without it
        screen.see("Import without it?")
        screen.write(b"y")
        screen.see("State")
        time.sleep(3)
        screen.write(_AREAS[0])
        screen.see("Who is this?")
        screen.quiet(0.5)
        yield from _painted(screen, "while a file is imported", keys)
        screen.write(_AREAS[4])
        screen.see("%")  # else the import was over before the keys were


def _painted(screen: Screen, when: str, keys: int) -> Iterator[Figure]:
    took = [screen.paint(key) for _ in range(keys // 2) for key in (b"x", b"\x7f")]
    yield Figure(f"key to paint {when}, median", median(took), "ms")
    yield Figure(f"key to paint {when}, 95 of 100", percentile(took, 0.95), "ms", aim="50 ms")


def used_for_long(shop: Path, minutes: float = _MINUTES, pause: float = 0.0) -> Iterator[Figure]:
    """Memory after a while of going through the areas, looking people up and reading their cards.

    `pause` seconds between one screen and the next: a moderate pace leaves the machine to others.
    """
    with Screen((*_CRM, "--shop", str(shop))) as screen:
        screen.see("Who is this?")
        samples, who, until = [], 0, time.monotonic() + minutes * 60
        while time.monotonic() < until:
            for area in _AREAS:
                screen.write(area)
                screen.quiet(0.3 + pause)
                for key in (b"\x1b[B", b"\x1b[6~", b"\x1b[A"):
                    screen.write(key)
                    screen.quiet(0.05)
            screen.write(_AREAS[0])
            screen.quiet()
            for _ in range(5):
                who += 7
                screen.write(b"\x1b\x1b")
                screen.quiet()
                screen.paste(f"buyer_{who}")
                screen.quiet(0.4)
            samples.append(screen.memory)
        tenth = max(1, len(samples) // 10)
        early, late = median(samples[tenth : 2 * tenth + 1]), median(samples[-tenth:])
    what = f"memory after {minutes:.0f} minutes of use ({len(samples)} rounds, {who // 7} look-ups)"
    yield Figure(what, late, "MB", early, "after a tenth of it", aim="200 MB, flat")


def ui(setting: Setting) -> Iterator[Figure]:
    """The terminal UI on the shop that the imports filled; made here when there is none."""
    if not setting.shop.exists():
        crm("init", str(setting.shop), "--lang", "en", "--currency", "CNY", "--timezone", "Asia/Shanghai")
        crm("--shop", str(setting.shop), "import", str(setting.file))
    yield from first_frames(setting.shop)
    yield from used_for_long(setting.shop)
    more = setting.folder / f"ExportOrderList{setting.orders}ui.csv"
    order_file(more, max(setting.orders, 300_000), setting.customers, first_order=10 * setting.orders, seed=5)
    yield from while_importing(setting.shop, more)
