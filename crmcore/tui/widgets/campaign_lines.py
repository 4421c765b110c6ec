"""A campaign, a preview of its message, and a task by hand, as lines of text for a width."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.style import Style

from crmcore import wide
from crmcore.campaigns.work import Answer
from crmcore.desk.campaign_view import Standing
from crmcore.desk.campaign_work import Task
from crmcore.i18n import gettext as _
from crmcore.tui.widgets.card_parts import line, rule, wrapped


def standing_lines(found: Standing, width: int) -> list[Content]:
    """What it says, and what holds it up."""
    lines = told_lines(found.says, width)
    if found.line.message:
        lines += wrapped(found.line.message, width, 4, head=[("! ", "bold $text-warning")])
    for note in found.notes:
        lines += wrapped(note, width, 4, head=[("! ", "bold $text-warning")])
    return lines


# Nothing that is told on a sheet is cut: it scrolls. Lines for one thing, at most.
_MOST = 40


def told_lines(told: Sequence[tuple[str, str]], width: int) -> list[Content]:
    """Titles in a column, beside them what is told."""
    title = max((wide.width(one) for one, _words in told), default=0)
    lines: list[Content] = []
    for name, words in told:
        lines += wrapped(words, width, _MOST, head=[(wide.pad(name, title) + "  ", "$text-muted")])
    return lines


def preview_lines(
    why: Sequence[tuple[str, str]], texts: Sequence[tuple[str, str]], width: int
) -> list[Content]:
    """Whether she gets it, and what she would read on each channel."""
    found: list[Content] = []
    for what, words in why:
        found += wrapped(words, width, 2, head=[(f"{what}: ", "$text-muted")])
    for channel, text in texts:
        found.append(rule(channel, width))
        for part in text.split("\n"):
            found += wrapped(part, width, 20)
    return found


def task_lines(task: Task, copied: bool, width: int) -> list[Content]:
    """One customer: who she is, her address, her figures, what is to be said."""
    note = _("copied") if copied else ""
    head = [(task.name, "bold"), (f"   {task.address}", "bold $text-accent")]
    found = [line(head, width, [(note, "$text-success")]), line([(task.figures, "$text-muted")], width)]
    found.append(rule("", width))
    for part in task.text.split("\n"):
        found += wrapped(part, width, 30)
    return found


def answer_lines(answers: Sequence[Answer], width: int) -> list[Content]:
    """The answers with their keys, as many on a line as fit; each can be clicked."""
    found: list[Content] = []
    for one in answers:
        click = Style.from_meta({"@click": f"screen.answer('{one.name}')"})
        piece = Content.assemble(
            (f"[{one.key}]", "bold $text-accent"), f" {wide.clean(one.title)}   "
        ).stylize(click)
        if found and found[-1].cell_length + piece.cell_length <= width:
            found[-1] = Content.assemble(found[-1], piece)
        else:
            found.append(piece)
    return found
