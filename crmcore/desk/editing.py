"""A customer's record as something to fill in: its fields, what each takes, and keeping what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from crmcore.desk.brief_words import gender
from crmcore.errors import CrmError, UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark
from crmcore.people import Changes, People
from crmcore.records.customer import CustomerCard, Duplicate
from crmcore.records.identity import email_identity, phone_identity
from crmcore.records.own_field import BETWEEN, OwnField, keyed
from crmcore.records.profile import FIELDS, clean_profile
from crmcore.shop import Shop
from crmcore.store.changes import find_change

PHONE, EMAIL, OWN = "phone", "email", "own"
_TITLES = {
    "name": mark("Full name"),
    "nickname": mark("Handle"),
    "gender": mark("Gender"),
    "birthday": mark("Birthday"),
    "country": mark("Country"),
    "province": mark("Province"),
    "city": mark("City"),
    "address": mark("Address"),
    "contact_by": mark("Contact by"),
    "note": mark("Remark"),
}
_HINTS = {
    "birthday": mark("1990-05-17, or 05-17 where the year is unknown"),
    "nickname": mark("what she is called where she buys"),
    "country": mark("two letters, such as CN"),
    "contact_by": mark("sms, email, phone, wechat, qq …: campaigns use it before their own order"),
}


@dataclass(frozen=True)
class EditField:
    """One field: its name, title, the text it has, what to write, the values to choose among.

    `check` tells what is wrong with a typed text and how to write it, None where nothing is.
    """

    name: str
    title: str
    value: str
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    check: Callable[[str], str | None] = field(default=lambda _text: None, compare=False)


@dataclass(frozen=True)
class Conflict:
    """Somebody else changed her meanwhile: who, her card now, and field -> what it says now."""

    actor: str
    card: CustomerCard
    theirs: Mapping[str, str]


def read_card(shop: Shop, customer_id: int) -> CustomerCard:
    """Her card; raises `NotFoundError`."""
    return People(shop).show(customer_id, 1)[0]


def edit_fields(
    card: CustomerCard | None, currency: str, own_fields: Sequence[OwnField] = ()
) -> list[EditField]:
    """What can be edited of a customer, or told of a new one (None); `own_fields` are those of the shop."""
    told, declared = values_of(card), keyed(own_fields)
    found = [_profile_field(name, _(_TITLES[name]), told[name]) for name in FIELDS]
    found += [_own_field(one, told.get(key, "")) for key, one in declared.items()]
    found += [
        _profile_field(name, name.removeprefix("extra."), value)
        for name, value in told.items()
        if name.startswith("extra.") and name not in declared
    ]
    ways = [
        EditField(PHONE, _("Phone"), "", _known(card, "phone"), check=partial(_check_phones, currency)),
        EditField(EMAIL, _("E-mail"), "", _known(card, "email"), check=_check_emails),
    ]
    own = EditField(OWN, _("Own field"), "", _("NAME=VALUE adds a field of your own"), check=_check_own)
    return [*found[:2], *ways, *found[2:], own]


def values_of(card: CustomerCard | None) -> dict[str, str]:
    """The texts of her profile, own fields as `extra.NAME`."""
    told = {name: (getattr(card, name) or "") if card else "" for name in FIELDS}
    return told | {f"extra.{name}": value for name, value in (card.extra if card else {}).items()}


def changes_of(typed: Mapping[str, str]) -> Changes:
    """What was typed into fields of `edit_fields` (those that changed) as changes of her record."""
    profile = {name: text or None for name, text in typed.items() if name not in (PHONE, EMAIL, OWN)}
    if own := typed.get(OWN, ""):
        name, value = own.split("=", 1)
        profile[f"extra.{name.strip()}"] = value.strip()
    return Changes(profile, phones=_apart(typed.get(PHONE, "")), emails=_apart(typed.get(EMAIL, "")))


def save(shop: Shop, seen: CustomerCard, typed: Mapping[str, str]) -> Conflict | None:
    """Keep what was typed over the card that was seen; a `Conflict` when somebody changed her meanwhile.

    Raises as `People.edit` does: a phone of somebody else's, for one.
    """
    now = read_card(shop, seen.id)
    if now.id == seen.id and now.version != seen.version:
        before = values_of(seen)
        theirs = {name: text for name, text in values_of(now).items() if text != before.get(name, "")}
        gone = {name: "" for name in before if name not in values_of(now)}
        with shop.database.read() as connection:
            return Conflict(find_change(connection, now.version).actor, now, theirs | gone)
    People(shop).edit(seen.id, changes_of(typed), version=seen.version)
    return None


def maybe_known(shop: Shop, typed: Mapping[str, str]) -> list[Duplicate]:
    """Who may be the person about to be added."""
    return People(shop).maybe_known(changes_of(typed))


def add(shop: Shop, typed: Mapping[str, str]) -> int:
    """Add her and return her id; raises as `People.add` does."""
    told = changes_of({name: text for name, text in typed.items() if text})
    return People(shop).add(told)[0]


def _profile_field(name: str, title: str, value: str) -> EditField:
    choices: tuple[tuple[str, str], ...] = ()
    if name == "gender":
        choices = (("", "-"), ("female", gender("female")), ("male", gender("male")))
    hint = _(_HINTS[name]) if name in _HINTS else ""
    return EditField(name, title, value, hint, choices, partial(_check_profile, name))


_OWN_HINTS = {
    "int": mark("a whole number"),
    "number": mark("a number"),
    "money": mark("an amount"),
    "date": mark("a day such as 2026-11-11"),
    "list": mark("several apart by commas"),
}


def _own_field(one: OwnField, value: str) -> EditField:
    choices: tuple[tuple[str, str], ...] = ()
    hint = _(_OWN_HINTS[one.type]) if one.type in _OWN_HINTS else ""
    if one.type == "bool":
        choices = (("", "-"), ("true", _("yes")), ("false", _("no")))
    elif one.choices and one.type == "list":
        hint = BETWEEN.join(one.choices)
    elif one.choices and value in ("", *one.choices):  # what is none of them is shown as it is
        choices = (("", "-"), *((choice, choice) for choice in one.choices))
    return EditField(one.key, one.title, value, hint, choices, partial(_check_declared, one))


def _check_declared(one: OwnField, text: str) -> str | None:
    return _told(lambda: clean_profile({one.key: one.clean(text) if text.strip() else None}))


def _known(card: CustomerCard | None, kind: str) -> str:
    shown = [one.shown for one in card.identities if one.kind == kind] if card else []
    if not shown:
        return _("several apart by commas")
    return _("known: {values}; this adds another").format(values=joined(shown))


def _apart(text: str) -> list[str]:
    return [one.strip() for one in re.split(r"[,，、;；]", text) if one.strip()]


def _told(check: Callable[[], object]) -> str | None:
    try:
        check()
    except CrmError as error:
        return str(error)
    return None


def _check_profile(name: str, text: str) -> str | None:
    return _told(lambda: clean_profile({name: text}))


def _check_phones(currency: str, text: str) -> str | None:
    return _told(lambda: [phone_identity(one, currency) for one in _apart(text)])


def _check_emails(text: str) -> str | None:
    return _told(lambda: [email_identity(one) for one in _apart(text)])


def _check_own(text: str) -> str | None:
    def check() -> None:
        name, sign, value = text.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise UsageError(_("write NAME=VALUE, such as {example}").format(example=_("skin=dry")))
        clean_profile({f"extra.{name.strip()}": value})

    return _told(check)
