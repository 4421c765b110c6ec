"""A pack's own tests: made-up people with what happened to them, and which of them a segment must find.

- title: {zh: 老客, en: Old customers}
  as_of: 2026-03-05
  given:
    - {name: ann, orders: [{days_ago: 200, total: 1200, lines: [{category: 面霜, quantity: 1}]}]}
    - {name: bea, orders: [{days_ago: 5, total: 99}]}
  expect: {lapsed_big: [ann]}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from crmcore.i18n import gettext as _
from crmcore.i18n import title_of
from crmcore.packs.faults import Faults, Path
from crmcore.packs.limits import MOST_CASES, MOST_PEOPLE
from crmcore.packs.shapes import (
    Bool,
    Choice,
    Day,
    ListOf,
    MapOf,
    Number,
    OneOf,
    Plain,
    Record,
    Shape,
    Slug,
    Text,
    Texts,
)

_LINE = Record(
    {
        "category": Text(200),
        "title": Text(),
        "sku": Text(200),
        "quantity": Number(-10_000, 10_000, whole=True),
        "total": Number(0),
        "unit_price": Number(0),
    }
)
_ORDER = Record(
    {
        "days_ago": Number(0, 20_000, whole=True),
        "on": Day(),
        "total": Number(0),
        "paid": Bool(),
        "closed": Bool(),
        "refunded": OneOf((Bool(), Number(0))),
        "source": Slug(),
        "source_tag": Text(200),
        "channel": Text(80),
        "province": Text(80),
        "city": Text(80),
        "lines": ListOf(_LINE, most=100),
        **_LINE.keys,
    },
)
_INTERACTION = Record(
    {
        "days_ago": Number(0, 20_000, whole=True),
        "on": Day(),
        "kind": Slug(),
        "text": Text(2_000, line=False),
        "state": Slug(),
        "rating": Number(-1, 5, whole=True),
        "channel": Text(80),
    },
    needed=("kind",),
)
_PROFILE: dict[str, Shape] = {
    name: Text(200) for name in ("nickname", "country", "province", "city", "address")
} | {"birthday": OneOf((Day(), Text(12)))}
_PERSON = Record(
    {
        "name": Slug(),
        **_PROFILE,
        "gender": Choice(("f", "m", "female", "male", "女", "男")),
        "tags": ListOf(Text(80)),
        "own": MapOf(Slug(), OneOf((Number(), Bool(), Text(200)))),
        "orders": ListOf(_ORDER, most=500),
        "interactions": ListOf(_INTERACTION, most=500),
    },
    needed=("name",),
)


def _people_are_known(body: Mapping[str, Any], path: Path, faults: Faults) -> None:
    names = [person["name"] for person in body["given"]]
    if len(set(names)) < len(names):
        faults.add((*path, "given"), _("two people have the same name"))
    for segment, members in body["expect"].items():
        for place, name in enumerate(members):
            if name not in names:
                text = _("nobody named {name} is given")
                faults.add((*path, "expect", segment, place), text.format(name=repr(name)))


CASES = ListOf(
    Record(
        {
            "title": OneOf((Text(), Texts())),
            "as_of": Day(),
            "given": ListOf(_PERSON, least=1, most=MOST_PEOPLE),
            "expect": MapOf(Slug(), ListOf(Slug())),
            "set": MapOf(Slug(), Plain()),
        },
        needed=("given", "expect"),
        also=_people_are_known,
    ),
    most=MOST_CASES,
)
# What a test means by today where it does not say; any day would do.
_TODAY = date(2026, 3, 5)


@dataclass(frozen=True)
class Person:
    """A made-up person of a test: her name in it, profile, tags, own fields, what happened (as written)."""

    name: str
    profile: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] = ()
    own: Mapping[str, Any] = field(default_factory=dict)
    orders: Sequence[Mapping[str, Any]] = ()
    interactions: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Case:
    """One test: the people `given`, the day it is asked on, and who must be in each segment."""

    title: str
    as_of: date
    given: tuple[Person, ...]
    expect: Mapping[str, Sequence[str]]
    params: Mapping[str, Any] = field(default_factory=dict)


def cases_of(bodies: Sequence[Mapping[str, Any]]) -> tuple[Case, ...]:
    """The tests in these checked bodies."""
    return tuple(_case(body, number) for number, body in enumerate(bodies, start=1))


def day_of_event(event: Mapping[str, Any], today: date) -> date:
    """The day of an order or interaction of a test, written as `on` or as `days_ago` (by default today)."""
    if "on" in event:
        return date.fromisoformat(event["on"])
    return today - timedelta(days=int(event.get("days_ago", 0)))


def _case(body: Mapping[str, Any], number: int) -> Case:
    title = body.get("title", str(number))
    return Case(
        title=title if isinstance(title, str) else title_of(title["zh"], title["en"]),
        as_of=date.fromisoformat(body["as_of"]) if "as_of" in body else _TODAY,
        given=tuple(_person(one) for one in body["given"]),
        expect=body["expect"],
        params=body.get("set", {}),
    )


def _person(body: Mapping[str, Any]) -> Person:
    return Person(
        name=body["name"],
        profile={key: body[key] for key in (*_PROFILE, "gender") if key in body},
        tags=body.get("tags", ()),
        own=body.get("own", {}),
        orders=body.get("orders", ()),
        interactions=body.get("interactions", ()),
    )
