"""'That's her': two records that may be one person, and what confirming it does."""

from __future__ import annotations

from dataclasses import dataclass

from crmcore.desk import brief_words as words
from crmcore.desk.brief import Brief
from crmcore.desk.lookup import Lookup, Match
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.people import People
from crmcore.records.customer import IdentityView
from crmcore.records.identity import (
    IdentityKind,
    IdentityValue,
    buyer_identity,
    email_identity,
    is_masked,
    mask_key,
    mask_keys_for,
    normal_phone,
    phone_identity,
)
from crmcore.shop import Shop
from crmcore.store import customers
from crmcore.store.identities import add_identity, identities_of
from crmcore.wide import clean


@dataclass(frozen=True)
class Same:
    """One thing to confirm, in words: that customer `other` is she; without `other`, that `asked` is hers."""

    words: str
    other: int | None
    asked: str = ""


def choices(brief: Brief, lookup: Lookup | None) -> tuple[Same, ...]:
    """What may be confirmed of the customer shown: what the lookup found beside her, then proposed pairs."""
    found: dict[int | None, Same] = {}
    mine = lookup.of(brief.id) if lookup else None
    if lookup and mine:
        others = lookup.possible if mine.certain else lookup.certain
        for one in sorted(others, key=lambda match: _contradicts(match.name, brief.card.name)):
            told = _of(one, lookup.asked, another=_contradicts(one.name, brief.card.name))
            found[one.customer_id] = Same(clean(told), one.customer_id)
        if not mine.certain and not lookup.certain:
            told = _("{asked} fits {shown}").format(asked=lookup.asked, shown=mine.shown)
            found[None] = Same(clean(told), None, lookup.asked)
    for other in brief.others:
        called = " ".join(one for one in (other.nickname, other.name) if one) or f"#{other.customer_id}"
        told = f"{called} #{other.customer_id} ({words.same_reason(other.reason)})"
        found.setdefault(other.customer_id, Same(clean(told), other.customer_id))
    return tuple(found.values())


def _contradicts(name: str | None, other: str | None) -> bool:
    """Whether one of two names is hidden in part and cannot be the other one."""
    for hidden, full in ((name, other), (other, name)):
        if hidden and full and not is_masked(full) and (key := mask_key(hidden)) is not None:
            return key not in mask_keys_for(full)
    return False


def _of(match: Match, asked: str, *, another: bool) -> str:
    called = " ".join(one for one in (match.nickname, match.name) if one) or match.shown
    fits = _("{asked} fits {shown}").format(asked=asked, shown=match.shown)
    if another:
        fits += ", " + _("but the name does not")
    return f"{called} #{match.customer_id} ({fits})"


def confirm(shop: Shop, customer_id: int, same: Same) -> int:
    """Make good what was confirmed and return the customer she is from now on; each can be undone.

    Another record joins hers, the one known longer is kept. A value becomes an identity of hers, of the kind
    of the hidden one it fits. Raises `CrmError` where it fits none, or is somebody else's.
    """
    if same.other is not None:
        keep, gone = sorted((customer_id, same.other))
        People(shop).merge(keep, gone)
        return keep
    shop.permit("customer.edit")
    with shop.write(_("{asked} is customer {id}").format(asked=same.asked, id=customer_id)) as write:
        owner = customers.living(write.connection, customer_id)
        hidden = [one for one in identities_of(write.connection, owner) if one.masked]
        add_identity(write, owner, _value(same.asked, hidden, shop.settings.currency))
    return owner


def _value(asked: str, hidden: list[IdentityView], currency: str) -> IdentityValue:
    """What was typed, as an identity of the kind of the hidden value that it fits."""
    phone = normal_phone(asked, currency)
    plain = (phone or asked.lower()).removeprefix("+86")
    keys = set(mask_keys_for(plain))
    for one in hidden:
        if mask_key(one.value) not in keys:
            continue
        if one.kind == IdentityKind.PHONE:
            return phone_identity(asked, currency)
        if one.kind == IdentityKind.EMAIL:
            return email_identity(asked)
        return buyer_identity(asked, one.namespace)
    raise CrmError(_("{asked} fits nothing hidden of hers").format(asked=asked))
