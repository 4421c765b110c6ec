"""Where the analytics process finds a shop's records, and as of when: plain values that cross the pipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Source:
    """A shop as the analytics process sees it.

    `file` is the database of an SQLite shop, None for one on a server, which `url` names. `until` is the last
    instant (UTC seconds) that counts, None for now; `today` the day that reports speak of. `statements`
    holds the SELECT that makes each table, in PostgreSQL's words, which DuckDB understands; `plain` the same
    in those of SQLite, for where DuckDB cannot read the file itself. `playbook` holds the shop's entries by
    family and name. `types`: DuckDB's types of columns that `analytics.tables` does not know. Reading copies
    are made of a shop with so many orders, `copied_from`, and more.
    """

    url: str
    file: Path | None
    currency: str
    time_zone: str
    today: date
    until: int | None
    statements: dict[str, str]
    plain: dict[str, str]
    playbook: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    copied_from: int = 100_000
