"""The plan of a campaign: everybody of its audience, who gets it by which channel, who does not and why.

A million customers are planned in chunks, each by one statement of the guards, so that memory stays flat and
nobody who writes waits for long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmcore.campaigns.addresses import Looking
from crmcore.campaigns.asking import Asking, channels_of, media_of
from crmcore.campaigns.audience import CHUNK, Audience, audience
from crmcore.campaigns.body import Body
from crmcore.campaigns.quiet import opens_at, quiet_countries
from crmcore.i18n import gettext as _
from crmcore.records.sending import Reason, reason_words
from crmcore.store import campaign_rows, plan_rows
from crmcore.store.campaign_rows import CampaignRow
from crmcore.store.guards import Ask, Verdict, name_people, verdict
from crmcore.store.plan_rows import Counted

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """A plan in figures: `channels` how many get it by each, `reasons` how many do not and why.

    `control` are those left out to measure by. `cost` is what the messages will cost by the campaign's prices
    (major units), `quiet_until` the instant until which nothing goes out in the shop's own zone (None: it may
    now). `missing` are channels that there are not, or not for this purpose. `id`: where it is kept. `wishes`
    counts those who get it and wish a channel of their own: why not by that one (NONE: by it). `problems` are
    what channels said of addresses that they cannot use, with how many there are. `turn`: of the first
    message (0), or of which follow-up.
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
    wishes: dict[Reason, int] = field(default_factory=dict)
    problems: dict[str, int] = field(default_factory=dict)
    turn: int = 0

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
            "wished": self.wishes.get(Reason.NONE, 0),
            "not_as_wished": [
                {"reason": reason.name.lower(), "words": reason_words(reason), "count": number}
                for reason, number in sorted(self.wishes.items())
                if reason is not Reason.NONE
            ],
            "address_problems": [
                {"words": words, "count": number} for words, number in self.problems.items()
            ],
            "follow_up": self.turn,
        }


def plan(
    shop: ShopLike,
    row: CampaignRow,
    body: Body,
    *,
    save: bool = False,
    told: Told | None = None,
    as_of: date | None = None,
) -> Plan:
    """Plan a campaign as things stand now, or stood on the day `as_of`; `save` keeps it.

    Raises what segments raise.
    """
    people = audience(shop, body, row.id, as_of)
    numbers = numbered(shop, body.channels)
    with shop.database.read() as connection:
        asking = Asking.of(shop, connection, as_of=as_of)
        ask = asking.campaign(row, body, numbers)
    looking = Looking(shop, ask, [asking.channels[via.name] for via in ask.via])
    plan_id = _kept(shop, row, body, people, looking, told) if save else None
    if plan_id is None:
        counts = _counted(shop, people, looking, told)
    else:
        with shop.database.read() as connection:
            counts = plan_rows.counted(connection, plan_id)
    made = figures(shop, row, body, counts, asking, looking.problems)
    if plan_id is not None:
        with shop.database.write(_("a plan"), actor=shop.actor, kind="plan") as write:
            told_of = {**made.as_json(), "plan": plan_id, "decides": body.decides()}
            plan_rows.finish(write, plan_id, told_of)
            if body.repeat == "daily" or body.turn:
                plan_rows.thin_out(write, row.id, plan_id, body.turn)
        return replace(made, id=plan_id)
    return made


def figures(
    shop: ShopLike,
    row: CampaignRow,
    body: Body,
    counts: Counted,
    asking: Asking,
    problems: Mapping[str, int],
) -> Plan:
    """What counts say in the campaign's own words."""
    with shop.database.read() as connection:
        names = {number: name for name, number in campaign_rows.channel_numbers(connection).items()}
    chosen: Counter[str] = Counter()
    reasons: Counter[Reason] = Counter()
    for (reason, channel), number in counts.people.items():
        if reason == Reason.NONE:
            chosen[names[channel]] += number
        elif number:
            reasons[Reason(reason)] += number
    media = media_of(asking.channels)
    prices = {name: body.price(name, media.get(name, name)) or Decimal(0) for name in chosen}
    usable = asking.usable(body)
    clock = asking.clock
    until = None
    if body.purpose == "promotion" and quiet_countries([""], asking.rules, clock.zone, clock.now):
        until = opens_at("", asking.rules, clock.zone, clock.now)
    return Plan(
        row.name,
        clock.until,
        sum(counts.people.values()),
        {name: chosen[name] for name in body.channels if chosen[name]},
        dict(reasons),
        sum((prices[name] * number for name, number in chosen.items()), Decimal(0)),
        tuple(name for name in body.channels if name not in usable),
        until,
        wishes={Reason(wish): number for wish, number in counts.wishes.items() if number},
        problems=dict(problems),
        turn=body.turn,
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
    with shop.write(_("channels of a campaign"), kind="plan") as write:
        return campaign_rows.number_channels(write, consents)


def _counted(shop: ShopLike, people: Audience, looking: Looking, told: Told | None) -> Counted:
    counts = Counted()
    own = looking.own
    done = 0
    with shop.database.read() as connection:
        for part in people.chunks(2 * CHUNK):
            name_people(connection, part)
            plan_rows.decide(connection, looking.ask)
            found = plan_rows.count(connection)
            counts.people += found.people
            counts.wishes += found.wishes
            for before, after, _problem in looking.look(connection, plan_rows.chosen(connection, own)):
                counts.add(before.reason, before.channel, before.wish, -1)
                counts.add(after.reason, after.channel, after.wish, 1)
            done += len(part)
            if told:
                told(done, len(people))
    return counts


def _kept(
    shop: ShopLike, row: CampaignRow, body: Body, people: Audience, looking: Looking, told: Told | None
) -> int:
    why = _("plan of the campaign {name}").format(name=row.name)
    with shop.write(why, kind="plan") as write:
        plan_id = plan_rows.begin(write, row.id, shop.clock().now, body.turn)
        change_id = write.change_id
    own = looking.own
    done = 0
    for part in people.chunks():
        with shop.database.write(why, actor=shop.actor, kind="plan", change_id=change_id) as write:
            name_people(write.connection, part)
            plan_rows.decide(write.connection, looking.ask)
            plan_rows.keep(write, plan_id)
            chosen = plan_rows.chosen(write.connection, own)
        if chosen:  # between two writes: no code of a plugin runs inside one
            _correct(shop, plan_id, why, change_id, chosen, looking)
        done += len(part)
        if told:
            told(done, len(people))
    return plan_id


def _correct(
    shop: ShopLike, plan_id: int, why: str, change_id: int, chosen: Sequence[Verdict], looking: Looking
) -> None:
    """Ask the channels that look at addresses themselves about whom they were chosen for."""
    with shop.database.read() as connection:
        changed = [(after, problem) for _before, after, problem in looking.look(connection, chosen)]
    if changed:
        with shop.database.write(why, actor=shop.actor, kind="plan", change_id=change_id) as write:
            plan_rows.correct(write, plan_id, changed)


def reasons_named(names: Sequence[str]) -> list[int]:
    """The numbers of reasons by their names in JSON; unknown ones are left out."""
    known = {reason.name.lower(): int(reason) for reason in Reason}
    return [known[name] for name in names if name in known]
