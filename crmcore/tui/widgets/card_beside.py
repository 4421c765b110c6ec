"""What stands beside the card on a wide screen, and in a sheet on a narrow one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from textual.content import Content

from crmcore.desk import brief_words as words
from crmcore.desk.advice import Box
from crmcore.desk.brief import Brief
from crmcore.desk.card_look import Beside
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.records.customer import TimelineEntry
from crmcore.shown import known_by, labelled, moment, word
from crmcore.tui.widgets.card_parts import Part, line, rule, wrapped


def event_lines(entries: Iterable[TimelineEntry], brief: Brief, width: int) -> list[Content]:
    """Events newest first: a day, what it was, its text in up to two lines; orders with every line."""
    found: list[Content] = []
    for entry in entries:
        day = words.day(entry.at, brief)
        head: list[Part] = [(f"{day}  ", "$text-muted"), (entry.title, "bold")]
        right: list[Part] = []
        if entry.kind == "order":
            total = entry.data["net_total"] or entry.data["ordered_total"]
            right = [(words.amount(total, entry.data["currency"]), "")]
        elif entry.kind not in ("refund", "consent"):
            head.append((f"  {_how(entry)}", "$text-muted"))
        found.append(line(head, width, right))
        if entry.kind == "order":
            found += [
                line([(f"      {one['title'] or one['sku'] or '?'} x{one['quantity']}", "")], width)
                for one in entry.data["lines"]
            ]
        elif entry.text:
            found += wrapped(entry.text, width, 2, head=[("      ", "")])
    return found


def _how(entry: TimelineEntry) -> str:
    """How far it has got, through what it came, and who looks after it."""
    state = entry.data.get("state")
    said = (words.progress(state) if state else "", entry.data.get("channel"), entry.data.get("owner"))
    return "  ".join(one for one in said if one)


def detail_lines(
    brief: Brief, beside: Beside, boxes: Sequence[Box], width: int, *, lines: int = 1
) -> list[Content]:
    """Plugins' panels, figures with their meaning, identities, consents, own fields, acts on her record.

    A figure takes at most so many lines: one beside the card, where all of it shall be seen at once.
    """
    return [
        *(found for box in boxes for found in _section(box.title, _box(box, width), width)),
        *_section(_("figures"), _figures(beside, width, lines), width),
        *_section(_("known by"), _identities(brief, width), width),
        *_section(_("consents"), _consents(brief, width), width),
        *_section(_("record"), _record(brief, width), width),
        *_section(_("changes"), _touches(brief, beside, width), width),
    ]


def _section(title: str, lines: Iterator[Content], width: int) -> list[Content]:
    found = list(lines)
    return [rule(title, width), *found] if found else []


def _box(box: Box, width: int) -> Iterator[Content]:
    if box.failed:
        yield line([("! ", "bold $text-warning"), (box.failed, "$text-warning")], width)
    for text in box.lines:
        yield line([(text, "")], width)


def _figures(beside: Beside, width: int, lines: int) -> Iterator[Content]:
    for one in beside.figures:
        source = f" ({one.source})" if one.source != "crmcore" else ""
        head: list[Part] = [(labelled(one.title, ""), ""), (one.value, "bold"), ("  ", "")]
        yield from wrapped(f"{one.meaning}{source}", width, lines, head=head, style="$text-muted")


def _identities(brief: Brief, width: int) -> Iterator[Content]:
    for one in brief.card.identities:
        sure = "" if one.strong else " " + _("(not certain)")
        where = f" {words.platform(one.namespace)}" if one.namespace else ""
        yield line(
            [
                (f"{known_by(one.kind)}{where}  ", "$text-muted"),
                (one.shown, ""),
                (sure, "$text-warning"),
            ],
            width,
        )


def _consents(brief: Brief, width: int) -> Iterator[Content]:
    for one in brief.card.consents:
        about = " ".join(
            part for part in (words.platform(one.source), one.proof or "", one.reason or "") if part
        )
        yield line(
            [
                (f"{words.day(one.at, brief)}  ", "$text-muted"),
                (labelled(f"{word(one.channel)} {word(one.purpose)}", words.consent(one.state)), ""),
                (f"  {about}", "$text-muted"),
            ],
            width,
        )


def _record(brief: Brief, width: int) -> Iterator[Content]:
    card = brief.card
    yield line([(_("number"), "$text-muted"), (f"  #{card.id}", "")], width)
    own = [(brief.own.get(name, name), value) for name, value in card.extra.items()]
    for title, value in ((_("address"), card.address), (_("country"), card.country), *own):
        if value:
            yield line([(f"{title}  ", "$text-muted"), (value, "")], width)
    if card.merged:
        yield line(
            [(_("merged into her") + "  ", "$text-muted"), (joined(f"#{i}" for i in card.merged), "")],
            width,
        )


def _touches(brief: Brief, beside: Beside, width: int) -> Iterator[Content]:
    for one in beside.touches:
        state = f"  ({word(one.state)})" if one.state == "undone" else ""
        yield line(
            [
                (f"{moment(one.at, brief.time_zone)[5:]}  ", "$text-muted"),
                (f"{one.actor}  ", ""),
                (one.why + state, ""),
            ],
            width,
        )
