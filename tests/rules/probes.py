"""One comparison at a time, asked of people whose values lie just around what it compares with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from crmcore.records.clock import Clock, day_start, instant, zone
from crmcore.rules.fields import Field, FieldType
from crmcore.rules.tree import Compare, Events, Node, Not, Op
from crmcore.rules.values import OPERATORS
from tests.rules.people import CATALOGUE, Order, Person
from tests.rules.strategies import AMOUNTS, ITEMS, TEXTS, WRITTEN, clocks

# Orders and lines show these as something else than a column of their own.
_COMPUTED = ("bought", "refunded_in_full", "open", "number", "source", "currency", "refunded_at")
_PAID = {"currency": "CNY", "status": "paid", "refunded_total": 0, "net_total": 100, "paid_at": 1_000_000_000}


@dataclass(frozen=True)
class Probe:
    """Rules of one comparison each, the day they are asked on, and people around their edges."""

    rules: list[Node]
    clock: Clock
    people: list[Person]


def _places(kind: FieldType) -> list[tuple[str, Field]]:
    """Where fields of that type stand: on the card, or in a stream of events."""
    places = {"card": tuple(CATALOGUE)} | {name: tuple(s.fields) for name, s in CATALOGUE.streams.items()}
    found = {name: [one for one in fields if one.type is kind] for name, fields in places.items()}
    return [
        (name, one)
        for name, fields in found.items()
        for one in fields
        for _time in range(4 if one.column == "birthday" else 1)  # the hardest of them
        if one.column not in (*_COMPUTED, "customer_id")
    ]


@st.composite
def probes(draw: st.DrawFn, kind: FieldType) -> Probe:
    """Every operator of a field of that type with the same two values."""
    clock = draw(clocks())
    place, field = draw(st.sampled_from(_places(kind)))
    values = draw(st.tuples(WRITTEN[kind], WRITTEN[kind]))
    several = values[: draw(st.integers(0, 2))]
    tests = [Compare(field.name, op, _operand(op, values, several)) for op in sorted(OPERATORS[kind])]
    turned = draw(st.booleans())
    rules = [test if place == "card" else Events(place, test) for test in tests]
    around = {value for one in values for value in _beside(field, one, clock)}
    people = [_person(place, field.column, value) for value in sorted(around, key=str)]
    return Probe([Not(rule) if turned else rule for rule in rules], clock, [*people, Person({})])


def _operand(op: Op, values: tuple[Any, Any], several: tuple[Any, ...]) -> Any:
    match op:
        case Op.EXISTS:
            return True
        case Op.IN | Op.ANY | Op.ALL:
            return several
        case Op.BETWEEN:
            return tuple(
                sorted(values, key=lambda value: value if isinstance(value, int | float) else str(value))
            )
        case _:
            return values[0]


def _person(place: str, column: str, value: Any) -> Person:
    match place:
        case "card":
            return Person({column: value})
        case "orders":
            name = "placed_at" if column == "at" else column
            foreign = Order({**_PAID, name: value, "currency": "USD"})
            return Person({}, orders=(Order({**_PAID, name: value}),) if value != 100 else (foreign,))
        case "lines":
            of_order = {"at": "placed_at", "paid_at": "paid_at", "source_tag": "source_tag"}
            line = dict.fromkeys(("sku", "title", "category", "unit_price", "total")) | {"quantity": 1}
            if column in of_order:
                return Person({}, orders=(Order({**_PAID, of_order[column]: value}, (line,)),))
            currency = "USD" if value == 100 else "CNY"
            return Person({}, orders=(Order({**_PAID, "currency": currency}, (line | {column: value},)),))
        case "interactions":
            entry = {"kind": "call", "at": 0, "text": "x"} | {column: value}
            return Person({}, interactions=(entry,))
        case _:
            refund = {"at": None, "amount": 1, "currency": "USD" if value == 100 else "CNY"} | {column: value}
            return Person({}, refunds=(refund,))


def _beside(field: Field, wanted: Any, clock: Clock) -> list[Any]:
    match field.type:
        case FieldType.DAYS | FieldType.AGE:
            return _beside_days(field, wanted if isinstance(wanted, int) else 0, clock)
        case FieldType.INSTANT:
            return _beside_instant(wanted, clock)
        case FieldType.DATE:
            day = wanted if isinstance(wanted, date) else clock.today
            return [(day + timedelta(days=n)).isoformat() for n in (-1, 0, 1)]
        case FieldType.ANNIVERSARY:
            return ["--02-28", "2004-02-29", "--03-01", "1990-12-31", f"--{clock.today:%m-%d}"]
        case FieldType.MONEY:
            return list(AMOUNTS)
        case FieldType.INT:
            return [0, 1, 2, 3, 4]
        case FieldType.NUMBER:
            return [-1.5, 0.0, 0.1, 2.0, 3.25]
        case FieldType.BOOL:
            return [True, False]
        case FieldType.LIST:
            return [(one,) for one in ITEMS] + [tuple(sorted(ITEMS)), tuple(sorted(ITEMS[:2]))]
        case _:
            return list(TEXTS)


def _beside_instant(wanted: Any, clock: Clock) -> list[int]:
    if isinstance(wanted, str):
        wanted = date.fromisoformat(wanted)
    if isinstance(wanted, datetime):
        aware = wanted if wanted.tzinfo else wanted.replace(tzinfo=zone(clock.zone))
        edges = [instant(aware)]
    else:
        day = wanted if isinstance(wanted, date) else clock.today
        edges = [day_start(day + timedelta(days=n), clock.zone) for n in (0, 1)]
    return [edge + n for edge in edges for n in (-3600, -1, 0, 1, 3600)]


def _beside_days(field: Field, days: int, clock: Clock) -> list[Any]:
    today = clock.today
    if field.type is FieldType.AGE or field.stored.type is FieldType.ANNIVERSARY:
        year = today.year - (days if field.type is FieldType.AGE else 30)
        away = days if field.type is FieldType.DAYS and abs(days) < 400 else 0
        near = [today + timedelta(days=n + (-away if field.since else away)) for n in (-2, -1, 0, 1, 2)]
        shapes = [f"{year + n:04d}-{day:%m-%d}" for n in (-1, 0, 1) for day in near]
        return [*shapes, *(f"--{day:%m-%d}" for day in near), f"{year:04d}-02-29", "--02-29", "--02-28"]
    far = today + timedelta(days=-days if field.since else days)
    if field.stored.type is FieldType.DATE:
        return [(far + timedelta(days=n)).isoformat() for n in (-1, 0, 1)]
    edges = [day_start(far + timedelta(days=n), clock.zone) for n in (-1, 0, 1, 2)]
    return [edge + n for edge in edges for n in (-1, 0, 1)]
