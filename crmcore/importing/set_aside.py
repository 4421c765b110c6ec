"""The rows that one import sets aside, kept in a file until they are in the shop: there may be very many."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from crmcore.importing.reject import Reject


class SetAside:
    """Rows set aside, in the order in which they were added; `len` says how many."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = 0

    def add(self, some: Iterable[Reject]) -> None:
        """Keep these rows behind those that are there."""
        with self._path.open("a", encoding="utf-8", errors="surrogatepass") as file:
            for one in some:
                values = [str(one.file), one.sheet, one.line, one.reason, one.row]
                file.write(json.dumps(values, ensure_ascii=False) + "\n")
                self._count += 1

    def first(self, count: int) -> list[Reject]:
        """The first so many of them."""
        return list(islice(self, count))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Reject]:
        if not self._count:
            return
        with self._path.open(encoding="utf-8", errors="surrogatepass") as file:
            for line in file:
                path, sheet, number, reason, row = json.loads(line)
                yield Reject(Path(path), sheet, number, reason, row)
