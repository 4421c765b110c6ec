"""What followed a campaign in the shop's orders: by code first, else by time, each order once.

An order belongs to the campaign whose code it carries. Without one it belongs to the campaign that reached
its buyer last before she ordered, if that was within that campaign's window. So no order counts for two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.records.sending import REACHED, TURN
from crmcore.store.database import Write
from crmcore.store.json_sql import json_text
from crmcore.store.schema_campaigns import campaign_costs, codes

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
    """What orders with a code of the campaign brought, until an instant.

    The code stands on the order, or a file told that it was used.
    """
    c = codes.c
    if connection.scalar(sa.select(c.id).where(c.campaign_id == campaign_id).limit(1)) is None:
        return Earned()
    query = f"""
        SELECT count(*), count(DISTINCT o.customer_id), coalesce(sum(o.net_total), 0) FROM orders o
        WHERE o.paid_at <= :until AND {_BOUGHT} AND o.id IN (
            SELECT u.order_id FROM code_uses u JOIN codes c ON c.id = u.code_id
            WHERE c.campaign_id = :campaign
            UNION
            SELECT o.id FROM orders o JOIN codes c ON c.code = {_coupon(connection)}
            WHERE o.extra IS NOT NULL AND c.campaign_id = :campaign
                AND NOT EXISTS (SELECT 1 FROM code_uses u WHERE u.order_id = o.id)
        )
    """
    values = {"campaign": campaign_id, "currency": currency, "until": until}
    return Earned(*map(int, connection.execute(sa.text(query), values).one()))


def _coupon(connection: sa.Connection) -> str:
    """The coupon of an order `o` as codes are kept; "" for none."""
    extra: sa.ColumnClause[str] = sa.literal_column("o.extra")
    found = sa.func.coalesce(*(json_text(extra, name) for name in _COUPON_FIELDS), sa.literal_column("''"))
    return str(sa.func.upper(sa.func.trim(found)).compile(dialect=connection.dialect))


def by_window(
    connection: sa.Connection,
    campaign_id: int,
    windows: Mapping[int, int],
    span: tuple[int, int] | None,
    currency: str,
    until: int,
    *,
    of_step: bool,
    by_turn: bool = False,
) -> dict[int, Earned]:
    """What buyers who were reached brought within the window, where no code and no later campaign claims it.

    All of it under 0; `by_turn`: by the turn of the message that reached her last before (0: the first one,
    else which follow-up), so that who bought after both is a buyer of both.
    `windows` are the campaigns' windows in seconds by their ids; `span` is when its messages reached the
    first and the last (`ledger.span`). `of_step`: the message was about one order (an unpaid one), which
    counts by when it was paid. What was paid after `until` does not count.
    """
    if span is None:
        return {}
    when = _when(of_step)
    this = f"AND o.id = m.step % {TURN}" if of_step else ""
    cases = " ".join(f"WHEN {int(one)} THEN {int(seconds)}" for one, seconds in windows.items())
    turn = "newest % 10" if by_turn else "0"
    # From the orders of that time to the messages: a big campaign has many more messages than these. A cross
    # join is what SQLite leaves in this order. The newest message and its turn in one number: instants times
    # ten, and a turn is one digit.
    query = f"""
        WITH hers AS (
            SELECT o.id, o.customer_id, o.net_total, {when} AS at, max(m.at * 10 + m.step / {TURN}) AS newest
            FROM orders o CROSS JOIN sends m
            WHERE {when} >= :first AND {when} < :end AND o.paid_at <= :until AND {_BOUGHT}
                AND NOT EXISTS (SELECT 1 FROM code_uses u WHERE u.order_id = o.id)
                AND NOT EXISTS (SELECT 1 FROM codes c WHERE c.code = {_coupon(connection)})
                AND m.customer_id = o.customer_id AND m.at <= {when} AND m.at > {when} - :window
                AND m.campaign_id = :campaign AND m.state IN ({_REACHED}) AND m.at <= :until {this}
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
        "campaign": campaign_id, "window": windows[campaign_id], "currency": currency, "until": until,
        "first": span[0], "end": span[1] + windows[campaign_id],
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
    differ by more than chance. Who is in both, through two plans, is in neither. Plans of follow-ups do not
    count: whom they were for was decided by what she did.
    """
    sent_by = sa.text(
        "SELECT pl.id, pl.at FROM plans pl WHERE pl.campaign_id = :campaign AND pl.counts <> '{}' "
        "AND pl.turn = 0 AND pl.at <= :until "
        "AND EXISTS (SELECT 1 FROM sends s WHERE s.campaign_id = :campaign AND s.at >= pl.at)"
    )
    plans = connection.execute(sent_by, {"campaign": campaign_id, "until": until}).all()
    if not plans:
        return Group(0, 0, 0), Group(0, 0, 0)
    when = _when(of_step)
    this = "AND o.id = p.step" if of_step else ""
    near = f"FROM orders o WHERE {when} >= :first AND {when} < :end AND o.paid_at <= :until AND {_BOUGHT}"
    times = [int(plan.at) for plan in plans]
    values: dict[str, int | str] = {
        "window": window, "currency": currency, "control": control, "until": until, "first": min(times),
        "end": max(times) + window,
    }  # fmt: skip
    # Not grouped: SQLite would sort all of them first.
    people = (
        "SELECT count(CASE WHEN reason = 0 THEN 1 END), count(CASE WHEN reason = :control THEN 1 END) "
        "FROM ({members}) AS p"
    )
    buyers = f"""
        SELECT reason, count(*), sum(money) FROM (
            SELECT p.person, p.step, p.reason, sum(o.net_total) AS money
            FROM (SELECT o.id, o.customer_id, o.net_total, {when} AS at {near}) AS o
            CROSS JOIN ({{members}}) AS p
            WHERE p.person = o.customer_id AND o.at >= p.at AND o.at - :window < p.at {this}
            GROUP BY p.person, p.step, p.reason
        ) AS bought GROUP BY reason
    """
    everybody = _members([int(plan.id) for plan in plans], times)
    who_bought = _members(
        [int(plan.id) for plan in plans], times, f"pp.person IN (SELECT o.customer_id {near})"
    )
    sizes = connection.execute(_bound(people, everybody, values)).one()
    bought = connection.execute(_bound(buyers, who_bought, values))
    money = {int(row[0]): (int(row[1]), int(row[2])) for row in bought}
    reached, left_out = (
        Group(int(size), *money.get(one, (0, 0))) for one, size in zip((0, control), sizes, strict=True)
    )
    return reached, left_out


def _members(plans: list[int], times: list[int], only: str = "") -> str:
    """Who is in exactly one of the two groups: person, step, reason, and the instant of her first plan."""
    if len(plans) == 1:  # as they lie: putting all of a big plan together takes longer than the rest
        return (
            f"SELECT person, step, reason, {times[0]} AS at FROM plan_people "
            f"WHERE plan_id = {plans[0]} AND reason IN (0, :control)"
        )
    named = ", ".join(map(str, plans))
    return (
        "SELECT pp.person, pp.step, min(pp.reason) AS reason, min(pl.at) AS at FROM plan_people pp "
        f"JOIN plans pl ON pl.id = pp.plan_id WHERE pp.plan_id IN ({named}) AND pp.reason IN (0, :control) "
        f"{only and 'AND ' + only} GROUP BY pp.person, pp.step HAVING min(pp.reason) = max(pp.reason)"
    )


def _bound(query: str, members: str, values: Mapping[str, int | str]) -> sa.TextClause:
    text = query.format(members=members)
    return sa.text(text).bindparams(**{name: value for name, value in values.items() if f":{name}" in text})


def _when(of_step: bool) -> str:
    """The instant by which an order `o` counts."""
    return "o.paid_at" if of_step else "coalesce(o.placed_at, o.paid_at)"


def shop_in(connection: sa.Connection, spans: Sequence[tuple[int, int]], currency: str) -> list[Earned]:
    """What the whole shop sold from one instant until before another, for each of `spans`."""
    within = [f"at >= :first{number} AND at < :last{number}" for number in range(len(spans))]
    figures = ", ".join(
        f"count(CASE WHEN {one} THEN 1 END), count(DISTINCT CASE WHEN {one} THEN customer_id END), "
        f"coalesce(sum(CASE WHEN {one} THEN net_total END), 0)"
        for one in within
    )
    query = f"""
        SELECT {figures} FROM (
            SELECT o.customer_id, o.net_total, {_when(of_step=False)} AS at FROM orders o WHERE {_BOUGHT}
        ) AS sold WHERE {" OR ".join(within)}
    """
    values: dict[str, int | str] = {"currency": currency}
    for number, (first, last) in enumerate(spans):
        values |= {f"first{number}": first, f"last{number}": last}
    row = [int(one) for one in connection.execute(sa.text(query), values).one()]
    return [Earned(*row[start : start + 3]) for start in range(0, len(row), 3)]


def other_costs(connection: sa.Connection, campaign_id: int, until: int) -> int:
    """What it cost beside its messages until an instant, in minor units."""
    c = campaign_costs.c
    query = sa.select(sa.func.coalesce(sa.func.sum(c.amount), 0))
    return int(connection.scalar(query.where(c.campaign_id == campaign_id, c.at <= until)) or 0)
