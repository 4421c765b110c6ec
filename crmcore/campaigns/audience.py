"""Whom a campaign is for: the members of a segment, of a rule of its own, or the buyers of unpaid orders.

Each comes with the step of the occasion: with the same step nobody gets the campaign's message twice.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa

from crmcore.campaigns.body import Body, Unpaid
from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.records.clock import Clock
from crmcore.records.money import to_minor
from crmcore.records.sending import REACHED, TURN, SendState
from crmcore.rules.yaml import load_rule
from crmcore.store.guards import name_people

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike

# So many at a time are looked at by one statement.
CHUNK = 20_000
_DAY = 86_400
# A follow-up that could not go out for so long after its time (the cap, a complaint) is let go.
_LATE_DAYS = 3


@dataclass(frozen=True)
class Audience:
    """Customers in the order of ids, each with her step."""

    ids: array[int]
    steps: array[int]

    def __len__(self) -> int:
        return len(self.ids)

    def chunks(self, size: int = CHUNK) -> Iterator[list[tuple[int, int]]]:
        """Pairs of customer and step, so many at a time."""
        for start in range(0, len(self.ids), size):
            part = slice(start, start + size)
            yield list(zip(self.ids[part], self.steps[part], strict=True))


def audience(shop: ShopLike, body: Body, campaign_id: int = 0, as_of: date | None = None) -> Audience:
    """Who belongs now, or belonged on the day `as_of`; raises `UsageError`, and what segments raise.

    Of a follow-up (`Body.of_turn`) those of campaign `campaign_id` whom the message before it reached so long
    ago that it is her turn.
    """
    clock = shop.clock(as_of)
    if body.follows is not None:
        with shop.database.read() as connection:
            return _of_pairs(followers(connection, campaign_id, body, clock.until))
    if body.unpaid is not None:
        with shop.database.read() as connection:
            return _of_pairs(unpaid_buyers(connection, body.unpaid, clock, shop.settings.currency))
    if body.segment:
        ids = shop.segments.ids(body.segment, as_of, params=body.params)
    elif body.where is not None:
        ids = shop.segments.ids_of(load_rule({"name": "audience", "where": body.where}), as_of)
    else:
        raise UsageError(_("say whom it is for: --segment NAME, or `where` in its file"))
    return _with_steps(shop, body.occasion, ids, clock)


def _of_pairs(pairs: list[tuple[int, int]]) -> Audience:
    return Audience(array("q", (i for i, _s in pairs)), array("q", (s for _i, s in pairs)))


def followers(connection: sa.Connection, campaign_id: int, body: Body, now: int) -> list[tuple[int, int]]:
    """Customers with the step of the follow-up that it is time for, in the order of ids.

    Whoever did not get hers for some days after that (`late`) is let go: it would come out of nowhere.
    """
    assert body.follows is not None
    latest = now - body.follows.after * _DAY
    reached = ", ".join(str(int(state)) for state in REACHED)
    query = sa.text(
        f"SELECT customer_id, max(step) FROM sends WHERE campaign_id = :campaign AND state IN ({reached}) "
        "AND step >= :low AND step < :high AND at <= :latest AND at > :oldest "
        "GROUP BY customer_id ORDER BY customer_id"
    )
    values = {
        "campaign": campaign_id, "low": (body.turn - 1) * TURN, "high": body.turn * TURN,
        "latest": latest, "oldest": latest - late(body),
    }  # fmt: skip
    return [(int(row[0]), int(row[1]) + TURN) for row in connection.execute(query, values)]


def late(body: Body) -> int:
    """So many seconds after its time a follow-up may still go out: a few days, or `retry_days`."""
    return max(_LATE_DAYS, body.retry_days) * _DAY


def next_follow_up(connection: sa.Connection, campaign_id: int, body: Body, now: int) -> int | None:
    """The instant of the next follow-up that somebody may get, `now` where it has come; None: of none.

    What waits for a person counts as well: the one after it is reckoned from when she was reached.
    """
    found: list[int] = []
    states = ", ".join(str(int(state)) for state in (*REACHED, SendState.TODO))
    for turn in body.turns[1:]:
        wait = body.follow_ups[turn - 1].after * _DAY
        query = sa.text(
            f"SELECT min(s.at) FROM sends s WHERE s.campaign_id = :campaign AND s.state IN ({states}) "
            "AND s.step >= :low AND s.step < :high AND s.at > :oldest AND NOT EXISTS (SELECT 1 FROM sends f "
            f"WHERE f.campaign_id = :campaign AND f.person = s.customer_id AND f.step = s.step + {TURN})"
        )
        values = {
            "campaign": campaign_id, "low": (turn - 1) * TURN, "high": turn * TURN,
            "oldest": now - wait - late(body),
        }  # fmt: skip
        first = connection.scalar(query, values)
        if first is not None:
            found.append(max(now, int(first) + wait))
    return min(found, default=None)


def _with_steps(shop: ShopLike, occasion: str, ids: array[int], clock: Clock) -> Audience:
    if occasion in ("once", "month"):
        step = 0 if occasion == "once" else clock.today.year * 100 + clock.today.month
        return Audience(ids, array("q", [step]) * len(ids))
    bare = Audience(ids, array("q", [0]) * len(ids))
    known: dict[int, int] = {}
    with shop.database.read() as connection:
        for part in bare.chunks():
            name_people(connection, part)
            values = {"now": clock.until, "year": clock.today.year, "today": f"{clock.today:%m-%d}"}
            query = sa.text(f"SELECT asked.id, {_STEPS[occasion]} FROM asked {_FROM.get(occasion, '')}")
            used = {name: value for name, value in values.items() if f":{name}" in query.text}
            known |= {
                int(row[0]): int(row[1]) for row in connection.execute(query, used) if row[1] is not None
            }
    kept = [i for i in ids if i in known]
    return Audience(array("q", kept), array("q", (known[i] for i in kept)))


_CARDS = "JOIN cards ON cards.customer_id = asked.id"
_MONTH_DAY = "substr(cards.birthday, length(cards.birthday) - 4)"
# Who has no such occasion (no birthday, no order) is not written to for it.
_FROM = {"year": _CARDS, "anniversary": _CARDS}
_STEPS = {
    # The year of the birthday that comes next.
    "year": "CASE WHEN cards.birthday IS NULL THEN NULL "
    f"WHEN {_MONTH_DAY} >= :today THEN :year ELSE :year + 1 END",
    # How many years ago she first bought, to the nearest anniversary but for a month after it.
    "anniversary": "((:now - cards.first_order_at) / 86400 + 30) / 365",
    "last_order": "(SELECT max(o.id) FROM orders o WHERE o.customer_id = asked.id AND o.paid_at IS NOT NULL)",
    # The one that was settled last.
    "complaint": "(SELECT i.id FROM interactions i WHERE i.customer_id = asked.id AND i.kind = 'complaint' "
    "ORDER BY coalesce(i.state_at, i.at) DESC, i.id DESC LIMIT 1)",
}


def unpaid_buyers(
    connection: sa.Connection, wanted: Unpaid, clock: Clock, currency: str
) -> list[tuple[int, int]]:
    """Buyers with the number of their newest unpaid order of that age and total, in the order of ids.

    Who has paid for another order since has made up her mind, and is not among them.
    """
    most = "AND o.ordered_total < :most" if wanted.to_amount is not None else ""
    unpaid = "o.status = 'unpaid' AND o.paid_at IS NULL"
    if clock.as_of is not None:  # what was paid or closed since still waited then
        unpaid = f"({unpaid} OR coalesce(o.paid_at, o.closed_at) > :until)"
    query = sa.text(
        f"""
        SELECT o.customer_id, max(o.id) FROM orders o
        WHERE {unpaid} AND o.customer_id IS NOT NULL
            AND o.placed_at > :oldest AND o.placed_at <= :newest
            AND o.ordered_total >= :least {most}
            AND o.currency = :currency
            AND NOT EXISTS (SELECT 1 FROM orders p WHERE p.customer_id = o.customer_id
                AND p.paid_at IS NOT NULL AND p.paid_at >= o.placed_at AND p.paid_at <= :until)
        GROUP BY o.customer_id ORDER BY o.customer_id
        """
    )
    values = {
        "until": clock.until,
        "oldest": clock.until - int(wanted.to_hours * 3600),
        "newest": clock.until - int(wanted.from_hours * 3600),
        "least": to_minor(wanted.from_amount, currency),
        "currency": currency,
    }
    if wanted.to_amount is not None:
        values["most"] = to_minor(Decimal(wanted.to_amount), currency)
    return [(int(row[0]), int(row[1])) for row in connection.execute(query, values)]


def still_unpaid(connection: sa.Connection, order_ids: list[int]) -> set[int]:
    """Which of these orders still wait for their payment."""
    if not order_ids:
        return set()
    query = sa.text("SELECT id FROM orders WHERE status = 'unpaid' AND paid_at IS NULL AND id IN :ids")
    query = query.bindparams(sa.bindparam("ids", expanding=True))
    return {int(row[0]) for row in connection.execute(query, {"ids": order_ids})}
