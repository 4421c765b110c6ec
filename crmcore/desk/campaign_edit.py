"""A campaign being made or changed: what a form asks for, and what the typed words mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from crmcore.campaigns.body import Body, Words, body_from
from crmcore.errors import CrmError, UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark
from crmcore.rules.fields import suggestion
from crmcore.shop import Shop
from crmcore.shown import word

PURPOSES = ("promotion", "service", "order")


@dataclass(frozen=True)
class KindLine:
    """A plan that is ready to be used: what it is called, what it is good for, whose it is."""

    name: str
    title: str
    says: str
    source: str


@dataclass(frozen=True)
class Question:
    """One thing that the form asks: `kind` as in forms (text, date, decimal, choice); `needed`: not blank."""

    name: str
    title: str
    value: str = ""
    hint: str = ""
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    needed: bool = False


_TITLES = {
    "name": mark("Name"),
    "title": mark("Title"),
    "segment": mark("Segment"),
    "channels": mark("Channels"),
    "text": mark("What is said"),
    "subject": mark("Subject"),
    "template": mark("or a template"),
    "purpose": mark("Purpose"),
    "node": mark("Festival day"),
    "ahead": mark("Days ahead"),
    "control": mark("Control group %"),
    "code": mark("Code"),
    "budget": mark("Budget"),
    "then_after": mark("Follow-up, days later"),
    "then_channels": mark("Follow-up by"),
    "then_text": mark("Follow-up says"),
    "then_subject": mark("Follow-up subject"),
}
# What is asked about the first follow-up; further ones stand in the campaign's file.
_THEN = ("then_after", "then_channels", "then_text", "then_subject")


def kinds(shop: Shop) -> list[KindLine]:
    """The plans that are ready to be used."""
    return [KindLine(one.name, one.title, one.says, one.source) for one in shop.campaigns.kinds()]


def questions(shop: Shop, kind: str | None, name: str | None) -> list[Question]:
    """What to ask for a new campaign of a kind, or for one that is changed (`name`)."""
    body = body_from(shop.campaigns.kind(kind).body) if kind else shop.campaigns.get(name or "").body
    segments = _("a segment: F6 lists them")
    channels = _("the preferred one first: {names}").format(names=joined(_channels(shop)))
    words = _first_words(body)
    asked = [
        Question("title", _titled("title"), body.title, _("what people call it")),
        *([_named("segment", body.segment, segments)] if body.where is None and body.unpaid is None else []),
        _named("channels", ", ".join(body.channels), channels),
        _named("text", words.text, _("#客户昵称# stands for her name")),
        _named("subject", words.subject, _("of e-mails")),
        _named("template", words.template, _("a template of the shop in the place of words")),
        Question(
            "purpose",
            _titled("purpose"),
            body.purpose,
            kind="choice",
            choices=tuple((one, word(one)) for one in PURPOSES),
        ),
        Question("node", _titled("node"), str(body.node or ""), "2026-11-11", "date"),
        _named("ahead", _pairs(body.ahead), _("by channel: email=7, phone=2")),
        Question(
            "control", _titled("control"), f"{100 * body.control:g}", _("so many get nothing"), "decimal"
        ),
        _named("code", body.code, _("on coupon or flyer, to tell its orders by")),
        Question("budget", _titled("budget"), str(body.budget or ""), _("it is held when spent"), "decimal"),
        *_follow_up_questions(body, channels),
    ]
    if kind:
        given = Question(
            "name", _titled("name"), "", _("small letters, digits and _: double_11"), needed=True
        )
        asked.insert(0, given)
    return asked


def _follow_up_questions(body: Body, channels: str) -> list[Question]:
    first = body.follow_ups[0] if body.follow_ups else None
    words = _words_of(first.messages) if first else Words()
    days = _("blank: no second message; who bought, answered or said no gets none")
    return [
        _named("then_after", str(first.after) if first else "", days),
        _named("then_channels", ", ".join(first.channels) if first else "", channels),
        _named("then_text", words.text, _("#客户昵称# stands for her name")),
        _named("then_subject", words.subject, _("of e-mails")),
    ]


def _named(name: str, value: str, hint: str) -> Question:
    return Question(name, _titled(name), value, hint)


def _titled(name: str) -> str:
    title = _TITLES[name]
    return _(title)


def _channels(shop: Shop) -> list[str]:
    return [one.name for _plugin, one in shop.channels.all() if one.per_person]


def _first_words(body: Body) -> Words:
    return _words_of(body.messages)


def _words_of(messages: Mapping[str, Words]) -> Words:
    return messages.get("*") or next(iter(messages.values()), Words())


def _pairs(values: Mapping[str, int]) -> str:
    return ", ".join(f"{name}={number}" for name, number in values.items())


def wrong(shop: Shop, name: str, text: str) -> str | None:
    """What is wrong with what was typed into a field, and what would be right; None where nothing is."""
    try:
        _meant(shop, name, text)
    except CrmError as error:
        return str(error)
    return None


def make(shop: Shop, kind: str, typed: Mapping[str, str]) -> str:
    """Make a draft of a kind from what was typed; returns its name. Raises `UsageError`, `CrmError`."""
    values = values_from(shop, body_from(shop.campaigns.kind(kind).body), typed)
    return shop.campaigns.new(typed["name"].strip(), kind, values).row.name


def change(shop: Shop, name: str, typed: Mapping[str, str]) -> str:
    """Change what a draft says; returns its name. Raises `UsageError`, `CrmError`."""
    values = values_from(shop, shop.campaigns.get(name).body, typed)
    return shop.campaigns.edit(name, values).row.name


def values_from(shop: Shop, body: Body, typed: Mapping[str, str]) -> dict[str, Any]:
    """The keys of a body that the typed words mean; `body` is what is in force so far."""
    values: dict[str, Any] = {}
    for name, text in typed.items():
        if name not in ("name", "text", "subject", "template", *_THEN):
            values[name] = _meant(shop, name, text)
    if values.get("ahead") and not values.get("node", body.node):
        raise UsageError(_("days ahead need the day that they are ahead of"))
    if any(name in typed for name in _THEN):
        values["follow_ups"] = _follow_ups(shop, body, typed)
    said = {name: typed[name].strip() for name in ("text", "subject", "template") if name in typed}
    if said:
        key = "*" if "*" in body.messages or not body.messages else next(iter(body.messages))
        before = {name: getattr(_first_words(body), name) for name in ("text", "subject", "html", "template")}
        messages: dict[str, Any] = {one: vars(words) for one, words in body.messages.items()}
        values["messages"] = {**messages, key: {**before, **said}}
    return values


def _follow_ups(shop: Shop, body: Body, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """The follow-ups with what was typed about the first one; without days there is no such one any more."""
    known: list[dict[str, Any]] = [msgspec.to_builtins(one) for one in body.follow_ups]
    first = known[0] if known else {"messages": {}}
    days = typed.get("then_after", str(first.get("after", ""))).strip()
    said = {name.removeprefix("then_"): typed[name].strip() for name in _THEN[2:] if name in typed}
    if not days:
        if any(said.values()) or typed.get("then_channels", "").strip():
            raise UsageError(_("say after how many days the follow-up goes out"))
        return known[1:]
    if "then_channels" in typed:
        first["channels"] = _meant(shop, "channels", typed["then_channels"])
    messages = first["messages"]
    key = "*" if "*" in messages or not messages else next(iter(messages))
    messages[key] = {**messages.get(key, {}), **said}
    return [{**first, "after": _meant(shop, "then_after", days), "messages": messages}, *known[1:]]


def _meant(shop: Shop, name: str, text: str) -> Any:
    """The value of one key; raises `UsageError`."""
    text = text.strip()
    if name == "segment" and text:
        known = [one.name for one in shop.segments.all()]
        titled = {one.title: one.name for one in shop.segments.all()}
        if text not in known and text not in titled:
            hint = suggestion(text, [*known, *titled])
            raise UsageError(_("there is no segment {name}{hint}").format(name=repr(text), hint=hint))
        return titled.get(text, text)
    if name == "then_after" and text:
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 365):
            raise UsageError(_("{text!r} is no number of days from 1 to 365").format(text=text))
        return int(text)
    if name in ("channels", "then_channels"):
        return [_channel(shop, one) for one in _split(text)]
    if name == "ahead":
        return {_channel(shop, one.partition("=")[0].strip()): _days(one) for one in _split(text)}
    if name in ("node", "budget"):
        return text or None
    if name == "control":
        return _percent(text) / 100
    return text


def _split(text: str) -> list[str]:
    return [one.strip() for one in text.replace("，", ",").replace("、", ",").split(",") if one.strip()]


def _channel(shop: Shop, name: str) -> str:
    known = _channels(shop)
    if name not in known:
        raise UsageError(
            _("there is no channel {name}{hint}").format(name=repr(name), hint=suggestion(name, known))
        )
    return name


def _days(pair: str) -> int:
    _name, _sign, days = pair.partition("=")
    if not (days.strip().isascii() and days.strip().isdigit()):
        raise UsageError(_("write CHANNEL=DAYS, such as email=7, not {text!r}").format(text=pair))
    return int(days)


def _percent(text: str) -> float:
    try:
        value = Decimal(text or "0")
    except InvalidOperation:
        raise UsageError(_("{text!r} is not a number: write 12.5").format(text=text)) from None
    if not 0 <= value <= 90:
        raise UsageError(_("a control group has 0 to 90 in a hundred"))
    return float(value)
