"""A customer at a glance, beside a list: who she is, what is open, what she bought, what to remember."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from crmcore.desk import brief_words as words
from crmcore.desk.brief import Brief
from crmcore.i18n import gettext as _
from crmcore.i18n import phrases
from crmcore.tui.widgets.card_parts import Part, line, rule, wrapped

_ORDERS = 8


def glance_lines(brief: Brief, width: int) -> list[Content]:
    """The lines, each at most `width` columns."""
    return [*_head(brief, width), *_open(brief, width), *_bought(brief, width), *_remember(brief, width)]


def _head(brief: Brief, width: int) -> Iterator[Content]:
    card = brief.card
    name: list[Part] = [(f"[{words.badge(brief)}]", "bold reverse"), (f" {brief.called}", "bold")]
    if card.nickname and card.name:
        name.append((f"  {card.name}", ""))
    yield line(name, width, [(brief.tier, "bold")] if brief.tier else [])
    person = [words.gender(card.gender), brief.age_band, brief.place, *map(words.platform, brief.platforms)]
    if any(person):
        yield line([("  ".join(one for one in person if one), "$text-muted")], width)
    sad: list[Part] = [(words.mood(brief), "bold $text-warning")] if brief.mood else []
    yield from wrapped(phrases(words.figures(brief)), width, 2)
    if sad:
        yield line(sad, width)


def _open(brief: Brief, width: int) -> Iterator[Content]:
    for alert in brief.alerts:
        style = "bold $text-error" if alert.kind == "complaint" or alert.late else "bold $text-warning"
        due = words.due(alert, brief)
        text = f"{alert.text} ({due})" if due else alert.text
        yield from wrapped(text, width, 2, head=[(f"! {alert.title} ", style)])


def _bought(brief: Brief, width: int) -> Iterator[Content]:
    yield rule(words.orders(brief), width)
    for one in brief.purchases[:_ORDERS]:
        amount = words.amount(one.amount, one.currency)
        bad = "$text-warning" if one.refund or one.after_sale else "$text-muted"
        left: list[Part] = [(f"{words.day(one.at, brief)}  ", "$text-muted"), (words.state(one), bad)]
        yield line(left, width, [(amount, "")])
        yield line([(f"  {words.goods(one) or one.number}", "")], width)


def _remember(brief: Brief, width: int) -> Iterator[Content]:
    birthday = words.birthday(brief)
    notes = [one for one in (brief.card.note, *(note.text for note in brief.notes[:2])) if one]
    known = [one.shown for one in brief.card.identities if one.kind in ("phone", "email", "buyer")]
    if brief.tags or birthday or notes:
        yield rule(_("remember"), width)
    if brief.tags or birthday:
        yield line([("  ".join(brief.tags), "bold")], width, [(birthday, "$text-muted")] if birthday else [])
    for text in notes:
        yield from wrapped(text, width, 3)
    for talk in brief.talks[:2]:
        yield from wrapped(talk.text, width, 3, head=[(f"{words.day(talk.at, brief)}  ", "$text-muted")])
    if known:
        yield rule(_("known by"), width)
        yield from (line([(one, "")], width) for one in known[:6])
