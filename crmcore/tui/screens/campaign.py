"""One campaign: what it says, who gets it and who not and why, how far it is."""

from __future__ import annotations

from functools import partial

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from crmcore import wide
from crmcore.desk import campaign_view as view
from crmcore.desk.campaign_view import Part, Standing
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.tui.commands import Command
from crmcore.tui.screens import campaign_commands as commands
from crmcore.tui.screens.campaign_acts import CampaignActs
from crmcore.tui.screens.campaign_people import CampaignPeople
from crmcore.tui.widgets.campaign_lines import standing_lines
from crmcore.tui.widgets.card import Lines
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable
from crmcore.tui.widgets.work_bar import WorkBar

# Seconds after which the figures of one that goes out are looked at again.
_OFTEN = 2.0


class CampaignScreen(CampaignActs):
    """The plan and the figures as a table, what it says beside it (above, on a narrow screen)."""

    NAME = "campaigns"
    HELP_TEXT = mark(
        "First plan: everybody of its audience is looked at, and each who does not get it has a reason; "
        "Enter on a row lists those. What is sent is what was shown, or says why not. Nothing goes out "
        "before you send it."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    ACTS = commands.OF_ONE
    DEFAULT_CSS = """
    CampaignScreen {
        & #head { height: 1; padding: 0 1; text-style: bold; }
        & #both { layout: vertical; height: 1fr; }
        & #side { height: auto; max-height: 45%; border-bottom: solid $panel-lighten-2; padding: 0 1; }
        & VirtualTable { height: 1fr; }
        &.-wide #both { layout: horizontal; }
        &.-wide #side { dock: right; height: 100%; max-height: 100%; width: 2fr; max-width: 45%;
            border-bottom: none; border-left: solid $panel-lighten-2; }
        &.-wide VirtualTable { width: 3fr; }
    }
    """

    def content(self) -> ComposeResult:
        """Head, what it says, the table, long work."""
        yield Static(id="head", markup=False)
        with Horizontal(id="both"):
            yield Lines(id="side")
            yield VirtualTable(
                Column(_("What"), 24, share=1, most=60),
                Column(_("People"), 9, right=True),
                Column(_("Share"), 7, right=True),
            )
        yield WorkBar()

    def on_mount(self) -> None:
        """The arrow keys go through the table; one that goes out is looked at again and again."""
        self.query_one(Lines).can_focus = False
        self.query_one(VirtualTable).focus()
        self.set_interval(_OFTEN, self._look_again)

    def _look_again(self) -> None:
        if self.is_current and (
            self.work.working or (self.standing and self.standing.line.state == "running")
        ):
            self.refresh_content()

    def refresh_content(self) -> None:
        """Look at it as it stands now."""
        self.fetch(partial(view.standing, self.shop, self.name_), self._show, busy=True, reads=True)

    def _show(self, found: Standing) -> None:
        self.standing = found
        line = found.line
        words = [line.title, line.shown_state, line.begun]
        if found.planned:
            words.append(
                _("sent {done} of {planned}").format(done=f"{found.done:,}", planned=f"{found.planned:,}")
            )
        self.query_one("#head", Static).update(Text(wide.clean("  ".join(one for one in words if one))))
        self.query_one("#side", Lines).show(partial(standing_lines, found), keep_place=True)
        self.query_one(VirtualTable).show(
            ListSource(list(_rows(found))),
            keep=True,
            empty=_("Nothing is planned yet.\nPress p to plan it: who gets it."),
        )
        self.show_commands()

    @property
    def part(self) -> Part | None:
        """The row under the cursor."""
        row = self.query_one(VirtualTable).current
        return row.about if row else None

    def allows(self, command: type[Command]) -> bool:
        """People need a row that names some."""
        if command is commands.ShowPeople:
            return self.part is not None and bool(self.part.reason)
        return super().allows(command)

    @on(VirtualTable.RowMoved)
    def moved(self) -> None:
        """Other commands."""
        self.show_commands()

    @on(commands.ShowPeople)
    @on(VirtualTable.RowChosen)
    def show_people(self) -> None:
        """Those of the row."""
        part, found = self.part, self.standing
        if part is not None and part.reason and found is not None and found.plan_id is not None:
            self.app.push_screen(CampaignPeople(self.name_, found.plan_id, part))


def _rows(found: Standing) -> list[Row]:
    """The plan, then what became of it."""
    rows = []
    if found.plan_id is not None:
        head = _("planned {at}: {chosen} of {audience} get it").format(
            at=found.planned_at, chosen=f"{found.chosen:,}", audience=f"{found.audience:,}"
        )
        rows.append(Row("plan", (head, f"{found.audience:,}", ""), "", None))
        rows += [_row(f"plan/{place}", one) for place, one in enumerate(found.plan)]
    if found.became:
        cost = _("what became of it, {cost} so far").format(cost=found.cost)
        rows.append(Row("became", (cost, "", ""), "", None))
        rows += [_row(f"became/{place}", one) for place, one in enumerate(found.became)]
    return rows


def _row(key: str, one: Part) -> Row:
    share = "" if one.share is None else f"{100 * one.share:.1f}%"
    return Row(key, (wide.clean(f"  {one.what}"), f"{one.people:,}", share), one.tone, one)
