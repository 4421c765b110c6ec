"""What can be done with what reaches people: basis, suppression list, channels, days, templates."""

from __future__ import annotations

from crmcore.i18n import mark
from crmcore.tui.commands import Command


class StateBasis(Command):
    """The basis."""

    key = "b"
    title = mark("Basis")
    explanation = mark("State on what basis the shop writes to buyers who were never asked, or withdraw it")


class PutOn(Command):
    """Onto the list."""

    key = "n"
    title = mark("Put on")
    explanation = mark("Put addresses on the list: they get nothing, by any channel")


class TakeOff(Command):
    """Off the list."""

    key = "delete"
    title = mark("Take off")
    explanation = mark("Take the entry off the list; what she refused stays refused")


class FindEntry(Command):
    """Look for one."""

    key = "slash,f"
    title = mark("Find")
    explanation = mark("Only entries whose address contains a text")


class OpenOne(Command):
    """The one under the cursor."""

    key = "enter"
    title = mark("Open")
    explanation = mark("Look at the one under the cursor")


class NewOne(Command):
    """A new one."""

    key = "n"
    title = mark("New")
    explanation = mark("Write a new one")


class EditOne(Command):
    """Change it."""

    key = "e"
    title = mark("Edit")
    explanation = mark("Change the one under the cursor; what a pack or crm brought stays below")


class ForgetOne(Command):
    """Forget the shop's own."""

    key = "delete"
    title = mark("Forget")
    explanation = mark("Forget the shop's own; what stood below it shows again")


class ShowRegions(Command):
    """Tiers of cities."""

    key = "r"
    title = mark("Regions")
    explanation = mark("Which cities count as which tier")


class TestChannel(Command):
    """One message to oneself."""

    key = "t"
    title = mark("Test")
    explanation = mark("Send one test message to yourself by this channel")


class CheckChannel(Command):
    """Try the connection."""

    key = "c"
    title = mark("Connection")
    explanation = mark("Try the channel's connection; nothing is sent")


class SaveText(Command):
    """Keep it."""

    key = "ctrl+s"
    title = mark("Save")
    explanation = mark("Keep the template as the shop's own")
    works_while_typing = True


class PreviewText(Command):
    """As a customer gets it."""

    key = "ctrl+r"
    title = mark("Preview")
    explanation = mark("Write it out for one customer, as each channel would send it")
    works_while_typing = True


class LeaveText(Command):
    """Leave it."""

    key = "escape"
    title = mark("Back")
    explanation = mark("Back to the templates; asks where something was written")
    works_while_typing = True


class LeaveList(Command):
    """Back."""

    key = "escape,backspace"
    title = mark("Back")
    explanation = mark("Back to where one was")


OF_NEVER = (StateBasis, PutOn, TakeOff, FindEntry, LeaveList)
OF_CHANNELS = (OpenOne, TestChannel, CheckChannel, LeaveList)
OF_DAYS = (EditOne, NewOne, ForgetOne, ShowRegions, LeaveList)
OF_REGIONS = (EditOne, ForgetOne, LeaveList)
OF_TEMPLATES = (OpenOne, NewOne, ForgetOne, LeaveList)
OF_TEXT = (SaveText, PreviewText, LeaveText)
