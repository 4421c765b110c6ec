"""docs/cli.md: every command, as its own --help tells it; `scripts/docs.py` writes the page."""

from __future__ import annotations

from collections.abc import Iterator

import click

from crmcore.cli.main import crm
from crmcore.i18n import speaking

# Columns of the help pages.
WIDTH = 100

_WRITTEN = "<!-- Written by scripts/docs.py from the code; change it there. -->"
_INTRODUCTION = f"""# The command line

{_WRITTEN}

`--json` after a command prints one JSON document on stdout and nothing else; progress and warnings go to
stderr. Exit codes: 0 done · 1 the thing asked for failed (a message on stderr) · 2 wrong usage · 3 finished,
with rows or messages set aside (a dry run too) · 130 interrupted · 70 a mistake of ours, its traceback kept
in the shop's `logs/crm.log`.

The shop is `--shop PATH_OR_URL` (before the command), else `$CRM_SHOP`, else the nearest folder upward that
has a `shop.yaml`, else the one opened last. `$CRM_ACTOR` is the name that stands beside what is changed.
Amounts are in major units where people read or write them, and whole numbers of the smallest unit in JSON;
instants in JSON are UTC seconds.
"""


def reference() -> str:
    """The page: the help of `crm` and of each command, in English."""
    with speaking("en"):
        parts = [f"## {name}\n\n```text\n{text}\n```\n" for name, text in _pages(crm, None, "crm")]
    return "\n".join([_INTRODUCTION, *parts])


def _pages(command: click.Command, parent: click.Context | None, name: str) -> Iterator[tuple[str, str]]:
    """The title and the help of a command and of those below it."""
    ctx = command.context_class(command, parent=parent, info_name=name, terminal_width=WIDTH)
    yield ctx.command_path, command.get_help(ctx)
    if isinstance(command, click.Group):
        for below in command.list_commands(ctx):
            found = command.get_command(ctx, below)
            if found is not None:
                yield from _pages(found, ctx, below)
