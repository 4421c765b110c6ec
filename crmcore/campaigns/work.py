"""What people send by hand: the next customer of a call round or a copy queue, and what came of it.

An item is asked about once more when it is taken; it is one person's for ten minutes, so that two who work
side by side do not ring the same customer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from crmcore.campaigns.asking import Asking, channels_of
from crmcore.campaigns.body import body_of
from crmcore.campaigns.claiming import gone
from crmcore.campaigns.refusals import refuse_while_missing
from crmcore.errors import CrmError, UsageError
from crmcore.hooks.channel_values import Outgoing
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, title_of
from crmcore.records.sending import TURN, Event, Reason, SendState, reason_words
from crmcore.store import campaign_rows, ledger, outcomes
from crmcore.store.contacts import Reachable, reachable
from crmcore.store.database import Write
from crmcore.store.guards import name_people, verdict
from crmcore.store.ledger import key_of
from crmcore.store.schema import cards
from crmcore.store.schema_campaigns import OPEN, campaigns, send_channels, sends

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike
    from crmcore.hooks.channels import Channel

# So long an item is kept for whoever took it, in seconds.
HELD = 600
# Where so many in a row are asleep it is night for the others, too.
_ASLEEP = 20
_FACTS = ("orders", "total_spent", "average_order_value", "last_order_at", "categories")


@dataclass(frozen=True)
class Answer:
    """One possible answer: its name for `finish`, its key, its words, and whether it asks for a time."""

    name: str
    key: str
    title: str
    later: bool


@dataclass(frozen=True)
class Item:
    """One customer to call or to write to by hand.

    `text` is what is to be said, `copied` what goes into the clipboard; `facts` are figures for the talk
    (money in minor units, instants in UTC seconds).
    """

    id: int
    campaign: str
    title: str
    channel: str
    customer_id: int
    name: str
    address: str
    text: str
    copied: str
    facts: dict[str, Any] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class Round:
    """One list of work: the items of a campaign on a channel; `waiting` now, `later` at another hour.

    Of those later, `others` are in somebody else's hands; the first of the rest comes up at `next_at`.
    """

    campaign: str
    title: str
    channel: str
    channel_title: str
    waiting: int
    later: int
    done: int
    others: int = 0
    next_at: int | None = None


def rounds(shop: ShopLike) -> list[Round]:
    """Every list of work that has something left, the oldest campaign first."""
    known = channels_of(shop)
    with shop.database.read() as connection:
        lists = ledger.open_lists(connection, shop.actor, shop.clock().now)
        of_lists = sa.select(campaigns.c.id, campaigns.c.name, campaigns.c.body).where(
            campaigns.c.id.in_({one.campaign_id for one in lists})
        )
        plans = {row[0]: row for row in connection.execute(of_lists)}
        channels = {number: name for name, number in campaign_rows.channel_numbers(connection).items()}
    found = []
    for one in sorted(lists, key=lambda one: (one.campaign_id, channels[one.channel])):
        _id, name, body = plans[one.campaign_id]
        channel = channels[one.channel]
        if channel in known and known[channel].manual:
            title = title_of(known[channel].zh, known[channel].en) or channel
            later = one.open - one.waiting
            counts = (one.waiting, later, one.over, one.others, one.next_at)
            found.append(Round(name, body_of(body).title or name, channel, title, *counts))
    return found


def take_next(shop: ShopLike, campaign: str, channel: str) -> Item | None:
    """The next customer of that list, held for whoever asks; None when nobody waits now.

    Whom the guards do not let through any more is left out, and the ledger says why. Raises `CrmError` while
    the campaign is paused, and for a promotion while it is not known who said no.
    """
    shop.permit("campaign.work")
    known = channels_of(shop)
    if channel not in known or not known[channel].manual:
        raise UsageError(_("{channel} is no channel that people work").format(channel=channel))
    now = shop.clock().now
    asleep = 0
    while asleep < _ASLEEP:
        with shop.write(
            _("took the next of the campaign {name}").format(name=campaign), kind="campaign"
        ) as write:
            row = campaign_rows.find(write.connection, campaign)
            if row.state == "paused":
                raise CrmError(
                    _("campaign {name} is paused: crm campaign resume {name}").format(name=campaign)
                )
            if body_of(row.body).purpose == "promotion":
                refuse_while_missing(write.connection)
            found = _next_row(write, shop, row.id, channel, now)
            if found is None:
                return None
            reason = _asked_again(shop, write, row, found, channel, known)
            if reason is Reason.NONE:
                _set(write, found.id, at=now + HELD, held_by=shop.actor)
            elif reason is Reason.QUIET:
                _set(write, found.id, at=now + 3600, held_by=None)
                asleep += 1
            else:
                _set(write, found.id, state=int(SendState.DROPPED), detail=reason_words(reason))
        if reason is Reason.NONE:
            return _item(shop, found.id, known[channel])
    return None


def item(shop: ShopLike, send_id: int) -> Item:
    """One item as `take_next` gave it."""
    known = channels_of(shop)
    with shop.database.read() as connection:
        name = connection.scalar(
            sa.select(send_channels.c.name)
            .join(sends, sends.c.channel == send_channels.c.id)
            .where(sends.c.id == send_id)
        )
    if name not in known:
        raise CrmError(_("there is no item {id}").format(id=send_id))
    return _item(shop, send_id, known[name])


def finish(shop: ShopLike, send_id: int, answer: str, note: str = "", *, again_at: int | None = None) -> None:
    """Say what came of an item: one of its `answers`; `later` with the instant of the next try.

    Raises `UsageError` for another answer, `CrmError` when the item is done already.
    """
    shop.permit("campaign.work")
    known = channels_of(shop)
    now = shop.clock().now
    with shop.write("", kind="campaign") as write:
        message = outcomes.find_message(write.connection, sends.c.id == send_id)
        if message is None or message.state is not SendState.TODO:
            raise CrmError(_("item {id} is done already").format(id=send_id))
        chosen = next((one for one in known[message.channel].outcomes if one.name == answer), None)
        if chosen is None:
            names = joined(one.name for one in known[message.channel].outcomes)
            raise UsageError(
                _("{answer!r} is no answer here: say {names}").format(answer=answer, names=names)
            )
        title = title_of(chosen.zh, chosen.en) or answer
        write.why = _("customer {id} in the campaign {name}: {answer}").format(
            id=message.customer_id, name=message.campaign, answer=title
        )
        write.note()  # whoever wants her last act back is told of this one, and not given the one before
        if chosen.what == "later":
            if again_at is None or again_at <= now:
                raise UsageError(_("say when to try again: --until TIME, in the future"))
            _set(write, send_id, at=again_at, held_by=None, detail=note or None)
        elif chosen.what == "skipped":
            _set(write, send_id, state=int(SendState.DROPPED), at=now, held_by=None, detail=note or None)
        else:
            _set(write, send_id, state=int(SendState.SENT), at=now, held_by=None, detail=note or None)
            sent = replace(message, state=SendState.SENT)
            what = Event[chosen.what.upper()]
            outcomes.record(write, sent, what, now, text=note, permanent=True)


def _next_row(write: Write, shop: ShopLike, campaign_id: int, channel: str, now: int) -> Any:
    """What I hold already comes again first; then the order in which they were planned."""
    c = sends.c
    number = campaign_rows.channel_numbers(write.connection, [channel]).get(channel)
    mine = (
        sa.select(c.id, c.customer_id, c.step)
        .where(
            sa.text(OPEN), c.campaign_id == campaign_id, c.state == int(SendState.TODO), c.channel == number
        )
        .order_by(c.id)
        .limit(1)
    )
    # Two questions, each in the order of the index: as one, all that wait were sorted for the first.
    for wanted in (c.held_by == shop.actor, c.at <= now):
        if found := write.connection.execute(mine.where(wanted)).first():
            return found
    return None


def _asked_again(
    shop: ShopLike,
    write: Write,
    row: campaign_rows.CampaignRow,
    found: Any,
    channel: str,
    known: dict[str, Channel],
) -> Reason:
    numbers = campaign_rows.channel_numbers(write.connection)
    asking = Asking.of(shop, write.connection, known)
    body = body_of(row.body)
    body = body.of_turn(min(found.step // TURN, len(body.follow_ups)))
    if gone(write.connection, body, [found.step]):
        return Reason.LEFT
    # By this channel or not at all: a no to calls is none the less one because she takes e-mails.
    ask = asking.campaign(row, body, numbers).only(channel)
    name_people(write.connection, [(found.customer_id, found.step)])
    ask = asking.at_this_hour(write.connection, replace(ask, again=True, control=0))
    return verdict(write.connection, ask).reason


def _set(write: Write, send_id: int, **values: Any) -> None:
    write.connection.execute(sa.update(sends).where(sends.c.id == send_id).values(**values))


def _item(shop: ShopLike, send_id: int, channel: Channel) -> Item:
    with shop.database.read() as connection:
        c = sends.c
        row = connection.execute(
            sa.select(c.customer_id, c.person, c.step, c.campaign_id, c.text).where(c.id == send_id)
        ).one()
        campaign = campaign_rows.by_id(connection, row.campaign_id)
        person = reachable(connection, [row.customer_id], tuple(channel.address_kinds))[row.customer_id]
        card = connection.execute(
            sa.select(*(cards.c[name] for name in _FACTS)).where(cards.c.customer_id == row.customer_id)
        ).first()
    body = body_of(campaign.body)
    address = _address(shop, channel, person)
    message = Outgoing(
        key_of(row.campaign_id, row.person, row.step),
        address,
        body.purpose,
        row.text or "",
        name=person.called,
    )
    return Item(
        send_id,
        campaign.name,
        body.title or campaign.name,
        channel.name,
        row.customer_id,
        person.called or f"#{row.customer_id}",
        address,
        row.text or "",
        message.text,
        {name: value for name, value in (card._mapping.items() if card else ()) if value is not None},
        answers_of(channel),
    )


def _address(shop: ShopLike, channel: Channel, person: Reachable) -> str:
    if not channel.address_kinds:
        return ""
    found = shop.channels.addresses(channel.name, [person.contacts])[0]
    return found.value if found else ""


def answers_of(channel: Channel) -> tuple[Answer, ...]:
    """The answers that a channel knows, with their keys."""
    return tuple(
        Answer(one.name, one.key, title_of(one.zh, one.en) or one.name, one.what == "later")
        for one in channel.outcomes
    )
