"""`crm campaign`: who is to hear from the shop, what went out, and what it earned."""

from __future__ import annotations

from crmcore.cli.base import group
from crmcore.i18n import mark

_PLACE = "crmcore.cli.campaigns"
command = group(
    mark("Campaigns: planned for everybody, sent once, measured. Every message passes the same guards."),
    lazy={
        "list": (f"{_PLACE}.list", mark("List the campaigns and how far they are.")),
        "kinds": (f"{_PLACE}.kinds", mark("List the plans that are ready to be used.")),
        "new": (f"{_PLACE}.new", mark("Make a campaign of a ready plan.")),
        "show": (f"{_PLACE}.show", mark("Show what a campaign says.")),
        "edit": (f"{_PLACE}.edit", mark("Change what a draft says.")),
        "plan": (f"{_PLACE}.plan", mark("Who gets it, by which channel, and who does not and why.")),
        "preview": (f"{_PLACE}.preview", mark("Show the message as some customers get it.")),
        "test": (f"{_PLACE}.test", mark("Send one message to yourself.")),
        "send": (f"{_PLACE}.send", mark("Send it now, or at a time.")),
        "pause": (f"{_PLACE}.pause", mark("Hold a campaign that is being sent.")),
        "resume": (f"{_PLACE}.resume", mark("Let it go on.")),
        "cancel": (f"{_PLACE}.cancel", mark("End it for good.")),
        "status": (f"{_PLACE}.status", mark("How far it is, and what came back.")),
        "work": (
            f"{_PLACE}.work",
            mark("Calls and copied messages: the next customer, and what came of it."),
        ),
        "unknown": (f"{_PLACE}.unknown", mark("Messages of which nobody knows whether they arrived.")),
        "outcomes": (f"{_PLACE}.outcomes", mark("Read what came back from a file, or fetch it.")),
        "cost": (f"{_PLACE}.cost", mark("Write down what a campaign cost.")),
        "report": (f"{_PLACE}.report", mark("What it earned, against the control group, with all costs.")),
        "rules": (f"{_PLACE}.rules", mark("The cap, quiet hours and the rest that holds for every sender.")),
    },
)
