"""What comes back: fetched from channels, or read from the files that gateways and shops give."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress as suppress_error
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from crmcore.campaigns.suppression import kind_and_value, read_csv
from crmcore.errors import CrmError, UsageError
from crmcore.hooks.channel_values import WHATS, Happened, Sent
from crmcore.i18n import gettext as _
from crmcore.records.clock import Clock
from crmcore.records.no_more import wants_no_more
from crmcore.records.sending import TURN, Event, Reason, SendState
from crmcore.records.typed_times import instant_from
from crmcore.rules.where import where
from crmcore.store import campaign_rows, outcomes, plan_rows
from crmcore.store.ledger import key_of
from crmcore.store.outcomes import Message
from crmcore.store.schema import identities, orders
from crmcore.store.schema_campaigns import campaigns, code_uses, codes, send_channels, sends
from crmcore.store.suppressing import suppress

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike
    from crmcore.store.database import Write

_CURSORS = "channel_cursors"
# So many events are written down in one go: a report may hold a hundred thousand.
_AT_ONCE = 500
# Messages of the last days that are asked about where a gateway has to be asked one by one.
_ASKED_DAYS, _ASKED = 3, 2_000
_HEADERS = {
    "key": ("key", "编号", "消息编号", "client_reference", "out_id", "outid"),
    "reference": ("reference", "回执号", "bizid", "message_id", "sid", "流水号"),
    "address": (
        "address",
        "to",
        "recipient",
        "手机号",
        "手机号码",
        "号码",
        "邮箱",
        "email",
        "phone",
        "接收号码",
    ),
    "customer": ("customer", "客户编号", "customer_id"),
    "what": ("what", "event", "status", "状态", "结果", "发送状态", "回执状态"),
    "at": ("at", "time", "时间", "回执时间", "回复时间", "发送时间", "done_at"),
    "text": ("text", "内容", "回复内容", "body"),
    "code": ("code", "优惠码", "券码", "专属码"),
    "order": ("order", "订单号", "订单编号", "order_number"),
}
_WHATS = {
    word: what
    for what, words in {
        Event.DELIVERED: ("delivered", "delivrd", "送达", "已送达", "成功", "发送成功"),
        Event.BOUNCED: ("bounced", "failed", "undelivered", "失败", "发送失败", "退信", "空号"),
        Event.OPENED: ("opened", "打开"),
        Event.CLICKED: ("clicked", "点击"),
        Event.REPLIED: ("replied", "回复"),
        Event.UNSUBSCRIBED: ("unsubscribed", "退订"),
        Event.COMPLAINED: ("complained", "spam", "投诉"),
    }.items()
    for word in words
}
_HAPPENED = {Event[name.upper()]: name for name in WHATS}
_CUSTOMER = re.compile(r"[0-9]{1,18}")
# What these say of an address will be so the next time, too.
_FOR_GOOD = ("空号", "no such", "unknown user", "not exist", "invalid")


@dataclass
class CameBack:
    """What a file or a channel told: new events by name, those known already, those that fit nothing."""

    read: int = 0
    new: Counter[str] = field(default_factory=Counter)
    same: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As JSON values; read is the sum of the rest."""
        return {
            "read": self.read,
            "new": dict(self.new),
            "same": self.same,
            "rejected": len(self.problems),
            "problems": [{"line": line, "why": why} for line, why in self.problems[:100]],
        }


def fetch(shop: ShopLike, channel: str) -> CameBack:
    """Ask a channel what happened since the last time; raises `PluginFailure`, `NotFoundError`."""
    shop.permit("campaign.outcomes")
    table = shop.documents.table(_CURSORS)
    known: Any = next((one for one in table.all() if one.get("name") == channel), {})
    found = shop.channels.fetch(channel, str(known.get("cursor", "")), _waiting(shop, channel))
    told = CameBack(read=len(found.events))
    kinds = tuple(shop.channels.get(channel).address_kinds)
    for start in range(0, len(found.events), _AT_ONCE):
        part = found.events[start : start + _AT_ONCE]
        with shop.write(_("what channel {name} told").format(name=channel), kind="campaign") as write:
            for number, event in enumerate(part, start + 1):
                _one(write, told, number, event, _addresses(shop, event.address, kinds), shop.clock())
    table.upsert({"name": channel, "cursor": found.cursor}, where("name") == channel)
    return told


def _waiting(shop: ShopLike, channel: str) -> list[Sent]:
    """The newest messages of a channel of which nothing final is known."""
    c, i = sends.c, identities.c
    since = shop.clock().now - _ASKED_DAYS * 86_400
    # A campaign's messages are found by an index; those of one that ended before are older than it.
    lately = sa.select(campaigns.c.id).where(
        sa.or_(campaigns.c.ended_at.is_(None), campaigns.c.ended_at >= since)
    )
    query = (
        sa.select(c.campaign_id, c.person, c.step, i.value, c.reference, c.at)
        .select_from(
            sends.join(send_channels, send_channels.c.id == c.channel).outerjoin(
                identities, i.id == c.identity_id
            )
        )
        .where(send_channels.c.name == channel, c.state.in_([int(SendState.SENT), int(SendState.UNKNOWN)]))
        .where(c.at >= since, c.campaign_id.in_(lately))
        .order_by(c.id.desc())
        .limit(_ASKED)
    )
    with shop.database.read() as connection:
        return [
            Sent(key_of(row[0], row[1], row[2]), row[3] or "", row[4] or "", row[5])
            for row in connection.execute(query)
        ]


def _addresses(shop: ShopLike, text: str, kinds: Sequence[str]) -> list[tuple[str, str]]:
    """Kind and normal form of an address as a gateway writes it: P1@X.CN, 138 0013 8000."""
    found = []
    for kind in kinds:
        if kind in ("email", "phone", "buyer") and text:
            with suppress_error(UsageError):
                found.append(kind_and_value(text, shop.settings.currency, kind))
    return found


def _one(
    write: Write,
    told: CameBack,
    number: int,
    event: Happened,
    addresses: Sequence[tuple[str, str]],
    clock: Clock,
) -> None:
    what = Event[event.what.upper()]
    message = _message(write, event, addresses)
    at = min(event.at, clock.now)  # a gateway's clock may be ahead of ours
    if message is None:
        if _by_address_alone(write, event, what, addresses, at):
            told.new[event.what] += 1
        else:
            told.problems.append((number, _("it fits no message of ours")))
    elif outcomes.record(
        write, message, what, at, machine=event.machine, text=event.text, permanent=event.permanent
    ):
        told.new[event.what] += 1
    else:
        told.same += 1


def _message(write: Write, event: Happened, addresses: Sequence[tuple[str, str]]) -> Message | None:
    if event.key and (found := outcomes.by_key(write.connection, event.key)):
        return found
    if event.reference and (found := outcomes.by_reference(write.connection, event.reference)):
        return found
    return outcomes.by_address(write.connection, addresses)


def _by_address_alone(
    write: Write, event: Happened, what: Event, addresses: Sequence[tuple[str, str]], at: int
) -> bool:
    """A no or a dead address counts even where nobody knows which message it was about."""
    no_good = what in (Event.UNSUBSCRIBED, Event.COMPLAINED) or (what is Event.BOUNCED and event.permanent)
    no_good = no_good or (what is Event.REPLIED and wants_no_more(event.text))
    if not no_good or event.machine or not addresses:
        return False
    suppress(write, addresses, at=at, source="channel", reason=what.name.lower())
    return True


# --- files ----------------------------------------------------------------------------------------------


def read_outcomes(shop: ShopLike, campaign: str | None, file: Path) -> CameBack:
    """Read a gateway's report or a list of used codes; raises `FileError`, `UsageError`.

    A row names its message by key, reference, or campaign and customer or address; `code` and `order` tell
    that an order used a code of the campaign.
    """
    shop.permit("campaign.outcomes")
    rows = read_csv(file)
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    places = {name: header.index(one) for name, names in _HEADERS.items() for one in names if one in header}
    if not ({"what"} <= set(places) or {"code", "order"} <= set(places)):
        raise UsageError(
            _(
                "{file} tells neither what happened nor which order used a code: name the columns what, "
                "or code and order"
            ).format(file=file.name)
        )
    told = CameBack(read=len(rows) - 1)
    numbered = list(enumerate(rows[1:], 2))
    for start in range(0, len(numbered), _AT_ONCE):
        with shop.write(_("outcomes from {file}").format(file=file.name), kind="campaign") as write:
            campaign_id = campaign_rows.find(write.connection, campaign).id if campaign else None
            for line, row in numbered[start : start + _AT_ONCE]:
                cells = {name: row[place].strip() for name, place in places.items() if place < len(row)}
                try:
                    _row(shop, write, told, campaign_id, cells)
                except CrmError as error:
                    told.problems.append((line, str(error)))
    return told


def _row(
    shop: ShopLike, write: Write, told: CameBack, campaign_id: int | None, cells: Mapping[str, str]
) -> None:
    if cells.get("code") and cells.get("order"):
        if _use_code(write, cells["code"], cells["order"]):
            told.new["code"] += 1
        else:
            told.same += 1
        return
    word = cells.get("what", "").lower()
    what = _WHATS.get(word)
    if what is None:
        raise UsageError(_("{word!r} is nothing that happens to a message").format(word=word))
    clock = shop.clock()
    at = min(instant_from(cells["at"], clock), clock.now) if cells.get("at") else clock.now
    text = cells.get("text", "")
    permanent = any(one in f"{word} {text}".lower() for one in _FOR_GOOD)
    try:
        message = _named(shop, write.connection, campaign_id, cells)
    except UsageError:
        event = Happened(_HAPPENED[what], at, text=text, permanent=permanent)
        address = cells.get("address", "")
        found = _addresses(shop, address, ("email",) if "@" in address else ("phone",))
        if not _by_address_alone(write, event, what, found, at):
            raise
        told.new[what.name.lower()] += 1
        return
    if outcomes.record(write, message, what, at, text=text, permanent=permanent):
        told.new[what.name.lower()] += 1
    else:
        told.same += 1


def _named(
    shop: ShopLike, connection: sa.Connection, campaign_id: int | None, cells: Mapping[str, str]
) -> Message:
    found: Message | None = None
    here = [sends.c.campaign_id == campaign_id] if campaign_id is not None else []
    if cells.get("key"):
        found = outcomes.by_key(connection, cells["key"])
    elif cells.get("reference"):
        found = outcomes.by_reference(connection, cells["reference"])
    elif _CUSTOMER.fullmatch(cells.get("customer", "")):
        found = outcomes.find_message(connection, sends.c.customer_id == int(cells["customer"]), *here)
    elif cells.get("address"):
        address = kind_and_value(cells["address"], shop.settings.currency)
        found = outcomes.by_address(connection, [address], *here)
    if found is None:
        raise UsageError(_("it fits no message of ours"))
    return found


def _use_code(write: Write, code: str, number: str) -> bool:
    """An order used a code; False when that is known. Raises `UsageError` for an unknown code or order."""
    code_id = write.connection.scalar(sa.select(codes.c.id).where(codes.c.code == code.strip().upper()))
    if code_id is None:
        raise UsageError(_("{code} is no code of a campaign").format(code=code))
    rows = list(
        write.connection.execute(sa.select(orders.c.id, orders.c.placed_at).where(orders.c.number == number))
    )
    if len(rows) != 1:
        raise UsageError(_("there is no order {number}, or more than one").format(number=number))
    known = write.connection.scalar(sa.select(code_uses.c.id).where(code_uses.c.order_id == rows[0].id))
    if known is not None:
        return False
    values = {"code_id": code_id, "order_id": rows[0].id, "at": rows[0].placed_at or 0}
    write.connection.execute(sa.insert(code_uses).values(**values, created_by=write.change_id))
    return True


# --- what is unknown ------------------------------------------------------------------------------------


def unknown(shop: ShopLike, name: str, limit: int | None = 50) -> list[tuple[int, int, str, int]]:
    """Messages of which nobody knows whether they arrived: (row, customer, key, instant)."""
    with shop.database.read() as connection:
        row = campaign_rows.find(connection, name)
        c = sends.c
        query = (
            sa.select(c.id, c.customer_id, c.person, c.step, c.at)
            .where(c.campaign_id == row.id, c.state == int(SendState.UNKNOWN))
            .order_by(c.id)
            .limit(limit)
        )
        return [(r[0], r[1], key_of(row.id, r[2], r[3]), r[4]) for r in connection.execute(query)]


def settle_unknown(shop: ShopLike, name: str, *, arrived: bool, keys: Sequence[str] | None = None) -> int:
    """Say for certain what became of unknown messages (`keys`, or all): they arrived, or never went out.

    Those that never went out are free to be sent by the next run. Only a person who has seen the gateway's
    own list can know; the act keeps who said so. Returns how many.
    """
    shop.permit("campaign.send")
    chosen = [one for one in unknown(shop, name, None) if keys is None or one[2] in set(keys)]
    said = _("they arrived") if arrived else _("they never went out")
    why = _("{count} unknown messages of {name}: {said}").format(count=len(chosen), name=name, said=said)
    with shop.write(why, kind="campaign") as write:
        row = campaign_rows.find(write.connection, name)
        if arrived:
            for part in _parts([one[0] for one in chosen]):
                write.connection.execute(
                    sa.update(sends)
                    # A report may have told more of some of them meanwhile.
                    .where(sends.c.id.in_(part), sends.c.state == int(SendState.UNKNOWN))
                    .values(state=int(SendState.SENT))
                )
        else:
            places: list[tuple[int, int]] = []
            for part in _parts([one[0] for one in chosen]):
                places += outcomes.release_unknown(write, row.id, list(part))
            for turn in {step // TURN for _person, step in places}:
                people = [person for person, step in places if step // TURN == turn]
                for plan in plan_rows.of_campaign(write.connection, row.id, turn)[:1]:
                    plan_rows.mark_later(write, int(plan.id), dict.fromkeys(people, int(Reason.NOT_YET)))
        write.note()
    return len(chosen)


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
