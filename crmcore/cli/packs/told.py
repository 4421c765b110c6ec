"""What the commands of `crm pack` say alike: plans, faults, texts side by side."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from crmcore import wide
from crmcore.cli import edge
from crmcore.cli.output import note, print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark

if TYPE_CHECKING:
    from crmcore.packs.faults import PackError
    from crmcore.packs.plan import Item, Plan

STATES = {
    "new": mark("is new here"),
    "replaced": mark("takes the place of another one"),
    "changed": mark("changes"),
    "same": mark("stays the same"),
    "removed": mark("goes"),
    "edited": mark("yours stays over it"),
    "conflict": mark("you edited what changes: choose"),
    "kept": mark("goes; yours stays"),
}
_HALF = 44  # places of each of two texts side by side


def tell_plan(plan: Plan) -> None:
    """One line for each document that would change."""
    quiet = 0
    for item in plan.items:
        if item.state.value == "same":
            quiet += 1
            continue
        over = ""
        if item.state.value in ("replaced", "new") and item.over:
            over = f" ({item.over})"
        say(f"  {item.key}: {_(STATES[item.state.value])}{over}")
    if quiet:
        say("  " + _("{count} stay the same").format(count=quiet))


def tell_texts(item: Item) -> None:
    """The texts of one document as they stand against each other."""
    say()
    say(f"{item.key}: {_(STATES[item.state.value])}")
    if item.state.value in ("conflict", "edited") and item.theirs is not None:
        _side_by_side(item.mine, item.theirs)
        return
    before, after = _lines(item.base), _lines(item.theirs)
    for line in difflib.unified_diff(before, after, lineterm="", n=2):
        if not line.startswith(("---", "+++", "@@")):
            say(f"  {line}")


def _side_by_side(mine: Mapping[str, Any] | None, theirs: Mapping[str, Any] | None) -> None:
    left, right = _lines(mine), _lines(theirs)
    _row(_("yours"), "", _("the pack's"))
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        sign = " " if tag == "equal" else "│"
        for place in range(max(i2 - i1, j2 - j1)):
            one = left[i1 + place] if i1 + place < i2 else ""
            other = right[j1 + place] if j1 + place < j2 else ""
            _row(one, sign, other)


def _row(left: str, sign: str, right: str) -> None:
    say(f"  {wide.pad(wide.cut(left, _HALF), _HALF)} {sign or ' '} {right}".rstrip())


def _lines(body: Mapping[str, Any] | None) -> list[str]:
    from crmcore.packs.writing import as_yaml

    if body is None:
        return []
    return as_yaml({key: value for key, value in body.items() if key != "name"}).splitlines()


def tell_faults(error: PackError, as_json: bool) -> None:
    """The faults of a pack that cannot be used, a line each, or as JSON; then the exit code 1."""
    if as_json:
        print_json({"usable": False, "faults": [fault.as_json() for fault in error.faults]})
    else:
        for line in str(error).splitlines():
            note(_("Error: {message}").format(message=line))
    raise click.exceptions.Exit(edge.FAILED)
