"""A task of today, and the customer it is about, as lines of text for a width."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from crmcore.desk import brief_words as words
from crmcore.desk.brief import Brief
from crmcore.desk.today import Task
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, phrases
from crmcore.shown import labelled
from crmcore.tui.widgets.card_parts import Part, line, rule, wrapped


def task_lines(task: Task, width: int, most: int = 2) -> list[Content]:
    """What it is about, in full; why it is here, and who is to do it."""
    found = wrapped(task.what, width, most, head=[("! " if task.late else "  ", "bold $text-error")])
    owner = _("with {owner}").format(owner=task.owner) if task.owner else _("nobody's yet")
    why = task.why
    if task.interaction_id is not None:
        why = _("{one}; {other}").format(one=why, other=owner)
    return found + wrapped(why, width, most, head=[("  ", "")], style="$text-muted")


def person_lines(brief: Brief, width: int) -> list[Content]:
    """Who she is, shortly: the whole card is one key away."""
    card = brief.card
    head: list[Part] = [(f"[{words.badge(brief)}]", "bold reverse"), (f" {brief.called}", "bold")]
    if card.nickname and card.name:
        head.append((f"  {card.name}", ""))
    found = [rule("", width), line(head, width)]
    place = " ".join(one for one in (words.gender(card.gender), brief.age_band, brief.place) if one)
    if place or brief.tier:
        found.append(line([(place, "$text-muted"), (f"  {brief.tier}", "bold")], width))
    found += wrapped(phrases(words.figures(brief)), width, 3)
    if brief.tags:
        found += wrapped(joined(brief.tags), width, 2, style="bold")
    return [*found, *_open(brief, width), *_said(brief, width), *_bought(brief, width)]


def _open(brief: Brief, width: int) -> Iterator[Content]:
    if len(brief.alerts) < 2:  # the only one is the task itself
        return
    yield rule(_("still open"), width)
    for one in brief.alerts:
        due = words.due(one, brief)
        yield line(
            [("! " if one.late else "  ", "bold $text-error"), (labelled(one.title, one.text), "")], width
        )
        if due:
            yield line([(f"  {due}", "$text-muted")], width)


def _said(brief: Brief, width: int) -> Iterator[Content]:
    if brief.talks or brief.notes:
        yield rule(_("last talk"), width)
    for one in (*brief.talks[:2], *brief.notes[:2]):
        yield from wrapped(one.text, width, 3, head=[(f"{words.day(one.at, brief)}  ", "$text-muted")])


def _bought(brief: Brief, width: int) -> Iterator[Content]:
    if brief.purchases:
        yield rule(words.orders(brief), width)
    for one in brief.purchases[:4]:
        total = words.amount(one.amount, one.currency)
        yield line(
            [(f"{words.day(one.at, brief)}  ", "$text-muted"), (f"{words.state(one)}  ", "$text-muted")],
            width,
            [(total, "")],
        )
        yield line([(f"  {words.goods(one)}", "")], width)
