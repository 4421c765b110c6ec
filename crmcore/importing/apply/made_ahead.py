"""Search entries and cards of new customers, made one step ahead by a process of their own.

Cutting a customer's names, numbers and addresses into what search looks up, and working out her card, is half
of the work of an import and needs nothing of the shop, so it runs beside the writing. It is an aid only: what
is not there in time, or not at all, is made in the write as for any other customer.
"""

from __future__ import annotations

import contextlib
import json
import marshal
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from crmcore.children import environment
from crmcore.importing.apply.cards_ahead import CardsAhead
from crmcore.importing.staging.export import TABLES, Chunk

_COMMAND = [sys.executable, "-P", "-X", "utf8", "-m", "crmcore.importing.apply.ahead_child"]
# So many chunks are asked for ahead, which take about 12 MB: twice what a transaction takes.
_AHEAD = 40
# Short imports are over before the process has begun.
_WORTH = 10
# The process is taken for stuck when it has not brought the next chunk within so many seconds.
_PATIENCE = 5.0
# It makes no cards of the next chunks where it was waited for longer than this, in seconds.
_LATE = 0.01

# root, text, tokens
Entry = tuple[int, str, str]
Entries = list[Entry]
# Cards, each with the root first.
Rows = list[tuple[Any, ...]]


class MadeAhead:
    """What is made ahead of `chunks`, staged in the SQLite file `stage` (None: nothing is).

    Use it in a `with`; `ask_ahead` and `wait` are for between two transactions, `take` for inside one.
    `cards`: how cards are made; None: they are not.
    """

    def __init__(self, stage: Path | None, chunks: Sequence[Chunk], cards: CardsAhead | None = None) -> None:
        self.cards = cards
        self._is_late = False
        self._chunks = chunks
        self._stage = stage if len(chunks) > _WORTH else None
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[tuple[int, Entries, Rows] | None] = queue.SimpleQueue()
        self._ready: dict[int, tuple[Entries, Rows]] = {}
        self._asked: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def ask_ahead(self, place: int) -> None:
        """Ask for the next chunks from `place` on: they are expected to bring new customers."""
        if self._stage is None:
            return
        lines: list[str] = []
        if self._process is None:
            self._process = self._start(self._stage)
            lines.append((self.cards.recipe if self.cards else "") + "\n")
        wanted = [one for one in self._chunks[place : place + _AHEAD] if one.number not in self._asked]
        lines += [
            json.dumps([one.number, not self._is_late, {table: one.range_of(table) for table in TABLES}])
            + "\n"
            for one in wanted
        ]
        self._asked |= {one.number for one in wanted}
        try:
            pipe = self._process.stdin if self._process else None
            if pipe and lines:
                pipe.write("".join(lines).encode())
                pipe.flush()
        except OSError:
            self._stop()

    def wait(self, place: int, count: int = 1) -> None:
        """Wait until `count` chunks from `place` on are there, as far as they were asked for."""
        began = time.monotonic()
        for number in [one.number for one in self._chunks[place : place + count]]:
            until = time.monotonic() + _PATIENCE
            while self._process and number in self._asked and number not in self._ready:
                try:
                    answer = self._answers.get(timeout=max(0.0, until - time.monotonic()))
                except queue.Empty:
                    answer = None
                if answer is None:
                    self._stop()
                else:
                    self._ready[answer[0]] = answer[1:]
        self._is_late = time.monotonic() - began > _LATE

    def take(self, numbers: Iterable[int]) -> tuple[Entries, Rows]:
        """The entries and the cards of the chunks of these numbers, as far as they are there."""
        entries: Entries = []
        cards: Rows = []
        for number in numbers:
            with contextlib.suppress(queue.Empty):
                while (
                    number in self._asked
                    and number not in self._ready
                    and (one := self._answers.get_nowait())
                ):
                    self._ready[one[0]] = one[1:]
            if number in self._ready:
                some, made = self._ready.pop(number)
                entries += some
                cards += made
        return entries, cards

    def _start(self, stage: Path) -> subprocess.Popen[bytes] | None:
        try:
            process = subprocess.Popen(
                [*_COMMAND, str(stage)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError:
            self._stage = None
            return None
        threading.Thread(target=self._hear, args=(process.stdout,), name="made-ahead", daemon=True).start()
        return process

    def _hear(self, pipe: IO[bytes]) -> None:
        """Take what comes, so that the process never waits for us; None when it is gone."""
        with contextlib.suppress(OSError, ValueError):
            while len(head := pipe.read(4)) == 4:
                length = int.from_bytes(head, "big")
                body: bytes = pipe.read(length)
                if len(body) < length:
                    break
                answer: Any = marshal.loads(body)  # written by our own process
                self._answers.put(answer)
        self._answers.put(None)

    def _stop(self) -> None:
        """End the process; from now on everything is made in the write."""
        self._stage, process, self._process = None, self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()
