"""What a card holds of a field of the shop's own: the same on every database, nothing where junk was imported."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.records.own_field import OwnField
from crmcore.store import schema
from crmcore.store.database import Database
from crmcore.store.own_field_sql import own_value
from tests.examples import examples
from tests.facts.test_cards import fixtures


def read(database: Database, kind: str, texts: Sequence[str]) -> list[Any]:
    """What cards would hold of a field of that kind in which these texts were imported."""
    field = own_value(OwnField("own", kind), database.dialect, "CNY")
    table = schema.customers
    with database.write("own", actor="t") as write:
        write.connection.execute(sa.delete(table))
        rows = [{"created_by": write.change_id, "extra": json.dumps({"own": one})} for one in texts]
        write.connection.execute(sa.insert(table), rows)
    with database.read() as connection:
        return list(connection.scalars(sa.select(field).order_by(table.c.id)))


def test_days_are_those_that_the_calendar_has(database: Database) -> None:
    texts = [
        f"{year}-{month:02}-{day:02}"
        for year in (1900, 2000, 2023, 2024)
        for month in range(14)
        for day in (0, 1, 28, 29, 30, 31, 32)
    ]
    texts += ["2026-3-1", "2026-03-01 10:00", "2026-03-01\n", "x", ""]
    days = []
    for text in texts:
        days.append(None)
        with suppress(ValueError):
            days[-1] = date.fromisoformat(text).isoformat()
    assert read(database, "date", texts) == days


_NUMBERS = st.one_of(
    st.decimals(-(10**13), 10**13, places=3).map(lambda one: f"{one:f}"),
    st.decimals(-10, 10, places=3).map(lambda one: f"{one:f}"),
    st.sampled_from(
        ["9" * 20, "9223372036854775808", "1e3", "007", "-", "1.", ".5", "NaN", "１２", "-0", ""]
    ),
)


@settings(max_examples=examples(10), deadline=None, suppress_health_check=fixtures)
@given(st.lists(_NUMBERS, min_size=1, max_size=20))
def test_amounts_are_the_same_on_every_database(database: Database, texts: list[str]) -> None:
    plain = "0123456789.-"
    for text, found in zip(texts, read(database, "money", texts), strict=True):
        written = text.strip(plain) == "" and text not in ("", "-", "1.", ".5", "007")
        minor = Decimal(text).scaleb(2).quantize(Decimal(1), ROUND_HALF_UP) if written else None
        assert found == (None if minor is None or abs(minor) > 10**15 else int(minor)), text


def test_whole_numbers_too_large_for_a_database_are_none(database: Database) -> None:
    texts = ["9" * 20, "9223372036854775808", "-1000000000000001", "1000000000000000", "-5", "1.0", "x"]
    assert read(database, "int", texts) == [None, None, None, 10**15, -5, None, None]
