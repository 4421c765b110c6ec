"""What an import did or would do, as people read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from crmcore import wide
from crmcore.desk.importing import Outcome, file_names
from crmcore.i18n import gettext as _
from crmcore.i18n import ngettext
from crmcore.importing.history import ImportRow
from crmcore.shown import moment, word
from crmcore.tui.widgets.prose import Sentences
from crmcore.tui.widgets.virtual_table import Row

SHOWN_REJECTS = 8
_TONES = {"interrupted": "warning", "failed": "error", "undone": "muted"}


def outcome_table(outcomes: Sequence[Outcome], titles: Mapping[str, str]) -> Table:
    """The counts, a row for each importer: read is the sum of the next four."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(_("Importer"), no_wrap=True, overflow="ellipsis")
    for title in (
        _("Read"), _("New"), _("Changed"), _("Same"), _("Set aside"), _("New customers"), _("New orders"),
    ):  # fmt: skip
        table.add_column(title, justify="right", min_width=max(map(wide.width, title.split())))
    for one in outcomes:
        numbers = (
            one.read, one.new, one.changed, one.same, one.rejected, one.customers_new, one.orders_new,
        )  # fmt: skip
        importer = titles.get(one.importer, one.importer)
        table.add_row(Text(wide.clean(importer)), *(f"{number:,}" for number in numbers))
    return table


def told_about(outcomes: Sequence[Outcome], head: RenderableType, *, planned: bool) -> Group:
    """The counts, then warnings and the first rows set aside with their reasons."""
    lines: list[RenderableType] = [head]
    warnings = [wide.clean(warning) for one in outcomes for warning in one.warnings]
    lines += [Sentences(f"! {warning}") for warning in warnings]
    rejects = [wide.clean(line) for one in outcomes for line in one.rejects]
    count = sum(one.rejected for one in outcomes)
    if count:
        text = (
            ngettext("{count} row would be set aside:", "{count} rows would be set aside:", count)
            if planned
            else ngettext("{count} row was set aside:", "{count} rows were set aside:", count)
        )
        lines += [Text(""), Text(text.format(count=f"{count:,}"), style="bold")]
        lines += [Text(f"  {line}") for line in rejects[:SHOWN_REJECTS]]
        if count > SHOWN_REJECTS:
            lines.append(Text("  " + _("and {count} more").format(count=f"{count - SHOWN_REJECTS:,}")))
    elif planned and all(one.new + one.changed == 0 for one in outcomes):
        lines += [Text(""), Text(_("Nothing would change: the shop knows all of it."))]
    return Group(*lines)


def undone_words(report: dict[str, Any]) -> Group:
    """What taking an import back did, and which records it kept and why."""
    told = _("Taken back: {removed} records are gone, {restored} are as before.").format(
        removed=f"{report['removed']:,}", restored=f"{report['restored']:,}"
    )
    lines: list[RenderableType] = [Text(told)]
    if kept := report["kept_count"]:
        text = ngettext("{count} record was kept:", "{count} records were kept:", kept)
        lines.append(Text(text.format(count=f"{kept:,}"), style="bold"))
        shown = report["kept"][:SHOWN_REJECTS]
        lines += [Text(wide.clean(f"  {one['table']} {one['id']}: {one['why']}")) for one in shown]
    return Group(*lines)


def _short(at: str, now: str) -> str:
    """A moment without what goes without saying: `11-20 18:00` in this year, else the day."""
    return at[5:] if at[:4] == now[:4] else at[:10]


def table_row(row: ImportRow, titles: Mapping[str, str], zone: str, now: str) -> Row:
    """One import as a row of the list."""
    counts = row.counts
    state = word(row.state)
    if row.state in ("running", "interrupted"):
        state += f" {row.progress:.0%}"
    numbers = (counts.new, counts.changed, counts.same, counts.rejected)
    cells = (
        str(row.id),
        _short(moment(row.started_at, zone), now),
        wide.clean(file_names(row)),
        wide.clean(titles.get(row.importer, row.importer)),
        f"{counts.read:,}",
        *(f"{number:,}" for number in numbers),
        state,
    )
    return Row(row.id, cells, _TONES.get(row.state, ""), row)
