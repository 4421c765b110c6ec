"""What happened after a message went out: written down once, with what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crmcore.records.no_more import wants_no_more
from crmcore.records.sending import Event, SendState
from crmcore.store import consents
from crmcore.store.database import Write, among
from crmcore.store.schema import identities
from crmcore.store.schema_campaigns import campaigns, send_channels, send_events, sends
from crmcore.store.suppressing import suppress

# These are said once of a message, whatever hour a second report gives.
_ONCE = (Event.DELIVERED, Event.BOUNCED, Event.UNSUBSCRIBED, Event.COMPLAINED)
_LONGEST = 1000
_ADDRESSES = ("email", "phone", "buyer")
# So many different answers to one message with the same time are kept apart.
_MOST_ANSWERS = 60


@dataclass(frozen=True)
class Message:
    """One row of the ledger as outcomes need it."""

    id: int
    customer_id: int
    identity_id: int | None
    state: SendState
    channel: str
    campaign: str
    consent: str  # under which name she says no to that channel


def find_message(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> Message | None:
    """The newest message that meets the conditions on `sends`."""
    c = sends.c
    query = (
        sa.select(
            c.id,
            c.customer_id,
            c.identity_id,
            c.state,
            send_channels.c.name,
            campaigns.c.name,
            send_channels.c.consent,
        )
        .select_from(
            sends.join(campaigns, campaigns.c.id == c.campaign_id).join(
                send_channels, send_channels.c.id == c.channel
            )
        )
        .where(*conditions)
        .order_by(c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else Message(row[0], row[1], row[2], SendState(row[3]), *row[4:])


def by_key(connection: sa.Connection, key: str) -> Message | None:
    """The message whose key the gateway was given: campaign, person, step."""
    parts = key.split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 18 for part in parts):
        return None
    campaign, person, step = map(int, parts)
    c = sends.c
    return find_message(connection, c.campaign_id == campaign, c.person == person, c.step == step)


def by_reference(connection: sa.Connection, reference: str) -> Message | None:
    """The message that the gateway gave this number of its own."""
    return find_message(connection, sends.c.reference == reference)


def by_address(
    connection: sa.Connection, addresses: Sequence[tuple[str, str]], *conditions: sa.ColumnElement[bool]
) -> Message | None:
    """The newest message that went to one of these addresses (kind, normal form)."""
    i = identities.c
    same = [sa.and_(i.value == value, i.kind == kind) for kind, value in addresses]
    known = list(connection.execute(sa.select(i.id, i.customer_id).where(sa.or_(*same)))) if same else []
    if not known:
        return None
    # Through the index of a customer's messages: an identity's messages are its owner's.
    hers = sends.c.customer_id.in_({row.customer_id for row in known})
    return find_message(connection, hers, sends.c.identity_id.in_([row.id for row in known]), *conditions)


def record(
    write: Write,
    message: Message,
    what: Event,
    at: int,
    *,
    machine: bool = False,
    text: str = "",
    permanent: bool = False,
) -> bool:
    """Write down what happened to a message; False when it is known already.

    A no is a no from now on: an answer that asks for no more, too. What a program did changes nothing.
    """
    text = text[:_LONGEST]
    if what is Event.REPLIED:
        at = _free_second(write.connection, message.id, at, text)
    if _known(write.connection, message.id, what, at, machine=machine):
        return False
    _keep(write, message.id, what, at, machine=machine, text=text)
    if (state := _state_after(message.state, what, machine)) is not message.state:
        write.connection.execute(sa.update(sends).where(sends.c.id == message.id).values(state=int(state)))
    if not machine:
        follow(write, message, what, at, text=text, permanent=permanent)
    write.touch([message.customer_id])
    return True


def follow(
    write: Write, message: Message, what: Event, at: int, *, text: str = "", permanent: bool = False
) -> None:
    """What follows for her consent and the suppression list."""
    source = f"campaign {message.campaign}"
    asked_for_no_more = what is Event.REPLIED and wants_no_more(text)
    if what in (Event.UNSUBSCRIBED, Event.COMPLAINED) or asked_for_no_more:
        channel = "*" if what is Event.COMPLAINED else message.consent
        consents.record(
            write, message.customer_id, channel=channel, purpose="promotion", state="denied", at=at,
            source=source, reason=text or None,
        )  # fmt: skip
    no_good = what is Event.COMPLAINED or (what is Event.BOUNCED and permanent)
    if no_good and (address := address_of(write.connection, message)):
        suppress(write, [address], at=at, source=source, reason=what.name.lower())


def suppress_bad(write: Write, send_ids: Sequence[int], at: int, source: str) -> None:
    """Put the addresses of these messages on the suppression list: the gateway says that nobody is there."""
    i = identities.c
    query = sa.select(i.kind, i.value).join(sends, sends.c.identity_id == i.id)
    rows = write.connection.execute(query.where(among(write.connection, sends.c.id, send_ids)))
    pairs = [(row.kind, row.value) for row in rows if row.kind in _ADDRESSES]
    suppress(write, pairs, at=at, source=source, reason="bad address")


def address_of(connection: sa.Connection, message: Message) -> tuple[str, str] | None:
    """Kind and value of the address that a message went to."""
    i = identities.c
    row = connection.execute(sa.select(i.kind, i.value).where(i.id == message.identity_id)).first()
    return None if row is None or row.kind not in _ADDRESSES else (row.kind, row.value)


def _free_second(connection: sa.Connection, send_id: int, at: int, text: str) -> int:
    """When to write an answer down: two of one minute are two, however coarse the gateway's clock is.

    The second in which it stands already, where the same words do; else the first free one.
    """
    e = send_events.c
    here = sa.select(e.at, e.text).where(
        e.send_id == send_id, e.what == int(Event.REPLIED), e.at.between(at, at + _MOST_ANSWERS)
    )
    said = {int(row[0]): row[1] or "" for row in connection.execute(here.order_by(e.at))}
    for second in range(at, at + _MOST_ANSWERS):
        if said.get(second, text) == text:
            return second
    return at


def _known(connection: sa.Connection, send_id: int, what: Event, at: int, *, machine: bool) -> bool:
    """Whether it is written down: what a program did says nothing of what the person does later."""
    e = send_events.c
    same: list[Any] = [e.send_id == send_id, e.what == int(what)]
    if what not in _ONCE:
        same.append(e.at == at)
    if not machine:
        same.append(e.machine == sa.false())
    return connection.scalar(sa.select(e.id).where(*same).limit(1)) is not None


def _keep(write: Write, send_id: int, what: Event, at: int, *, machine: bool, text: str) -> None:
    """Write it down; where a program did the same in that second it was the person after all."""
    e = send_events.c
    here = sa.and_(e.send_id == send_id, e.what == int(what), e.at == at)
    told = {"machine": machine, "text": text or None, "created_by": write.change_id}
    if not machine and write.connection.execute(sa.update(send_events).where(here).values(**told)).rowcount:
        return
    values = {"send_id": send_id, "at": at, "what": int(what)}
    write.connection.execute(sa.insert(send_events).values(**values, **told))


def _state_after(state: SendState, what: Event, machine: bool) -> SendState:
    """A report settles what was unknown; opening or answering proves that it arrived."""
    if what is Event.BOUNCED:
        return SendState.BOUNCED
    proves = what is Event.DELIVERED or not machine
    if proves and state in (SendState.HANDED, SendState.SENT, SendState.UNKNOWN):
        return SendState.DELIVERED
    return state


def release_unknown(write: Write, campaign_id: int, send_ids: list[int]) -> list[tuple[int, int]]:
    """Somebody says for certain that these unknown messages never arrived: their places are free again.

    Returns (person, step). The rows go: nothing was sent, and the gateway's word stands in the act.
    """
    c = sends.c
    mine = sa.and_(
        c.campaign_id == campaign_id,
        c.state == int(SendState.UNKNOWN),
        c.id.in_(sa.bindparam("ids", expanding=True)),
    )
    rows = write.connection.execute(sa.select(c.person, c.step).where(mine), {"ids": send_ids})
    places = [(int(row[0]), int(row[1])) for row in rows]
    write.connection.execute(sa.delete(sends).where(mine), {"ids": send_ids})
    return places
