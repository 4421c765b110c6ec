"""The field catalogue for whoever writes a rule: names, meanings, how full each field is, what it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import FromClause

from crmcore.i18n import title_of
from crmcore.records.clock import Clock, day_of
from crmcore.records.money import to_major
from crmcore.rules.catalogue import Catalogue, Stream
from crmcore.rules.fields import Field, FieldType
from crmcore.rules.memory import day_value, value_of
from crmcore.rules.tree import Op
from crmcore.rules.values import OPERATORS
from crmcore.store.sql_bits import decode_list

MOST_SAMPLES = 8
_COUNTED = (FieldType.TEXT, FieldType.LIST, FieldType.BOOL, FieldType.ANNIVERSARY)
_LONGEST = 60
# What people wrote to one another, and what tells one order from all others, is nobody's sample.
_PRIVATE = ("interactions.text", "orders.number")


@dataclass(frozen=True)
class FieldInfo:
    """One field as an editor offers it.

    `stream` is None for a fact of the card, else the events it belongs to. `fill` is the share, 0 to 1, of
    the customers (events) looked at that have it, None where nobody was looked at. `samples` are values as a
    rule takes them: the most frequent texts, of numbers and days the smallest, the middle and the largest.
    """

    name: str
    type: FieldType
    zh: str
    en: str
    description: str
    source: str
    operators: tuple[str, ...]
    stream: str | None = None
    fill: float | None = None
    samples: tuple[Any, ...] = ()

    @property
    def title(self) -> str:
        """The title in the language in force, else the name."""
        return title_of(self.zh, self.en) or self.name

    @property
    def path(self) -> str:
        """How the field is told from all others: `orders.status` inside events."""
        return f"{self.stream}.{self.name}" if self.stream else self.name

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {
            "name": self.name,
            "stream": self.stream,
            "type": self.type.value,
            "title": {"zh": self.zh, "en": self.en},
            "description": self.description,
            "source": self.source,
            "operators": list(self.operators),
            "fill": None if self.fill is None else round(self.fill, 4),
            "samples": list(self.samples),
        }


def described(catalogue: Catalogue) -> list[FieldInfo]:
    """Every field of the catalogue, those of the card first; nobody is looked at."""
    card = [_info(field, None) for field in catalogue]
    return card + [_info(field, stream) for stream in catalogue.streams.values() for field in stream.fields]


def seen(
    infos: Iterable[FieldInfo],
    catalogue: Catalogue,
    connection: sa.Connection,
    cards: FromClause,
    streams: Mapping[str, FromClause],
    clock: Clock,
    currency: str,
) -> list[FieldInfo]:
    """The same fields with how full they are and what they hold in these `cards` and events."""
    rows = {None: _rows(connection, cards)} | {
        name: _rows(connection, stream) for name, stream in streams.items()
    }
    fields: dict[tuple[str | None, str], Field] = {(None, field.name): field for field in catalogue}
    fields |= {(s.name, field.name): field for s in catalogue.streams.values() for field in s.fields}
    looks = _Looks(clock, currency)
    return [looks.at(info, fields[info.stream, info.name], rows.get(info.stream, [])) for info in infos]


def fitting(infos: Iterable[FieldInfo], typed: str) -> list[FieldInfo]:
    """The fields that the typed text may mean, by name or title in either language; the best first."""
    wanted = typed.strip().lower()
    found = [
        (rank, place, info) for place, info in enumerate(infos) if (rank := _rank(info, wanted)) is not None
    ]
    return [info for _rank, _place, info in sorted(found, key=lambda one: one[:2])]


def _rank(info: FieldInfo, wanted: str) -> int | None:
    texts = [info.path.lower(), info.zh.lower(), info.en.lower(), info.name]
    if wanted in texts[:3]:
        return 0
    if any(text.startswith(wanted) for text in texts):
        return 1
    if any(wanted in text for text in texts):
        return 2
    return 3 if wanted in info.description.lower() else None


def _info(field: Field, stream: Stream | None) -> FieldInfo:
    return FieldInfo(
        field.name,
        field.type,
        field.zh,
        field.en,
        field.description,
        field.source,
        tuple(op for op in Op if op in OPERATORS[field.type]),
        stream.name if stream else None,
    )


def _rows(connection: sa.Connection, table: FromClause) -> Sequence[Mapping[Any, Any]]:
    return connection.execute(sa.select(table)).mappings().all()


@dataclass(frozen=True)
class _Looks:
    clock: Clock
    currency: str

    def at(self, info: FieldInfo, field: Field, rows: Sequence[Mapping[Any, Any]]) -> FieldInfo:
        if field.of_the_day:
            value = day_value(field, self.clock)
            listed = value if isinstance(value, tuple) else () if value is None else (value,)
            return replace(info, fill=None if value is None else 1.0, samples=tuple(listed[:MOST_SAMPLES]))
        if not rows or field.column not in rows[0]:
            return info
        values = [value for row in rows if (value := self._value(field, row)) is not None]
        if field.type is FieldType.OCCASION:
            return replace(info, fill=len(values) / len(rows), samples=self._occasions(field, values))
        samples = () if info.path in _PRIVATE else tuple(self._samples(field, values))
        return replace(info, fill=len(values) / len(rows), samples=samples)

    def _occasions(self, field: Field, values: Sequence[Any]) -> tuple[str, ...]:
        """The occasions into which most of the dates fall."""
        dated = field.stored.type is FieldType.DATE
        days = [date.fromisoformat(one) if dated else day_of(one, self.clock.zone) for one in values]
        found = Counter(
            name for day in days for name in (field.occasions.today(day) if field.occasions else ())
        )
        return tuple(name for name, _count in found.most_common(MOST_SAMPLES))

    def _value(self, field: Field, row: Mapping[Any, Any]) -> Any:
        if field.type is FieldType.LIST:
            return decode_list(row[field.column]) or None
        value = value_of(field, row, self.clock)
        return value if value != "" else None

    def _samples(self, field: Field, values: Sequence[Any]) -> Iterator[Any]:
        if not values:
            return
        if field.type in _COUNTED:
            items = (i for value in values for i in (value if isinstance(value, tuple) else (value,)))
            common = Counter(items).most_common(MOST_SAMPLES)
            yield from (self._written(field, value) for value, _count in common)
            return
        ordered = sorted(values)
        ends = (ordered[0], ordered[len(ordered) // 2], ordered[-1])
        yield from dict.fromkeys(self._written(field, value) for value in ends)

    def _written(self, field: Field, value: Any) -> Any:
        """The value as a rule takes it."""
        match field.type:
            case FieldType.MONEY:
                return float(to_major(value, self.currency))
            case FieldType.INSTANT:
                return day_of(value, self.clock.zone).isoformat()
            case FieldType.ANNIVERSARY:
                return str(value)[-5:]
            case FieldType.BOOL:
                return bool(value)
            case FieldType.TEXT | FieldType.LIST:
                return str(value)[:_LONGEST]
            case _:
                return value
