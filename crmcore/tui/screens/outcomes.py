"""Outcomes from files: gateways' reports and lists of used codes, picked like files of an import."""

from __future__ import annotations

from functools import partial

from crmcore.desk import reach
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.screens.import_pick import PickScreen
from crmcore.tui.screens.who_dialogs import Sheet
from crmcore.tui.widgets.campaign_lines import told_lines


class ReadOutcomes(Command):
    """From files."""

    key = "i"
    title = mark("Receipts")
    explanation = mark("Read what came back from files: a gateway's report, or a list of used codes")


class PickOutcomes(PickScreen):
    """Which files."""

    NAME = "campaigns"
    QUESTION = mark("Receipts or used codes: which files? Type or paste a path, or drop them here.")
    HELP_TEXT = mark(
        "A gateway's report is a csv file with the columns key, reference or address; what; at; text. A list "
        "of used codes has the columns code and order. A file that is read twice counts once."
    )


def read_outcomes(area: Area, campaign: str | None) -> None:
    """Ask for files, read them, and show what each told; `campaign` None: of any campaign."""
    area.in_background(_read(area, campaign), "dialog")


async def _read(area: Area, campaign: str | None) -> None:
    files = await area.app.push_screen_wait(PickOutcomes())
    if not files:
        return

    def show(found: list[tuple[str, str]]) -> None:
        area.refresh_content()
        area.app.push_screen(Sheet(_("What came back"), partial(told_lines, found)))

    area.fetch(partial(reach.read_outcomes, area.shop, campaign, files), show, group="outcomes", busy=True)
