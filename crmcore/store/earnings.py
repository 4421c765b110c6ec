"""What followed a campaign in the shop's orders: by code first, else by time, each order once.

An order belongs to the campaign whose code it carries. Without one it belongs to the campaign that reached
its buyer last before she ordered, if that was within that campaign's window. So no order counts for two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.records.sending import REACHED, TURN
from crmcore.store.database import Write
from crmcore.store.json_sql import json_text
from crmcore.store.schema import orders
from crmcore.store.schema_campaigns import campaign_costs, code_uses, codes

_REACHED = ", ".join(str(int(state)) for state in REACHED)
# What exports call the coupon of an order, as importers keep it.
_COUPON_FIELDS = ("coupon", "code", "discount_code", "coupon_code")
# Bought, and of the shop's currency: what counts as money earned.
_BOUGHT = (
    "o.paid_at IS NOT NULL AND NOT (o.refunded_total > 0 AND o.net_total <= 0) AND o.currency = :currency"
)


@dataclass(frozen=True)
class Earned:
    """Orders, their buyers and what they brought (minor units)."""

    orders: int = 0
    buyers: int = 0
    revenue: int = 0


@dataclass(frozen=True)
class Group:
    """A group of a plan within the window: how many people, how many bought, for how much (minor units)."""

    people: int
    buyers: int
    revenue: int


def has_new_codes(connection: sa.Connection) -> bool:
    """Whether an order carries a code of a campaign that `match_codes` has not noted yet."""
    if connection.scalar(sa.select(codes.c.id).limit(1)) is None:
        return False
    return connection.execute(_coded().limit(1)).first() is not None


def match_codes(write: Write) -> None:
    """Note which orders carry a code of a campaign."""
    rows = [
        {"code_id": row[0], "order_id": row[1], "at": row[2], "created_by": write.change_id}
        for row in write.connection.execute(_coded())
    ]
    if rows:
        write.connection.execute(sa.insert(code_uses), rows)


def _coded() -> sa.Select[Any]:
    """The orders that carry a code and are not noted: code, order, when."""
    coupon = sa.func.coalesce(*(json_text(orders.c.extra, name) for name in _COUPON_FIELDS), "")
    known = sa.exists().where(code_uses.c.order_id == orders.c.id)
    return (
        sa.select(codes.c.id, orders.c.id, sa.func.coalesce(orders.c.placed_at, orders.c.paid_at, 0))
        .select_from(orders.join(codes, codes.c.code == sa.func.upper(sa.func.trim(coupon))))
        .where(orders.c.extra.is_not(None), ~known)
    )


def give_code(write: Write, campaign_id: int, code: str) -> None:
    """The code that all messages of a campaign carry; raises `CrmError` when another campaign has it."""
    known = write.connection.execute(
        sa.select(codes.c.campaign_id).where(codes.c.code == code.strip().upper())
    ).first()
    if known is None:
        values = {"campaign_id": campaign_id, "code": code.strip().upper(), "created_by": write.change_id}
        write.connection.execute(sa.insert(codes).values(**values))
    elif known.campaign_id != campaign_id:
        raise CrmError(
            _("the code {code} belongs to another campaign: choose one of its own").format(code=code)
        )


def by_code(connection: sa.Connection, campaign_id: int, currency: str, until: int) -> Earned:
    """What orders with a code of the campaign brought, until an instant."""
    query = f"""
        SELECT count(*), count(DISTINCT o.customer_id), coalesce(sum(o.net_total), 0)
        FROM code_uses u JOIN codes c ON c.id = u.code_id JOIN orders o ON o.id = u.order_id
        WHERE c.campaign_id = :campaign AND o.paid_at <= :until AND {_BOUGHT}
    """
    return _earned(connection, query, {"campaign": campaign_id, "currency": currency, "until": until})


def by_window(
    connection: sa.Connection,
    campaign_id: int,
    windows: Mapping[int, int],
    currency: str,
    until: int,
    *,
    of_step: bool,
    by_turn: bool = False,
) -> dict[int, Earned]:
    """What buyers who were reached brought within the window, where no code and no later campaign claims it.

    All of it under 0; `by_turn`: by the turn of the message that reached her last before (0: the first one,
    else which follow-up), so that who bought after both is a buyer of both.
    `windows` are the campaigns' windows in seconds by their ids. `of_step`: the message was about one order
    (an unpaid one), which counts by when it was paid. What was paid after `until` does not count.
    """
    when = "o.paid_at" if of_step else "coalesce(o.placed_at, o.paid_at)"
    this = f"AND o.id = m.step % {TURN}" if of_step else ""
    cases = " ".join(f"WHEN {int(one)} THEN {int(seconds)}" for one, seconds in windows.items())
    turn = "newest % 10" if by_turn else "0"
    # The newest message and its turn in one number: instants times ten, and a turn is one digit.
    query = f"""
        WITH mine AS (SELECT customer_id, step, at FROM sends
            WHERE campaign_id = :campaign AND state IN ({_REACHED}) AND at <= :until),
        hers AS (
            SELECT o.id, o.customer_id, o.net_total, {when} AS at, max(m.at * 10 + m.step / {TURN}) AS newest
            FROM mine m JOIN orders o ON o.customer_id = m.customer_id {this}
                AND {when} >= m.at AND {when} < m.at + :window AND o.paid_at <= :until
            WHERE {_BOUGHT} AND NOT EXISTS (SELECT 1 FROM code_uses u WHERE u.order_id = o.id)
            GROUP BY o.id, o.customer_id, o.net_total, {when}
        )
        SELECT {turn}, count(*), count(DISTINCT customer_id), coalesce(sum(net_total), 0) FROM hers h
        WHERE NOT EXISTS (
            SELECT 1 FROM sends s WHERE s.customer_id = h.customer_id AND s.campaign_id <> :campaign
                AND s.state IN ({_REACHED}) AND s.at <= h.at
                AND h.at < s.at + CASE s.campaign_id {cases} ELSE 0 END
                AND (s.at > h.newest / 10 OR s.at = h.newest / 10 AND s.campaign_id > :campaign)
        )
        GROUP BY 1
    """
    values = {
        "campaign": campaign_id, "window": windows[campaign_id], "currency": currency, "until": until
    }  # fmt: skip
    rows = connection.execute(sa.text(query), values)
    return {int(row[0]): Earned(int(row[1]), int(row[2]), int(row[3])) for row in rows}


def groups(
    connection: sa.Connection,
    campaign_id: int,
    window: int,
    currency: str,
    control: int,
    until: int,
    *,
    of_step: bool,
) -> tuple[Group, Group]:
    """Those of its plans who were to get it, and those left out to measure by, within the window.

    Everybody counts from the moment of her plan, whether her message arrived or not: else the two would
    differ by more than chance. Who is in both, through a merge or two plans, is in neither. Plans of
    follow-ups do not count: whom they were for was decided by what she did.
    """
    when = "o.paid_at" if of_step else "coalesce(o.placed_at, o.paid_at)"
    this = "AND o.id = p.step" if of_step else ""
    query = f"""
        WITH planned AS (
            SELECT pp.person, pp.step, pp.reason, min(pl.at) AS at FROM plan_people pp
            JOIN plans pl ON pl.id = pp.plan_id
            WHERE pl.campaign_id = :campaign AND pl.counts <> '{{}}' AND pl.turn = 0 AND pl.at <= :until
                AND pp.reason IN (0, :control)
                AND EXISTS (SELECT 1 FROM sends s WHERE s.campaign_id = :campaign AND s.at >= pl.at)
            GROUP BY pp.person, pp.step, pp.reason
        ),
        single AS (SELECT person, step, min(reason) AS reason, min(at) AS at FROM planned
            GROUP BY person, step HAVING min(reason) = max(reason)),
        bought AS (
            SELECT p.person, p.step, p.reason, coalesce(sum(o.net_total), 0) AS money,
                count(o.id) AS orders
            FROM single p LEFT JOIN orders o ON o.customer_id = p.person {this}
                AND {when} >= p.at AND {when} < p.at + :window AND o.paid_at <= :until AND {_BOUGHT}
            GROUP BY p.person, p.step, p.reason
        )
        SELECT reason, count(*), sum(CASE WHEN orders > 0 THEN 1 ELSE 0 END), sum(money) FROM bought
        GROUP BY reason
    """
    values = {
        "campaign": campaign_id, "window": window, "currency": currency, "control": control, "until": until
    }  # fmt: skip
    rows = {
        int(row[0]): Group(int(row[1]), int(row[2]), int(row[3] or 0))
        for row in connection.execute(sa.text(query), values)
    }
    nobody = Group(0, 0, 0)
    return rows.get(0, nobody), rows.get(control, nobody)


def shop_in(connection: sa.Connection, first: int, last: int, currency: str) -> Earned:
    """What the whole shop sold from one instant until before another."""
    query = f"""
        SELECT count(*), count(DISTINCT o.customer_id), coalesce(sum(o.net_total), 0) FROM orders o
        WHERE coalesce(o.placed_at, o.paid_at) >= :first AND coalesce(o.placed_at, o.paid_at) < :last
            AND {_BOUGHT}
    """
    return _earned(connection, query, {"first": first, "last": last, "currency": currency})


def other_costs(connection: sa.Connection, campaign_id: int, until: int) -> int:
    """What it cost beside its messages until an instant, in minor units."""
    c = campaign_costs.c
    query = sa.select(sa.func.coalesce(sa.func.sum(c.amount), 0))
    return int(connection.scalar(query.where(c.campaign_id == campaign_id, c.at <= until)) or 0)


def _earned(connection: sa.Connection, query: str, values: dict[str, Any]) -> Earned:
    row = connection.execute(sa.text(query), values).one()
    return Earned(int(row[0]), int(row[1]), int(row[2]))
