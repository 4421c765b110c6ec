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


OF_LIST = (OpenMembers, WhyInOrOut, ShowRule, AsOf, Export, StopWaiting)
OF_MEMBERS = (ShowCard, WhyInOrOut, CopyMembers, Export, AsOf, ShowRule, StopWaiting, CloseMembers)
