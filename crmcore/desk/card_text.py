"""The card as plain text to copy, whole or in pieces."""

from __future__ import annotations

from crmcore.desk import brief_words as words
from crmcore.desk.advice import core_advice
from crmcore.desk.brief import Brief
from crmcore.i18n import gettext as _
from crmcore.records.identity import IdentityKind
from crmcore.shown import labelled
from crmcore.wide import clean


def pieces(brief: Brief) -> list[tuple[str, str]]:
    """What is copied most often: (title, text), without what is not known."""
    card = brief.card
    found = [(_("nickname"), card.nickname), (_("name"), card.name)]
    for kind, title in ((IdentityKind.PHONE, _("phone")), (IdentityKind.EMAIL, _("e-mail"))):
        known = [one.shown for one in card.identities if one.kind == kind]
        found.append((title, known[0] if known else None))
    found.append((_("address"), _address(card.province, card.city, card.address)))
    found += [(_("order number"), one.number) for one in brief.purchases[:3]]
    return [(title, clean(text)) for title, text in found if text]


def whole(brief: Brief) -> str:
    """The card from top to bottom."""
    card = brief.card
    head = [f"[{words.badge(brief)}]", card.nickname, card.name, words.gender(card.gender), brief.place]
    lines = [
        " ".join(one for one in head if one),
        "  ".join(words.figures(brief)),
        *(labelled(title, text) for title, text in pieces(brief)),
        *(f"! {one.title} #{one.id} {one.text} ({words.due(one, brief)})" for one in brief.alerts),
        *(f"{words.day(one.at, brief)} {one.owner or ''} {one.text}" for one in brief.talks),
        *(
            f"{words.day(one.at, brief)} {words.amount(one.amount, one.currency)} {words.state(one)} "
            f"{words.goods(one)}"
            for one in brief.purchases
        ),
        " ".join((*brief.tags, words.birthday(brief))).strip(),
        *(one.text for one in brief.notes),
        *(f"{one.title} {words.day(one.at, brief)} {one.text}" for one in brief.bad_reviews),
        *(f"- {one.text}" for one in core_advice(brief)),
        words.promotion(brief),
    ]
    return "\n".join(clean(line) for line in lines if line)


def _address(province: str | None, city: str | None, rest: str | None) -> str:
    """Where to send to, in one line; what a platform wrote into the rest too (province, city) stands once."""
    text = (rest or "").strip()
    if city and not text.startswith(city) and not (province and text.startswith(province) and city in text):
        before = [province, city] if province and not city.startswith(province) else [city]
    else:
        before = [province] if province and not text.startswith(province) else []
    parts = [one for one in (*before, text) if one]
    return ("" if all(one[0] > "\u2e7f" for one in parts) else " ").join(parts)
