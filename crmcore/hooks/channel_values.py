"""What goes to a channel and what comes back from it: messages, receipts, what happened later.

Instants are UTC seconds, money is `Decimal` in major units of the shop's currency (an SMS costs 0.045).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from crmcore.i18n import in_words
from crmcore.records.patterns import regex_of

Purpose = Literal["promotion", "service", "order"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)

State = Literal["accepted", "delivered", "failed", "unknown"]
STATES: tuple[State, ...] = get_args(State)

What = Literal["delivered", "bounced", "opened", "clicked", "replied", "unsubscribed", "complained"]
WHATS: tuple[What, ...] = get_args(What)

# What staff may answer beside that: it is tried again later, or left out this time.
Answered = What | Literal["later", "skipped"]
ANSWERS: tuple[str, ...] = (*WHATS, "later", "skipped")


@dataclass(frozen=True)
class Contact:
    """One way to reach a customer: an identity of hers, or a field of her profile such as `extra.wechat`.

    `value` is in its normal form (a phone as E.164, an e-mail in lower case), `shown` as it was written;
    `source` is the platform or shop that a buyer id belongs to. A contact that is not `strong` is hidden in
    part, shared or made up by a platform: nobody can be reached by it for certain.
    """

    kind: str
    value: str
    source: str = ""
    shown: str = ""
    strong: bool = True


@dataclass(frozen=True)
class Address:
    """Where a channel would send to; with a `problem` (one sentence) it cannot, and says why."""

    value: str
    kind: str = ""
    problem: str = ""


@dataclass(frozen=True)
class AddressForm:
    """What an address of one kind must look like for a channel.

    `like` it must match, `unlike` it must not; "" for no such test. In them `*` is any text, `?` one
    character, `[0-9]` one of those, `[^0-9]` any other. They hold for the normal form (`Contact.value`), and
    the database matches them for a million customers at once. `sources`: only those of these platforms or
    shops, as `Contact.source` begins. `problem` says why another will not do, one text for both languages or
    `{"zh": "…", "en": "…"}`.
    """

    like: str = ""
    unlike: str = ""
    problem: str | Mapping[str, str] = ""
    sources: Sequence[str] = ()

    def fits(self, contact: Contact) -> bool:
        """Whether an address looks like that."""
        if self.sources and not contact.source.startswith(tuple(self.sources)):
            return False
        if self.like and not re.match(regex_of(self.like), contact.value):
            return False
        return not (self.unlike and re.match(regex_of(self.unlike), contact.value))


@dataclass(frozen=True)
class Outgoing:
    """One message to one person.

    `key` is unique for ever: the gateway gets it as the client's reference, so that what is sent twice by
    mistake can be known there. `to` is the value of an `Address`, `name` what she is called. `text` is always
    there; `subject` and `html` only where the channel takes them. `unsubscribe` is an https address that ends
    promotion by a POST (RFC 8058); "" where the shop has none.
    """

    key: str
    to: str
    purpose: Purpose
    text: str
    subject: str = ""
    html: str = ""
    name: str = ""
    unsubscribe: str = ""


@dataclass(frozen=True)
class Problem:
    """Something about a message: an `error` keeps it from being sent, a warning does not.

    `text` is one for both languages, or `{"zh": "…", "en": "…"}`.
    """

    text: str | Mapping[str, str]
    error: bool = True

    @property
    def shown(self) -> str:
        """The sentence in the language in force."""
        return in_words(self.text)


@dataclass(frozen=True)
class Checked:
    """How a message looks to a channel: what is wrong, in how many parts it goes, what it costs in all."""

    problems: Sequence[Problem] = ()
    parts: int = 1
    cost: Decimal = Decimal(0)


@dataclass(frozen=True)
class Receipt:
    """What became of one message, as soon as the channel knows it.

    `accepted`: the gateway took it. `delivered`: it arrived. `failed`: it certainly did not go out;
    `retry_after` (seconds) says that it may be tried again. `unknown`: nobody can say (the line broke after
    the message was handed over); it is never sent again by itself. `reference` is the gateway's own number,
    `detail` one line for staff, `cost` what this message cost, None where nobody knows yet. `bad_address`: it
    failed because nobody is there, so that nothing else can arrive there either.
    """

    key: str
    state: State
    reference: str = ""
    detail: str = ""
    cost: Decimal | None = None
    retry_after: float | None = None
    bad_address: bool = False


@dataclass(frozen=True)
class Sent:
    """A message that was accepted and of which nothing final is known yet; `at` is when it was sent."""

    key: str
    to: str
    reference: str
    at: int


@dataclass(frozen=True)
class Happened:
    """What the channel learned later about a message or an address.

    `key` (ours), `reference` (the gateway's) or `address` says about which; what is known is filled.
    `machine`: a program did it (an automatic answer, a scanner that opens every mail), so it is no interest.
    `permanent`: a bounce that will come again, so that the address is no good.
    """

    what: What
    at: int
    key: str = ""
    reference: str = ""
    address: str = ""
    text: str = ""
    machine: bool = False
    permanent: bool = False


@dataclass(frozen=True)
class Fetched:
    """What happened since the last time, and the `cursor` from which the next time goes on."""

    events: Sequence[Happened] = ()
    cursor: str = ""


@dataclass(frozen=True)
class Limits:
    """What a channel bears: messages handed over at a time; messages a second and connections, None for any.

    They are the shop's: all processes that send by the channel at the same time share them.
    """

    batch: int = 50
    per_second: float | None = None
    connections: int | None = None


@dataclass(frozen=True)
class Outcome:
    """One answer of a person who sends by hand: its `key` on the keyboard, and `what` it means.

    `what` is that of `Happened`, or `later` (try again another day), or `skipped` (not this time).
    """

    name: str
    key: str
    what: Answered
    zh: str = ""
    en: str = ""


# The answers that any manual channel has.
DONE = Outcome("done", "d", "delivered", "发了", "Sent")
SKIPPED = Outcome("skip", "s", "skipped", "跳过", "Skip")
NO_MORE = Outcome("no_more", "x", "unsubscribed", "别再发了", "No more, please")
