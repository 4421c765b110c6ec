"""What the commands of `crm pack` say alike: plans, faults, texts side by side."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from crmcore import wide
from crmcore.cli import edge
from crmcore.cli.output import note, print_json, say
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.packs.faults import Fault, PackError
    from crmcore.packs.plan import Item, Plan

_HALF = 44  # places of each of two texts side by side


def tell_unfit(missing: Iterable[str], misfits: Iterable[Fault], notes: Iterable[str] = ()) -> None:
    """What the shop has not that a pack needs, what of it cannot be used, what leads nowhere, a line each."""
    for sentence in missing:
        say(_("Missing: {what}").format(what=sentence))
    for fault in misfits:
        say(_("Does not fit: {what}").format(what=fault))
    tell_notes(notes)


def tell_notes(notes: Iterable[str]) -> None:
    """What there is to know, a line each."""
    for sentence in notes:
        say(_("Note: {what}").format(what=sentence))


def tell_plan(plan: Plan) -> None:
    """One line for each document that would change."""
    quiet = 0
    for item in plan.items:
        if item.state.value == "same":
            quiet += 1
            continue
        over = f" ({item.over})" if item.state.names_another and item.over else ""
        say(f"  {item.key}: {item.state.words}{over}")
    if quiet:
        say("  " + _("{count} stay the same").format(count=quiet))


def tell_texts(item: Item) -> None:
    """The texts of one document as they stand against each other."""
    from crmcore.desk.pack_view import lined_up, lines_of

    say()
    say(f"{item.key}: {item.state.words}")
    if item.state.value in ("conflict", "edited") and item.theirs is not None:
        _row(_("yours"), "", _("the pack's"))
        for row in lined_up(item.mine, item.theirs):
            _row(*row)
        return
    before, after = lines_of(item.base), lines_of(item.theirs)
    for line in difflib.unified_diff(before, after, lineterm="", n=2):
        if not line.startswith(("---", "+++", "@@")):
            say(f"  {line}")


def _row(left: str, sign: str, right: str) -> None:
    say(f"  {wide.pad(wide.cut(left, _HALF), _HALF)} {sign or ' '} {right}".rstrip())


@contextmanager
def faults_told(as_json: bool) -> Iterator[None]:
    """What a document is refused for is told as a pack's faults are: what is wrong with it, who needs it."""
    from crmcore.packs.faults import PackError

    try:
        yield
    except PackError as error:
        tell_faults(error, as_json)


def tell_faults(error: PackError, as_json: bool) -> NoReturn:
    """The faults of a pack that cannot be used, a line each, or as JSON; then the exit code 1."""
    if as_json:
        print_json({"usable": False, "faults": [fault.as_json() for fault in error.faults]})
    else:
        for line in str(error).splitlines():
            note(_("Error: {message}").format(message=line))
    raise click.exceptions.Exit(edge.FAILED)
