"""What can be done with segments and with who belongs to them."""

from __future__ import annotations

from crmcore.i18n import mark
from crmcore.tui.commands import Command


class OpenMembers(Command):
    """Who belongs to it."""

    key = "enter"
    title = mark("Members")
    explanation = mark("List who belongs to the segment")


class ShowCard(Command):
    """Her card."""

    key = "enter"
    title = mark("Card")
    explanation = mark("Show her whole card; F6 leads back here")


class WhyInOrOut(Command):
    """Why somebody is in it, or not."""

    key = "w"
    title = mark("Why")
    explanation = mark("Which conditions hold for a customer, and which do not")


class AsOf(Command):
    """Another day."""

    key = "a"
    title = mark("As of")
    explanation = mark("As it was at the end of an earlier day; nothing typed is today")


class ShowRule(Command):
    """Its rule."""

    key = "r"
    title = mark("Rule")
    explanation = mark("The rule as YAML, to start one's own from")


class Export(Command):
    """Into a file."""

    key = "x"
    title = mark("Export")
    explanation = mark("Write who belongs to it into a csv, xlsx or json file")


class CopyMembers(Command):
    """Onto the clipboard."""

    key = "y"
    title = mark("Copy")
    explanation = mark("Copy the numbers and names of the first thousand")


class CloseMembers(Command):
    """Back to the segments."""

    key = "escape,backspace"
    title = mark("Back")
    explanation = mark("Back to the segments")


class StopWaiting(Command):
    """Stop what is being worked out."""

    key = "escape"
    title = mark("Stop")
    explanation = mark("Stop what is being worked out")


class NewSegment(Command):
    """A new one."""

    key = "n"
    title = mark("New")
    explanation = mark("Write a new segment; what it would find is counted while you type")


class EditSegment(Command):
    """Change it."""

    key = "e"
    title = mark("Edit")
    explanation = mark("Change the rule; of a plugin's or a pack's segment the shop gets its own")


class ShowHistory(Command):
    """Who came and left."""

    key = "h"
    title = mark("History")
    explanation = mark("Who came into it and who left, and why; kept from the first time on")


class ForgetSegment(Command):
    """Forget it."""

    key = "delete"
    title = mark("Forget")
    explanation = mark("Forget a segment of the shop's own; what lay under it shows again")


OF_LIST = (
    OpenMembers, NewSegment, EditSegment, WhyInOrOut, ShowRule, AsOf, Export, ShowHistory, ForgetSegment,
    StopWaiting,
)  # fmt: skip
OF_MEMBERS = (ShowCard, WhyInOrOut, CopyMembers, Export, AsOf, ShowRule, StopWaiting, CloseMembers)
