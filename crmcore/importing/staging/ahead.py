"""A long part read piece by piece, by a thread of its own, while somebody works on the piece before.

One thread can change encodings or hear a worker process while the other is inside DuckDB.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from crmcore.importing.reading import pieces_of
from crmcore.importing.staging.rows import Piece, Source, read_part
from crmcore.importing.staging.scratch import Scratch

# Read pieces at a time: each is held in memory. The next one's file is written meanwhile.
_ROOM = 1


class Ahead:
    """The pieces of a source, of about `rows` records each: iterate over it, in a `with`, for their tables.

    A table is whoever got it's to drop. Raises `NeedsCare`, or what DuckDB raises, for a file that cannot be
    read so; `FileError` where there is no room.
    """

    def __init__(self, scratch: Scratch, source: Source, rows: int) -> None:
        self._scratch, self._source, self._rows = scratch, source, rows
        self._ready: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._room = threading.Semaphore(_ROOM)
        self._over = False
        self._reading: Scratch | None = None

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._work = self._pool.submit(self._read)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over = True
        self._room.release()
        reading = self._reading
        if reading and not self._work.done():
            reading.interrupt()
        self._pool.shutdown()

    def __iter__(self) -> Iterator[str]:
        while (table := self._ready.get()) is not None:
            yield table
            self._room.release()
        self._work.result()

    def _read(self) -> None:
        try:
            with self._scratch.beside() as self._reading:
                start = 0
                for number, path in enumerate(_one_ahead(pieces_of(self._source.part, self._rows))):
                    self._room.acquire()
                    if self._over:
                        return
                    table = f"piece_{number}"
                    read_part(self._reading, self._source, Piece(path, start, table))
                    start += self._reading.one(f"SELECT count(*) FROM {table}")
                    self._ready.put(table)
        finally:
            self._reading = None
            self._ready.put(None)


def _one_ahead(files: Iterator[Path]) -> Iterator[Path]:
    """The files, the next one written while somebody works with one: encodings are Python's work alone."""
    with ThreadPoolExecutor(1, thread_name_prefix="writing") as pool:
        coming = pool.submit(next, files, None)
        while (path := coming.result()) is not None:
            coming = pool.submit(next, files, None)
            yield path


# What DuckDB raises for a file that is not as strict as it looked.
NOT_STRICT = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException)
