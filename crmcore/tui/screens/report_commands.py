"""What can be done with a report that is shown."""

from __future__ import annotations

from crmcore.i18n import mark
from crmcore.tui.commands import Command


class PeopleBehind(Command):
    """The customers behind the row."""

    key = "enter"
    title = mark("Customers")
    explanation = mark("The customers behind the row under the cursor")


class NextTable(Command):
    """The report's next table."""

    key = "tab,t"
    title = mark("Next table")
    explanation = mark("The report's next table")


class Picture(Command):
    """Chart or table."""

    key = "c"
    title = mark("Chart")
    explanation = mark("The chart in the place of the table, or the table again")


class Words(Command):
    """What it says."""

    key = "w"
    title = mark("Words")
    explanation = mark("All that the report says in words")


class Parameters(Command):
    """Ask otherwise."""

    key = "p"
    title = mark("Ask")
    explanation = mark("Period, grouping and what else the report can be asked")


class ReportAsOf(Command):
    """Another day."""

    key = "a"
    title = mark("As of")
    explanation = mark("As it was at the end of an earlier day; nothing typed is today")


class KeepNote(Command):
    """Keep a cause."""

    key = "n"
    title = mark("Note")
    explanation = mark("Keep what was found out about a period: PERIOD TEXT")


class ReportFile(Command):
    """Into a file."""

    key = "x"
    title = mark("Export")
    explanation = mark("Write the report into a file: html, xlsx, csv or json")


class PutOnDashboard(Command):
    """Onto the dashboard."""

    key = "d"
    title = mark("Dashboard")
    explanation = mark("Put one of its figures, tables or charts on the dashboard")


class Again(Command):
    """Once more."""

    key = "r"
    title = mark("Recalculate")
    explanation = mark("Work it out once more, from the records as they are now")


class LeaveReport(Command):
    """Stop, or back."""

    key = "escape"
    title = mark("Back")
    explanation = mark("Stop what is being worked out; back to the list of reports")


OF_REPORT = (
    PeopleBehind,
    NextTable,
    Picture,
    Words,
    Parameters,
    ReportAsOf,
    ReportFile,
    KeepNote,
    PutOnDashboard,
    Again,
    LeaveReport,
)
