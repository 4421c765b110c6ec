"""Two records that may be one person, side by side; and one record that may be two people, in its parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from crmcore.desk import brief_words as words
from crmcore.desk.brief import Brief, brief
from crmcore.i18n import clauses, joined, mark
from crmcore.i18n import gettext as _
from crmcore.people import People
from crmcore.records.clock import day_of
from crmcore.records.customer import IdentityView
from crmcore.records.identity import IdentityKind
from crmcore.shop import Shop
from crmcore.shown import labelled
from crmcore.store.candidates import Candidate, count_open, list_candidates
from crmcore.store.database import among
from crmcore.store.schema import customers, orders

__all__ = [
    "Candidate",
    "Compared",
    "Pair",
    "Part",
    "bring_back",
    "chosen_pair",
    "compare",
    "open_pairs",
    "parts_of",
    "settle",
    "split_off",
]

_KINDS = {
    "phone": mark("phone"),
    "email": mark("e-mail"),
    "buyer": mark("buyer id"),
}


@dataclass(frozen=True)
class Compared:
    """One line of the comparison: `same` None where only one of them says anything."""

    title: str
    a: str
    b: str
    same: bool | None


@dataclass(frozen=True)
class Pair:
    """Two customers that may be one, the one known longer first, and why somebody thought so.

    `id` is 0 for two whom nobody proposed.
    """

    id: int
    reason: str
    a: Brief
    b: Brief
    lines: tuple[Compared, ...]


@dataclass(frozen=True)
class Part:
    """A part of a customer: an identity, or somebody who was merged into her.

    `orders`: how many came with it. A merged one has `merged` (her id) and no `identity`.
    """

    words: str
    shown: str
    orders: int
    identity: int | None = None
    merged: int | None = None


def open_pairs(shop: Shop, after: int = 0, limit: int = 100) -> tuple[int, list[Candidate]]:
    """How many pairs wait to be looked at, and those from beyond the id `after`."""
    shop.permit("customer.find")
    with shop.database.read() as connection:
        return count_open(connection), list_candidates(connection, after=after, limit=limit)


def chosen_pair(one: int, other: int) -> Candidate:
    """Two customers whom somebody wants to look at side by side; nobody proposed them."""
    a, b = sorted((one, other))
    return Candidate(0, a, None, b, None, "")


def compare(shop: Shop, candidate: Candidate) -> Pair:
    """The pair side by side; raises `NotFoundError`."""
    first, second = sorted((candidate.a_id, candidate.b_id))
    a, b = brief(shop, first), brief(shop, second)
    lines = []
    for title, read in _lines():
        left, right = read(a), read(b)
        if left or right:
            lines.append(Compared(_(title), left, right, left == right if left and right else None))
    reason = words.same_reason(candidate.reason) if candidate.id else _("marked by you")
    return Pair(candidate.id, reason, a, b, tuple(lines))


def settle(shop: Shop, pair: Pair, *, same: bool) -> int | None:
    """One person (returns whom they are now), or two for good; each can be undone."""
    if pair.id:
        return People(shop).settle(pair.id, same=same)
    if same:
        People(shop).merge(pair.a.id, pair.b.id)
    return pair.a.id if same else None


def parts_of(shop: Shop, customer_id: int) -> tuple[Brief, list[Part]]:
    """Her, and what she could be taken apart into: who was merged into her, then her identities."""
    her = brief(shop, customer_id)
    with shop.database.read() as connection:
        called = sa.func.coalesce(customers.c.name, customers.c.nickname, "")
        inside = sa.select(customers.c.id, called).where(among(connection, customers.c.id, her.card.merged))
        names = {row[0]: row[1] for row in connection.execute(inside)}
        query = sa.select(orders.c.identity_id, sa.func.count()).where(orders.c.customer_id == her.id)
        counts: dict[int | None, int] = {
            row[0]: row[1] for row in connection.execute(query.group_by(orders.c.identity_id))
        }
    merged = [
        Part(
            _("merged into her"),
            f"{names[one]} #{one}".strip(),
            sum(counts.get(view.id, 0) for view in her.card.identities if view.home_id == one),
            merged=one,
        )
        for one in her.card.merged
    ]
    own = [
        Part(_kind(view), _shown(view), counts.get(view.id, 0), identity=view.id)
        for view in her.card.identities
        if view.kind != IdentityKind.OWN
    ]
    return her, [*merged, *own]


def bring_back(shop: Shop, customer_id: int) -> int:
    """Bring back a customer who was merged into another; returns the one she leaves."""
    return People(shop).split(customer_id)[1]


def split_off(shop: Shop, customer_id: int, identities: Sequence[int]) -> int:
    """Make another customer of some of her identities, with what came with them; returns the new id.

    Raises `UsageError` for all of them: somebody has to be left.
    """
    return People(shop).split(customer_id, identities)[0]


def _kind(view: IdentityView) -> str:
    found = _(_KINDS[view.kind]) if view.kind in _KINDS else view.kind
    return f"{found} ({words.platform(view.namespace.partition(':')[0])})" if view.namespace else found


def _shown(view: IdentityView) -> str:
    return view.shown or view.value


def _known(kind: IdentityKind) -> Callable[[Brief], str]:
    return lambda her: joined(_shown(one) for one in her.card.identities if one.kind == kind)


def _date(at: int | None, her: Brief) -> str:
    return "" if at is None else f"{day_of(at, her.time_zone):%Y-%m-%d}"


def _lines() -> tuple[tuple[str, Callable[[Brief], str]], ...]:
    """What is compared: the title (marked) and how to read it off a brief."""
    return (
        (mark("Full name"), lambda her: her.card.name or ""),
        (mark("Handle"), lambda her: her.card.nickname or ""),
        (mark("Gender"), lambda her: words.gender(her.card.gender)),
        (mark("Birthday"), lambda her: her.card.birthday or ""),
        (mark("Phone"), _known(IdentityKind.PHONE)),
        (mark("E-mail"), _known(IdentityKind.EMAIL)),
        (mark("Buyer id"), _known(IdentityKind.BUYER)),
        (mark("Place"), lambda her: her.place),
        (mark("Address"), lambda her: her.card.address or ""),
        (mark("Platforms"), lambda her: "+".join(map(words.platform, her.platforms))),
        (mark("Orders"), lambda her: str(her.orders) if her.orders else ""),
        (mark("Spent"), lambda her: words.amount(her.total_spent, her.currency) if her.orders else ""),
        (mark("First order"), lambda her: _date(her.card.facts.get("first_order_at"), her)),
        (mark("Last order"), lambda her: _date(her.card.facts.get("last_order_at"), her)),
        (mark("Bought lately"), lambda her: clauses(map(words.goods, her.purchases[:2]))),
        (mark("Tags"), lambda her: joined(her.tags)),
        (mark("Still open"), lambda her: joined(labelled(one.title, one.text) for one in her.alerts)),
        (mark("Remark"), lambda her: her.card.note or ""),
        (mark("First seen"), lambda her: _date(her.card.at, her)),
    )
