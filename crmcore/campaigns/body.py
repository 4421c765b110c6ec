"""What a campaign says: whom to write to, when, by which channels, in what words, and what it is for.

A body is plain data, the same in a file, in a pack and in the database. Money is in major units.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.records.sending import MOST_TURNS
from crmcore.rules.fields import suggestion

Purpose = Literal["promotion", "service", "order"]
Share = Annotated[float, msgspec.Meta(ge=0, le=0.9)]
# What a calendar and a shop's orders cannot go beyond.
_FIRST_YEAR, _LAST_YEAR, _MOST_HOURS, _MOST_AMOUNT = 2000, 2200, 87_600, 10**12
Days = Annotated[int, msgspec.Meta(ge=0, le=3650)]


@dataclass(frozen=True)
class Words:
    """What is said on one channel; `template` names a template of the shop in the place of words."""

    text: str = ""
    subject: str = ""
    html: str = ""
    template: str = ""


@dataclass(frozen=True)
class Goal:
    """What this stage is to reach: so many buyers, orders, replies, or so much revenue (major units)."""

    measure: Literal["buyers", "orders", "revenue", "replies"] = "buyers"
    value: Decimal = Decimal(0)


@dataclass(frozen=True)
class Unpaid:
    """Which unpaid orders are meant: by their age in hours and their total (major units)."""

    from_hours: Annotated[float, msgspec.Meta(ge=0)] = 1
    to_hours: Annotated[float, msgspec.Meta(gt=0)] = 72
    from_amount: Decimal = Decimal(0)
    to_amount: Decimal | None = None


@dataclass(frozen=True)
class FollowUp:
    """A further message, `after` so many days since the one before it reached her.

    Whoever did one of `unless` since (bought, replied) gets none, and nobody does who said no. Without
    `channels` those of the campaign are used.
    """

    after: Annotated[int, msgspec.Meta(ge=1, le=365)]
    unless: list[Literal["bought", "replied"]] = field(default_factory=lambda: ["bought", "replied"])
    channels: list[str] = field(default_factory=list)
    messages: dict[str, Words] = field(default_factory=dict)


@dataclass(frozen=True)
class Body:
    """One campaign's plan.

    The audience is a `segment` (with `params`), a rule of its own (`where`, as in a segment's file), or the
    buyers of `unpaid` orders. `occasion` tells what makes two messages different ones, so that nobody has the
    same twice: once · year · anniversary · month · last_order · unpaid_order · complaint.

    `channels` come in the order of preference; the first one that may be used for somebody is hers.
    `messages` are by channel, "*" for all others. `ahead` sends a channel (sms_aliyun, or sms for every
    one of that sort) so many days before the `node`, the day of the festival. `repeat` daily: each run looks
    anew who belongs. `control` is the share that is left out to measure by. Orders within `window_days` after
    a message count as its own. `retry_days`: who was left out for a reason that passes is asked again for so
    long. `prices` are what a message costs. `reward` is what its messages promise: `{{ reward }}`.
    `follow_ups` go out after the message, each to those whom the one before it reached; `turn` says which of
    them this body is of (0: the first message), see `of_turn`.
    """

    title: str = ""
    about: str = ""
    segment: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    where: dict[str, Any] | None = None
    unpaid: Unpaid | None = None
    occasion: Literal["once", "year", "anniversary", "month", "last_order", "unpaid_order", "complaint"] = (
        "once"
    )
    purpose: Purpose = "promotion"
    channels: list[str] = field(default_factory=list)
    messages: dict[str, Words] = field(default_factory=dict)
    node: date | None = None
    ahead: dict[str, Days] = field(default_factory=dict)
    repeat: Literal["once", "daily"] = "once"
    control: Share = 0.1
    window_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 14
    retry_days: Days = 0
    goal: Goal | None = None
    budget: Decimal | None = None
    prices: dict[str, Decimal] = field(default_factory=dict)
    code: str = ""
    personal_codes: bool = False
    commission: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0  # per cent of what referred friends buy
    reward: str = ""
    follow_ups: Annotated[list[FollowUp], msgspec.Meta(max_length=MOST_TURNS)] = field(default_factory=list)
    turn: int = 0

    @property
    def follows(self) -> FollowUp | None:
        """The follow-up that this body is of; None for the first message."""
        return self.follow_ups[self.turn - 1] if self.turn else None

    @property
    def turns(self) -> range:
        """The numbers of its messages to one person: 0 for the first, then one for each follow-up."""
        return range(len(self.follow_ups) + 1)

    def of_turn(self, turn: int) -> Body:
        """The body as it goes out that time, with the channels and words of that follow-up.

        Raises `UsageError` where there are not so many.
        """
        if not 0 <= turn < len(self.turns):
            raise UsageError(
                _("there is no follow-up {number}: the campaign has {count}").format(
                    number=turn, count=len(self.follow_ups)
                )
            )
        if not turn:
            return self
        told = self.follow_ups[turn - 1]
        return replace(
            self, turn=turn, channels=told.channels or self.channels, messages=told.messages, ahead={}
        )

    @property
    def all_channels(self) -> list[str]:
        """Every channel that any of its messages goes out by, each once."""
        named = [*self.channels, *(name for one in self.follow_ups for name in one.channels)]
        return list(dict.fromkeys(named))

    def words(self, channel: str) -> Words:
        """What is said on that channel."""
        return self.messages.get(channel) or self.messages.get("*") or Words()

    def days_ahead(self, channel: str, medium: str) -> int:
        """So many days before the node that channel goes out; by its name, or that of its sort."""
        return self.ahead.get(channel, self.ahead.get(medium, 0))

    def price(self, channel: str, medium: str) -> Decimal | None:
        """What a message on that channel costs, where the campaign says so; by its name, or its sort's."""
        return self.prices.get(channel, self.prices.get(medium))

    def as_json(self) -> dict[str, Any]:
        """The body as plain values, without what says nothing."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        default: dict[str, Any] = msgspec.to_builtins(Body())
        return {name: value for name, value in plain.items() if value != default[name] and name in KEYS}

    def decides(self) -> str:
        """A mark of what decides who gets it and by what: with another one a kept plan is worth nothing."""
        chosen = {name: value for name, value in self.as_json().items() if name in _DECIDE}
        return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:16]


_DECIDE = frozenset(("segment", "params", "where", "unpaid", "occasion", "purpose", "channels", "control"))
KEYS = tuple(one.name for one in fields(Body) if one.name != "turn")


def body_from(values: Mapping[str, Any]) -> Body:
    """The body that plain values say; raises `UsageError` naming the key that is wrong."""
    for name in values:
        if name not in KEYS:
            hint = suggestion(str(name), list(KEYS))
            raise UsageError(_("a campaign has no key {name}{hint}").format(name=repr(name), hint=hint))
    try:
        json.dumps(values, default=str, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise UsageError(_("the campaign holds bytes that are no text: write it in UTF-8")) from None
    body = _checked(_converted(values))
    _refuse_unknown(values, body, "")
    return body


def body_of(text: str) -> Body:
    """The body that stands in the database; it was checked when it was written down, by the rules of then."""
    return _converted(json.loads(text))


def _refuse_unknown(said: Any, read: Any, place: str) -> None:
    """Raise `UsageError` for a key within that nobody reads; `read` is what was made of what is said."""
    match said:
        case Mapping() if is_dataclass(read):
            known = [one.name for one in fields(read)]
            for key, one in said.items():
                if key not in known:
                    text = _("{place}: there is no key {key} here{hint}")
                    hint = suggestion(str(key), known)
                    raise UsageError(text.format(place=place, key=repr(key), hint=hint))
                _refuse_unknown(one, getattr(read, key), f"{place}.{key}" if place else key)
        case Mapping() if isinstance(read, Mapping):
            for key, one in said.items():
                _refuse_unknown(one, read.get(key), f"{place}.{key}")
        case list() | tuple() if isinstance(read, list):
            for number, (one, other) in enumerate(zip(said, read, strict=False)):
                _refuse_unknown(one, other, f"{place}[{number}]")


def _converted(values: Mapping[str, Any]) -> Body:
    try:
        return msgspec.convert(dict(values), Body, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(_("the campaign is not right: {error}").format(error=error)) from None


def _checked(body: Body) -> Body:
    audiences = [bool(body.segment), body.where is not None, body.unpaid is not None]
    if sum(audiences) > 1:
        raise UsageError(_("say whom it is for in one way: segment, where or unpaid"))
    for name, amount in _amounts(body):
        if not (amount.is_finite() and 0 <= amount <= _MOST_AMOUNT):
            raise UsageError(_("{name}: {amount} is no amount").format(name=name, amount=amount))
    if body.node is not None and not _FIRST_YEAR <= body.node.year <= _LAST_YEAR:
        raise UsageError(_("{day} is no day to send a campaign for").format(day=body.node))
    if body.unpaid is not None and not all(
        math.isfinite(hours) and hours <= _MOST_HOURS
        for hours in (body.unpaid.from_hours, body.unpaid.to_hours)
    ):
        raise UsageError(_("unpaid: an order's age is at most {most} hours").format(most=_MOST_HOURS))
    for channels in (body.channels, *(one.channels for one in body.follow_ups)):
        if len(set(channels)) < len(channels):
            raise UsageError(_("a channel is named twice"))
    if body.personal_codes and not body.code:
        raise UsageError(_("personal codes need a code that they begin with: code"))
    if body.unpaid is not None and body.occasion != "unpaid_order":
        return replace(body, occasion="unpaid_order")
    return body


def _amounts(body: Body) -> Iterator[tuple[str, Decimal]]:
    yield from ((f"prices.{channel}", price) for channel, price in body.prices.items())
    if body.budget is not None:
        yield "budget", body.budget
    if body.goal is not None:
        yield "goal.value", body.goal.value
    if body.unpaid is not None:
        yield "unpaid.from_amount", body.unpaid.from_amount
        if body.unpaid.to_amount is not None:
            yield "unpaid.to_amount", body.unpaid.to_amount


def ready(body: Body) -> None:
    """Raise `UsageError` unless the campaign says all it takes to send it."""
    if not (body.segment or body.where is not None or body.unpaid is not None):
        raise UsageError(_("say whom it is for: --segment NAME, or `where` in its file"))
    if not body.channels:
        raise UsageError(_("say by which channels: --channel NAME, the preferred one first"))
    for turn in body.turns:
        one = body.of_turn(turn)
        for channel in one.channels:
            words = one.words(channel)
            if words.text.strip() or words.template:
                continue
            said = _("say what is to be said on {channel}: --text, or --template NAME")
            if turn:
                said = _("follow-up {number}: say what is to be said on {channel}: `messages` in its file")
            raise UsageError(said.format(channel=channel, number=turn))
