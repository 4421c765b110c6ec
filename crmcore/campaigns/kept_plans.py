"""Plans that are kept: as they were shown, what changed from one to another, who has left since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from crmcore.campaigns.audience import audience
from crmcore.campaigns.body import Body
from crmcore.campaigns.planning import Plan
from crmcore.errors import NotFoundError
from crmcore.i18n import gettext as _
from crmcore.records.sending import PASSING, Reason, reason_words
from crmcore.store import campaign_rows, plan_rows
from crmcore.store.campaign_rows import CampaignRow
from crmcore.store.schema_campaigns import plan_people, plans, sends

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike


def kept_plan(shop: ShopLike, row: CampaignRow, plan_id: int) -> Plan:
    """A kept plan as it was shown."""
    with shop.database.read() as connection:
        found = plan_rows.find(connection, plan_id, row.id)
    told = json.loads(found.counts)
    reasons = {Reason[one["reason"].upper()]: int(one["count"]) for one in told["not"]}
    return Plan(
        row.name,
        int(told["at"]),
        int(told["audience"]),
        {str(name): int(number) for name, number in told["channels"].items()},
        reasons,
        Decimal(told["cost"]),
        tuple(told["missing_channels"]),
        told["quiet_until"],
        plan_id,
        _wishes(told),
        {str(one["words"]): int(one["count"]) for one in told.get("address_problems", [])},
        int(found.turn),
    )


def _wishes(told: Mapping[str, Any]) -> dict[Reason, int]:
    """What a kept plan says of wished channels; one of an older program says nothing."""
    wished = {Reason.NONE: int(told["wished"])} if told.get("wished") else {}
    return wished | {
        Reason[one["reason"].upper()]: int(one["count"]) for one in told.get("not_as_wished", [])
    }


def compare(shop: ShopLike, row: CampaignRow, one: int, other: int) -> list[tuple[str, str, int]]:
    """What changed from one kept plan to another, in words, for how many people."""
    if one == other:
        raise NotFoundError(_("that is the same plan: compare it with another one"))
    with shop.database.read() as connection:
        plan_rows.find(connection, one, row.id)
        plan_rows.find(connection, other, row.id)
        names = {number: name for name, number in campaign_rows.channel_numbers(connection).items()}
        found = plan_rows.differences(connection, one, other)

    def said(code: int) -> str:
        if code < 0:
            return _("not in the plan")
        reason, channel = divmod(code, 1000)
        if reason == Reason.NONE:
            return _("gets it by {channel}").format(channel=names.get(channel, str(channel)))
        return reason_words(reason)

    return [(said(was), said(now), number) for was, now, number in found]


def mark_left(shop: ShopLike, body: Body, plan_id: int) -> int:
    """Mark who is still to be sent to and does not belong to the audience any more; returns how many."""
    belong = set(audience(shop, body).ids)
    p = plan_people.c
    with shop.database.read() as connection:
        waiting = sa.or_(p.later.is_(None), p.later.in_([int(r) for r in (*PASSING, Reason.NOT_YET)]))
        passing = p.reason.in_([0, *(int(reason) for reason in PASSING)])
        query = sa.select(p.person).where(p.plan_id == plan_id, passing, waiting)
        gone = [int(i) for i in connection.scalars(query) if i not in belong]
        # Who has her message already is told by the ledger, not by the plan.
        had = set(connection.scalars(_sent_to(plan_id)))
    left = {person: int(Reason.LEFT) for person in gone if person not in had}
    if left:
        with shop.write(_("who does not belong any more"), kind="campaign") as write:
            plan_rows.mark_later(write, plan_id, left)
    return len(left)


def _sent_to(plan_id: int) -> sa.Select[Any]:
    p = plan_people.c
    same = sa.and_(sends.c.person == p.person, sends.c.step == p.step)
    return (
        sa.select(p.person)
        .select_from(plan_people.join(plans, plans.c.id == p.plan_id).join(sends, same))
        .where(p.plan_id == plan_id, sends.c.campaign_id == plans.c.campaign_id)
    )
