"""Daily figures in the store: what a source says of a site, a product or a keyword on a day."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crmcore.store.changes import insert_many, update
from crmcore.store.database import Write
from crmcore.store.schema_reports import daily_figures

Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Figure:
    """Figures of one thing on one day: `day` is ISO text, empty for ever; money in minor units."""

    kind: str
    day: str
    subject: str
    part: str
    place: str
    figures: Mapping[str, int | str]

    @property
    def key(self) -> Key:
        """What tells it from others of its kind and source."""
        return self.day, self.subject, self.part, self.place


def put(write: Write, source: str, currency: str, figures: Sequence[Figure]) -> Counter[str]:
    """Keep figures of one kind: how many were `new`, `changed` or the `same`.

    What a later row does not say stays as it was. Of two rows with one key the later one counts.
    """
    counted: Counter[str] = Counter()
    fresh: dict[Key, dict[str, Any]] = {}
    known = _known(write.connection, source, figures[0].kind) if figures else {}
    for one in figures:
        if one.key in fresh:
            told = {**json.loads(fresh[one.key]["figures"]), **one.figures}
            fresh[one.key]["figures"] = _text(told)
            counted["same"] += 1
        elif one.key in known:
            row_id, text = known[one.key]
            told = {**json.loads(text), **one.figures}
            changed = update(write, daily_figures, row_id, {"figures": _text(told), "currency": currency})
            known[one.key] = row_id, _text(told)
            counted["changed" if changed else "same"] += 1
        else:
            fresh[one.key] = _row(one, source, currency)
            counted["new"] += 1
    insert_many(write, daily_figures, list(fresh.values()))
    return counted


def listed(connection: sa.Connection, kind: str, limit: int) -> list[sa.Row[Any]]:
    """The newest figures of a kind: source, day, subject, part, place, currency, figures (JSON)."""
    c = daily_figures.c
    query = sa.select(c.source, c.day, c.subject, c.part, c.place, c.currency, c.figures)
    query = query.where(c.kind == kind).order_by(c.day.desc(), c.subject, c.id).limit(limit)
    return list(connection.execute(query))


def _known(connection: sa.Connection, source: str, kind: str) -> dict[Key, tuple[int, str]]:
    c = daily_figures.c
    query = sa.select(c.id, c.day, c.subject, c.part, c.place, c.figures)
    rows = connection.execute(query.where(c.kind == kind, c.source == source))
    return {(row.day, row.subject, row.part, row.place): (row.id, row.figures) for row in rows}


def _row(one: Figure, source: str, currency: str) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "source": source,
        "day": one.day,
        "subject": one.subject,
        "part": one.part,
        "place": one.place,
        "currency": currency,
        "figures": _text(one.figures),
    }


def _text(figures: Mapping[str, int | str]) -> str:
    return json.dumps(dict(sorted(figures.items())), ensure_ascii=False, separators=(",", ":"))
