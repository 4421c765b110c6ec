"""Lines of a card: styled pieces that are cut to the width, with keys that can be clicked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from textual.content import Content
from textual.style import Style

from crmcore import wide
from crmcore.tui.commands import Command

# A text and its style: theme names such as "$error", "bold", "dim", or "" for plain.
Part = tuple[str, str]


def line(left: Iterable[Part], width: int, right: Iterable[Content | Part] = ()) -> Content:
    """One line of that many columns at most, `left` cut where it does not fit.

    Of `right` keys (`Content`) are never cut; texts beside them are, beyond half of the line.
    """
    ends = _ends(list(right), width // 2)
    taken = sum(one.cell_length for one in ends)
    shown = _cut(left, max(width - taken - (1 if taken else 0), 0))
    used = sum(one.cell_length for one in shown)
    blanks = Content(" " * max(width - used - taken, 0)) if ends else Content("")
    return Content.assemble(*shown, blanks, *ends)


def _ends(right: list[Content | Part], room: int) -> list[Content]:
    room -= sum(one.cell_length for one in right if isinstance(one, Content))
    found: list[Content] = []
    for one in right:
        if isinstance(one, Content):
            found.append(one)
        else:
            cut = _cut([one], max(room, 0))
            room -= sum(part.cell_length for part in cut)
            found += cut
    return found


def _cut(parts: Iterable[Part], room: int) -> list[Content]:
    """The pieces in at most that many columns; what comes after the one that was cut is left out."""
    found: list[Content] = []
    for text, style in parts:
        text = wide.clean(text)
        cut = wide.cut(text, room) if room > 0 else ""
        found.append(Content.styled(cut, style) if style else Content(cut))
        room -= wide.width(cut)
        if cut != text:
            break
    return found


def key(command: type[Command], words: str = "") -> Content:
    """`[c] deal with it`: the key of a command; a click does what the key does."""
    said = f" {words}" if words else ""
    click = Style.from_meta({"@click": f"screen.say('{command.name()}')"})
    return Content.assemble((f"[{command.shown_key()}]", "bold $text-accent"), said).stylize(click)


def rule(title: str, width: int, right: Content | None = None) -> Content:
    """A heading drawn as a line: `-- bought (6 orders) ----`, with a key at its end."""
    end = right if right is not None else Content("")
    gap = " " if right is not None else ""
    # Its own signs, and a piece of the line behind it.
    room = max(width - end.cell_length - 2 * len(gap) - 6, width // 2, 1)
    head = f"── {wide.cut(wide.clean(title), room)} " if title else ""
    size = width - wide.width(head) - end.cell_length - 2 * len(gap)
    return Content.assemble((head, "dim"), ("─" * max(size, 0) + gap, "dim"), end)


def _behind(text: str, more: str) -> str:
    """Two lines as one again: where Chinese meets, nothing stood between them."""
    return text + ("" if 2 in (wide.width(text[-1:]), wide.width(more[:1])) else " ") + more


def wrapped(text: str, width: int, most: int, *, head: Sequence[Part] = (), style: str = "") -> list[Content]:
    """A text in at most `most` lines, the first behind `head`, the others indented below it."""
    indent = sum(wide.width(part[0]) for part in head)
    lines = wide.wrap(wide.clean(text), max(width - indent, 10)) or [""]
    if len(lines) > most:
        lines = [*lines[: most - 1], reduce(_behind, lines[most - 1 :])]
    found = [line([*head, (lines[0], style)], width)]
    return found + [line([(" " * indent, ""), (one, style)], width) for one in lines[1:]]
