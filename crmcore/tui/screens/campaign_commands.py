"""What can be done with campaigns, with one of them, and with the work that people do by hand."""

from __future__ import annotations

from crmcore.i18n import mark
from crmcore.tui.commands import Command
from crmcore.tui.screens.outcomes import ReadOutcomes


class OpenCampaign(Command):
    """Its screen."""

    key = "enter"
    title = mark("Open")
    explanation = mark("What it says, who gets it and who not, how far it is")


class NewCampaign(Command):
    """A new one."""

    key = "n"
    title = mark("New")
    explanation = mark("Make a campaign of a plan that is ready to be used")


class WorkByHand(Command):
    """Calls and copied messages."""

    key = "w"
    title = mark("Work")
    explanation = mark("Calls and messages by hand: the next customer, and what came of it, with one key")


class PlanCampaign(Command):
    """Plan it."""

    key = "p"
    title = mark("Plan")
    explanation = mark("Who gets it as things stand now, by which channel, and who does not and why")


class ShowPeople(Command):
    """The people of the row."""

    key = "enter"
    title = mark("People")
    explanation = mark("Those of the row under the cursor")


class PreviewMessage(Command):
    """What she would read."""

    key = "v"
    title = mark("Preview")
    explanation = mark("What one customer would read, and whether she gets it")


class TestMessage(Command):
    """To oneself."""

    key = "t"
    title = mark("Test")
    explanation = mark("Send one test message to yourself")


class ShowOutcome(Command):
    """What it earned."""

    key = "o"
    title = mark("Outcome")
    explanation = mark("What it earned: orders, costs, the difference to the control group")


class SendCampaign(Command):
    """Send it."""

    key = "s"
    title = mark("Send")
    explanation = mark("Send it by the plan that is shown; asks first")


class ScheduleCampaign(Command):
    """Later."""

    key = "a"
    title = mark("Schedule")
    explanation = mark("Send it at a later time: `crm due --run` does")


class HoldCampaign(Command):
    """Hold it, or let it go on."""

    key = "h"
    title = mark("Hold")
    explanation = mark("Hold a campaign that goes out, or let it go on")


class EditCampaign(Command):
    """Change it."""

    key = "e"
    title = mark("Edit")
    explanation = mark("Change what a draft says")


class CancelCampaign(Command):
    """End it."""

    key = "delete"
    title = mark("Cancel it")
    explanation = mark("End the campaign for good: nothing more goes out")


class StopSending(Command):
    """Stop."""

    key = "escape"
    title = mark("Stop")
    explanation = mark("Stop after the message it is at; it can go on later")


class LeaveCampaign(Command):
    """Back."""

    key = "escape,backspace"
    title = mark("Back")
    explanation = mark("Back to the campaigns")


class ShowTemplates(Command):
    """The templates."""

    key = "m"
    title = mark("Templates")
    explanation = mark("Message templates: list, write, check, preview")


class ShowChannels(Command):
    """The channels."""

    key = "c"
    title = mark("Channels")
    explanation = mark("The ways on which messages go out: what each lacks, a test message")


class ShowNever(Command):
    """The suppression list."""

    key = "l"
    title = mark("Suppression")
    explanation = mark("Who gets nothing (the suppression list), and on what basis the shop writes to buyers")


class ShowDays(Command):
    """The calendar."""

    key = "d"
    title = mark("Days")
    explanation = mark("The calendar: sale events, festivals, your own days, tiers of cities")


OF_LIST = (
    OpenCampaign, NewCampaign, WorkByHand, ReadOutcomes, ShowTemplates, ShowChannels, ShowNever, ShowDays,
)  # fmt: skip
OF_ONE = (
    ShowPeople, PlanCampaign, PreviewMessage, TestMessage, SendCampaign, ScheduleCampaign, HoldCampaign,
    EditCampaign, WorkByHand, ShowOutcome, ReadOutcomes, CancelCampaign, StopSending, LeaveCampaign,
)  # fmt: skip
