"""Small expressions that SQLite and PostgreSQL write differently, or not at all: days, lists, halves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from crmcore.records.clock import zone

SEPARATOR = "\x1f"
_FIRST, _LAST = 0, int(datetime(2076, 1, 1, tzinfo=UTC).timestamp())
# From when and until when nearly all orders of shops are.
_SELLING = (
    int(datetime(2005, 1, 1, tzinfo=UTC).timestamp()),
    int(datetime(2040, 1, 1, tzinfo=UTC).timestamp()),
)
_WEEK = 7 * 86400
# Added before a division that cuts towards zero, so that days before 1970 come out right: 100,000 days.
_DAYS_UP = 100_000


def encode_list(items: Iterable[str]) -> str | None:
    """Texts as a card keeps them: distinct, sorted by code point, between separators; None without any."""
    clean = {item.replace(SEPARATOR, " ") for item in items} - {""}
    return SEPARATOR + SEPARATOR.join(sorted(clean)) + SEPARATOR if clean else None


def decode_list(text: str | None) -> tuple[str, ...]:
    """The texts that `encode_list` made one of."""
    return tuple(text.strip(SEPARATOR).split(SEPARATOR)) if text else ()


@lru_cache(maxsize=16)
def offsets(zone_name: str) -> tuple[tuple[int, int], ...]:
    """When the zone's distance from UTC changed, from 1970 to 2075: (first instant, seconds east of UTC)."""
    tz = zone(zone_name)

    def offset(at: int) -> int:
        distance = datetime.fromtimestamp(at, tz).utcoffset()
        return int(distance.total_seconds()) if distance is not None else 0

    found = [(_FIRST, offset(_FIRST))]
    for end in range(_FIRST + _WEEK, _LAST, _WEEK):
        if offset(end) == found[-1][1]:
            continue
        low, high = end - _WEEK, end
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == found[-1][1] else (low, middle)
        found.append((high, offset(high)))
    return tuple(found)


def local_day(at: ColumnElement[Any], zone_name: str) -> ColumnElement[int]:
    """The local calendar day of an instant as a number: days since 1970-01-01."""
    zone(zone_name)
    return _LocalDay(at, sa.literal_column(f"'{zone_name}'"))


def half_away(number: ColumnElement[Any], divisor: ColumnElement[Any] | int) -> ColumnElement[Any]:
    """`number / divisor` of integers, halves away from zero; NULL for a divisor of 0."""
    twice = 2 * sa.func.nullif(divisor, 0)
    return sa.case((number >= 0, (2 * number + divisor) // twice), else_=-((-2 * number + divisor) // twice))


def concat_list(item: ColumnElement[Any]) -> ColumnElement[Any]:
    """The aggregate that makes a card's list of distinct texts that come sorted; NULL without any."""
    return SEPARATOR + _ListBody(item) + SEPARATOR


def before_colon(text: ColumnElement[Any]) -> ColumnElement[Any]:
    """The part of a text before its first colon, all of it when there is none."""
    return _BeforeColon(text)


class _ListBody(sa.sql.functions.GenericFunction[str]):
    name = "crm_list_body"
    inherit_cache = True
    type = sa.Text()


class _BeforeColon(sa.sql.functions.GenericFunction[str]):
    name = "crm_before_colon"
    inherit_cache = True
    type = sa.Text()


class _LocalDay(sa.sql.functions.GenericFunction[int]):
    name = "crm_local_day"
    inherit_cache = True
    type = sa.BigInteger()


@compiles(_LocalDay)
def _local_day(element: _LocalDay, compiler: SQLCompiler, **kw: Any) -> str:
    at, quoted = element.clauses
    text = compiler.process(at, **kw)
    offset = offset_text(text, offsets(str(quoted.name)[1:-1]))
    return f"(({text} + {offset} + {_DAYS_UP * 86400}) / 86400 - {_DAYS_UP})"


def offset_text(at: str, table: tuple[tuple[int, int], ...], end: int = _LAST) -> str:
    """Seconds east of UTC at an instant before `end`, by halving the time in which shops sell.

    Where no clock was changed in it one comparison is enough; where all were, six are.
    """
    if len(table) == 1:
        return str(table[0][1])
    first = table[0][0]
    half = min(
        range(1, len(table)),
        key=lambda place: abs(_sells(first, table[place][0]) - _sells(table[place][0], end)),
    )
    middle = table[half][0]
    before, after = offset_text(at, table[:half], middle), offset_text(at, table[half:], end)
    return f"CASE WHEN {at} < {middle} THEN {before} ELSE {after} END"


def _sells(start: int, end: int) -> int:
    """The seconds between two instants, those in which shops have orders counted a thousandfold."""
    return end - start + 999 * max(0, min(end, _SELLING[1]) - max(start, _SELLING[0]))


def _only(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    (argument,) = element.clauses
    return compiler.process(argument, **kw)


@compiles(_ListBody, "sqlite")
def _list_sqlite(element: _ListBody, compiler: SQLCompiler, **kw: Any) -> str:
    return f"group_concat({_only(element, compiler, **kw)}, char(31))"


@compiles(_ListBody, "postgresql")
def _list_postgresql(element: _ListBody, compiler: SQLCompiler, **kw: Any) -> str:
    item = _only(element, compiler, **kw)
    return f'string_agg({item}, chr(31) ORDER BY {item} COLLATE "C")'


@compiles(_BeforeColon, "sqlite")
def _colon_sqlite(element: _BeforeColon, compiler: SQLCompiler, **kw: Any) -> str:
    text = _only(element, compiler, **kw)
    return f"substr({text}, 1, instr({text} || ':', ':') - 1)"


@compiles(_BeforeColon, "postgresql")
def _colon_postgresql(element: _BeforeColon, compiler: SQLCompiler, **kw: Any) -> str:
    return f"split_part({_only(element, compiler, **kw)}, ':', 1)"
