"""What can be done on the list of customers."""

from __future__ import annotations

from crmcore.i18n import mark
from crmcore.tui.commands import Command


class OpenCard(Command):
    """Open her card."""

    key = "enter"
    title = mark("Open")
    explanation = mark("Her card, with all that happened")


class FindInList(Command):
    """Search as you type."""

    key = "slash"
    title = mark("Find")
    explanation = mark("Type a part of a name, phone, order number, address, or pinyin initials")


class SortList(Command):
    """Choose an order."""

    key = "s"
    title = mark("Sort")
    explanation = mark("By last order, money spent, orders, name; a click on a column's title does it too")


class NarrowList(Command):
    """Only those of a tag or a segment."""

    key = "f"
    title = mark("Filter")
    explanation = mark("Only those of a tag or of a segment")


class EditCustomer(Command):
    """Edit her record."""

    key = "e"
    title = mark("Edit")
    explanation = mark("Change her record")


class TagCustomers(Command):
    """Tag her, or all that are marked."""

    key = "t"
    title = mark("Tag")
    explanation = mark("Put a tag on her, or on all that are marked; -TAG takes it off")


class NewCustomer(Command):
    """Add somebody."""

    key = "n"
    title = mark("New")
    explanation = mark("Add a customer; who may be the same person is shown before")


class ShowDuplicates(Command):
    """Look at those who may be one person."""

    key = "D"
    title = mark("Doubles")
    explanation = mark("Pairs that may be one person, side by side: merge, or keep apart for good")


class MergeMarked(Command):
    """Look at the two that are marked."""

    key = "m"
    title = mark("Compare")
    explanation = mark("The two that are marked, side by side: merge them where they are one person")


class SplitCustomer(Command):
    """Take her apart."""

    key = "S"
    title = mark("Split")
    explanation = mark(
        "Bring back who was merged into her, or make another customer of some of her identities"
    )


class MarkRow(Command):
    """Mark her."""

    key = "space"
    title = mark("Mark")
    explanation = mark("Mark her, to tag several at once; a click before the name does it too")


class ShowAll(Command):
    """Everybody again."""

    key = "escape"
    title = mark("All")
    explanation = mark("Everybody again: forget the search, the filter, the marks")


ON_LIST = (
    OpenCard,
    FindInList,
    SortList,
    NarrowList,
    EditCustomer,
    TagCustomers,
    MarkRow,
    NewCustomer,
    MergeMarked,
    ShowDuplicates,
    SplitCustomer,
    ShowAll,
)
