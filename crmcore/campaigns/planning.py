"""The plan of a campaign: everybody of its audience, who gets it by which channel, who does not and why.

A million customers are planned in chunks, each by one statement of the guards, so that memory stays flat and
nobody who writes waits for long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmcore.campaigns.asking import Asking, channels_of
from crmcore.campaigns.audience import CHUNK, Audience, audience
from crmcore.campaigns.body import Body
from crmcore.campaigns.quiet import opens_at, quiet_countries
from crmcore.i18n import gettext as _
from crmcore.records.sending import Reason, reason_words
from crmcore.store import campaign_rows, plan_rows
from crmcore.store.campaign_rows import CampaignRow
from crmcore.store.guards import Ask, Verdict, name_people, verdict
from crmcore.store.plan_rows import Counts

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """A plan in figures: `channels` how many get it by each, `reasons` how many do not and why.

    `control` are those left out to measure by. `cost` is what the messages will cost by the campaign's prices
    (major units), `quiet_until` the instant until which nothing goes out in the shop's own zone (None: it may
    now). `missing` are channels that there are not, or not for this purpose. `id`: where it is kept.
    """

    campaign: str
    at: int
    audience: int
    channels: dict[str, int]
    reasons: dict[Reason, int]
    cost: Decimal
    missing: tuple[str, ...] = ()
    quiet_until: int | None = None
    id: int | None = None

    @property
    def chosen(self) -> int:
        """How many get it."""
        return sum(self.channels.values())

    @property
    def control(self) -> int:
        """How many are left out to measure by."""
        return self.reasons.get(Reason.CONTROL, 0)

    def as_json(self) -> dict[str, Any]:
        """The plan as JSON values."""
        reasons = [
            {"reason": reason.name.lower(), "words": reason_words(reason), "count": number}
            for reason, number in sorted(self.reasons.items())
        ]
        return {
            "campaign": self.campaign,
            "plan": self.id,
            "at": self.at,
            "audience": self.audience,
            "chosen": self.chosen,
            "control": self.control,
            "channels": self.channels,
            "not": reasons,
            "cost": str(self.cost),
            "missing_channels": list(self.missing),
            "quiet_until": self.quiet_until,
        }


def plan(
    shop: ShopLike, row: CampaignRow, body: Body, *, save: bool = False, told: Told | None = None
) -> Plan:
    """Plan a campaign as things stand now; `save` keeps it. Raises what segments and channels raise."""
    people = audience(shop, body)
    numbers = numbered(shop, body.channels)
    with shop.database.read() as connection:
        asking = Asking.of(shop, connection)
        ask = asking.campaign(row, body, numbers)
    plan_id = _kept(shop, row, people, ask, told) if save else None
    counts = _counted(shop, people, ask, told) if plan_id is None else _of(shop, plan_id)
    made = figures(shop, row, body, counts, asking)
    if plan_id is not None:
        with shop.database.write(_("a plan"), actor=shop.actor, kind="campaign") as write:
            told_of = {**made.as_json(), "plan": plan_id, "decides": body.decides()}
            plan_rows.finish(write, plan_id, told_of)
            if body.repeat == "daily":
                plan_rows.thin_out(write, row.id, plan_id)
        return Plan(**{**made.__dict__, "id": plan_id})
    return made


def figures(shop: ShopLike, row: CampaignRow, body: Body, counts: Counts, asking: Asking) -> Plan:
    """What counts say in the campaign's own words."""
    with shop.database.read() as connection:
        names = {number: name for name, number in campaign_rows.channel_numbers(connection).items()}
    chosen: Counter[str] = Counter()
    reasons: Counter[Reason] = Counter()
    for (reason, channel), number in counts.items():
        if reason == Reason.NONE:
            chosen[names[channel]] += number
        else:
            reasons[Reason(reason)] += number
    cost = sum(((body.price(name) or Decimal(0)) * number for name, number in chosen.items()), Decimal(0))
    usable = asking.usable(body)
    clock = asking.clock
    until = None
    if body.purpose == "promotion" and quiet_countries([""], asking.rules, clock.zone, clock.now):
        until = opens_at("", asking.rules, clock.zone, clock.now)
    return Plan(
        row.name,
        clock.now,
        sum(counts.values()),
        {name: chosen[name] for name in body.channels if chosen[name]},
        dict(reasons),
        cost,
        tuple(name for name in body.channels if name not in usable),
        until,
    )


def verdict_of(shop: ShopLike, row: CampaignRow, body: Body, customer_id: int) -> tuple[Ask, Verdict]:
    """What the guards say about one customer and this campaign, whether or not she belongs to it."""
    with shop.database.read() as connection:
        numbers = campaign_rows.channel_numbers(connection)
        asking = Asking.of(shop, connection)
        ask = asking.campaign(row, body, numbers)
        name_people(connection, [(customer_id, 0)])
        return ask, verdict(connection, ask)


def numbered(shop: ShopLike, names: Sequence[str]) -> dict[str, int]:
    """The numbers of channels in the ledger; those that have none yet get one."""
    with shop.database.read() as connection:
        known = campaign_rows.channel_numbers(connection)
    if set(names) <= set(known):
        return known
    channels = channels_of(shop)
    consents = {name: channels[name].consent_name if name in channels else name for name in names}
    with shop.write(_("channels of a campaign"), kind="campaign") as write:
        return campaign_rows.number_channels(write, consents)


def _counted(shop: ShopLike, people: Audience, ask: Ask, told: Told | None) -> Counts:
    counts: Counts = Counter()
    done = 0
    with shop.database.read() as connection:
        for part in people.chunks(2 * CHUNK):
            name_people(connection, part)
            counts += plan_rows.count(connection, ask)
            done += len(part)
            if told:
                told(done, len(people))
    return counts


def _kept(shop: ShopLike, row: CampaignRow, people: Audience, ask: Ask, told: Told | None) -> int:
    why = _("plan of the campaign {name}").format(name=row.name)
    with shop.write(why, kind="campaign") as write:
        plan_id = plan_rows.begin(write, row.id, shop.clock().now)
        change_id = write.change_id
    done = 0
    for part in people.chunks():
        with shop.database.write(why, actor=shop.actor, kind="campaign", change_id=change_id) as write:
            name_people(write.connection, part)
            plan_rows.keep(write, plan_id, ask)
        done += len(part)
        if told:
            told(done, len(people))
    return plan_id


def _of(shop: ShopLike, plan_id: int) -> Counts:
    with shop.database.read() as connection:
        return plan_rows.counted(connection, plan_id)


def reasons_named(names: Sequence[str]) -> list[int]:
    """The numbers of reasons by their names in JSON; unknown ones are left out."""
    known = {reason.name.lower(): int(reason) for reason in Reason}
    return [known[name] for name in names if name in known]
