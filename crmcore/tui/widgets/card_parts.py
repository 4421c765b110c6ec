"""Lines of a card: styled pieces that are cut to the width, with keys that can be clicked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content
from textual.style import Style

from crmcore import wide
from crmcore.tui.commands import Command

# A text and its style: theme names such as "$error", "bold", "dim", or "" for plain.
Part = tuple[str, str]


def line(left: Iterable[Part], width: int, right: Iterable[Content | Part] = ()) -> Content:
    """One line of that many columns at most: `left` is cut where it does not fit, `right` never is."""
    ends = [one if isinstance(one, Content) else piece(one) for one in right]
    taken = sum(one.cell_length for one in ends)
    room = max(width - taken - (1 if taken else 0), 0)
    shown, used = [], 0
    for text, style in left:
        text = wide.clean(text)
        cut = wide.cut(text, room - used) if room > used else ""
        shown.append(_styled(cut, style))
        used += wide.width(cut)
        if cut != text:
            break
    blanks = Content(" " * max(width - used - taken, 0)) if ends else Content("")
    return Content.assemble(*shown, blanks, *ends)


def piece(part: Part) -> Content:
    """One styled piece."""
    text, style = part
    return _styled(wide.clean(text), style)


def _styled(text: str, style: str) -> Content:
    # What the theme calls muted is, inside a text, the brightest colour there is: Textual takes its share of
    # the contrast away only where a whole widget has it.
    return Content.styled(text, style.replace("$text-muted", "dim")) if style else Content(text)


def key(command: type[Command], words: str = "") -> Content:
    """`[c] deal with it`: the key of a command; a click does what the key does."""
    said = f" {words}" if words else ""
    click = Style.from_meta({"@click": f"screen.say('{command.name()}')"})
    return Content.assemble((f"[{command.shown_key()}]", "bold $text-accent"), said).stylize(click)


def rule(title: str, width: int, right: Content | None = None) -> Content:
    """A heading drawn as a line: `-- bought (6 orders) ----`, with a key at its end."""
    head = f"── {wide.clean(title)} " if title else ""
    end = right if right is not None else Content("")
    gap = " " if right is not None else ""
    size = width - wide.width(head) - end.cell_length - 2 * len(gap)
    return Content.assemble((head, "dim"), ("─" * max(size, 0) + gap, "dim"), end)


def wrapped(text: str, width: int, most: int, *, head: Sequence[Part] = (), style: str = "") -> list[Content]:
    """A text in at most `most` lines, the first behind `head`, the others indented below it."""
    indent = sum(wide.width(part[0]) for part in head)
    lines = wide.wrap(wide.clean(text), max(width - indent, 10)) or [""]
    if len(lines) > most:
        lines = [*lines[: most - 1], "".join(lines[most - 1 :])]
    found = [line([*head, (lines[0], style)], width)]
    return found + [line([(" " * indent, ""), (one, style)], width) for one in lines[1:]]
