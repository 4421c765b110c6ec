"""The shop's plain figures, and how its customers fall into segments."""

from __future__ import annotations

from datetime import date
from functools import partial
from itertools import islice

from textual import on
from textual.app import ComposeResult
from textual.content import Content

from crmcore.desk import segment_view as view
from crmcore.desk.figures import figures
from crmcore.desk.pages import tiles
from crmcore.desk.segment_groups import SegmentGroup, groups
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.widgets.bar_lines import Bar, bar_lines, figure_lines
from crmcore.tui.widgets.card import Lines
from crmcore.tui.widgets.card_parts import line, rule, wrapped
from crmcore.watching import bring_up_to_date


class BackToReports(Command):
    """Back."""

    key = "escape,backspace"
    title = mark("Back")
    explanation = mark("Back to the list of reports")


class FiguresScreen(Area):
    """Figures and bars; counted in the background."""

    NAME = "reports"
    HELP_TEXT = mark(
        "What the shop holds, and the share of its customers in each segment. Segments are opened with F6."
    )
    ACTS = (BackToReports,)
    DEFAULT_CSS = "FiguresScreen Lines { padding: 1 2; }"

    def __init__(self) -> None:
        super().__init__()
        self._figures: list[tuple[str, str]] = [("…", "")]  # until they are added up
        self._groups: list[SegmentGroup] = []
        self._counts: dict[str, int] = {}
        self._left: list[str] = []
        self._told: list[str] = []  # what is not worked out yet
        self._customers: int | None = None  # until they are counted
        self._stamp: tuple[tuple[int, ...], date] | None = None

    def content(self) -> ComposeResult:
        """One text that scrolls."""
        yield Lines()

    def on_mount(self) -> None:
        """The arrow keys scroll."""
        self.query_one(Lines).focus()

    def refresh_content(self) -> None:
        """Count again when anything has changed since."""
        self.fetch(partial(view.stamp, self.shop), self._look, group="stamp")

    def _look(self, stamp: tuple[tuple[int, ...], date]) -> None:
        if stamp == self._stamp:
            self._count_next()
            return
        self._stamp = stamp
        shop = self.shop
        # Apart: what a big shop holds is added up for a second, what there is to count is known at once.
        self.fetch(
            lambda: [*figures(shop), *tiles(shop)], self._added_up, group="figures", busy=True, reads=True
        )
        self.fetch(lambda: (groups(shop, usable=True), view.everybody(shop)), self._listed)

    def _added_up(self, found: list[tuple[str, str]]) -> None:
        self._figures = found
        self._draw()

    def _listed(self, found: tuple[list[SegmentGroup], int]) -> None:
        self._groups, self._customers = found
        self._left = [one.name for one in self._segments]
        self._draw()
        # After an import plugins' facts are still to be worked out: counted before, segments would be empty.
        self.fetch(
            lambda: bring_up_to_date(self.shop, view.FRESHEN), self._freshened, group="count", busy=True
        )

    def _freshened(self, told: list[str]) -> None:
        self._told = told
        self._draw()
        self._count_next()

    def _count_next(self) -> None:
        if self._left and self.is_current:
            name = self._left[0]
            count = partial(view.count, self.shop, name)
            self.fetch(
                count, partial(self._counted, name), group="count", failed=partial(self._not_counted, name)
            )

    def _counted(self, name: str, count: int) -> None:
        self._counts[name] = count
        self._go_on(name)

    def _not_counted(self, name: str, _error: CrmError) -> None:
        """The area of segments tells why."""
        self._counts.pop(name, None)
        self._go_on(name)

    def _go_on(self, name: str) -> None:
        if name in self._left:
            self._left.remove(name)
        self._draw()
        self._count_next()

    @on(BackToReports)
    def back(self) -> None:
        """Back to the list."""
        self.dismiss()

    def _draw(self) -> None:
        self.query_one(Lines).show(self._lines, keep_place=True)

    def _lines(self, width: int) -> list[Content]:
        found = [rule(_("the shop"), width), *figure_lines(self._figures, width)]
        if self._customers is None:
            return found
        if not self._customers:
            return [*found, *wrapped(_("No customers yet: F7 imports order files."), width, 2)]
        found.append(rule(_("segments"), width))
        found += [one for told in self._told for one in wrapped(told, width, 2, style="$text-warning")]
        bars = iter(bar_lines([Bar(one.title, *self._bar(one.name)) for one in self._segments], width))
        for group in self._groups:
            found += [line([(group.title, "bold")], width), *islice(bars, len(group.segments))]
        return found

    @property
    def _segments(self) -> list[view.SegmentRow]:
        return [one for group in self._groups for one in group.segments]

    def _bar(self, name: str) -> tuple[str, float | None]:
        count = self._counts.get(name)
        return ("…", None) if count is None else (f"{count:,}", count / (self._customers or 1))
