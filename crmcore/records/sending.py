"""What can become of a message and of a person in a plan: states and reasons, as numbers in the database.

A shop keeps one row for each message it ever sent, so these stand there as small numbers, not as words.
"""

from __future__ import annotations

from enum import IntEnum

from crmcore.i18n import gettext as _
from crmcore.i18n import mark


class SendState(IntEnum):
    """How far one message has got. Numbers, once released, never change."""

    QUEUED = 1  # its place is taken; nothing has been handed to the channel
    HANDED = 2  # the channel has it, and has not told anything yet
    SENT = 3  # the gateway took it
    DELIVERED = 4
    FAILED = 5  # it certainly did not go out
    UNKNOWN = 6  # nobody can say whether it went out; it never goes out again by itself
    BOUNCED = 7
    TODO = 8  # for a person to send: in a call round or a copy queue
    DROPPED = 9  # a person left it out, or the campaign was cancelled before it went out


# Follow-ups stand in the ledger under the step of the message they follow, so many further on for each turn:
# the first follow-up of step 17 is 1,000,000,000,000,017.
TURN = 10**15
MOST_TURNS = 9
# What counts against the cap: everything that went out, may have gone out, or is about to.
COUNTED = (
    SendState.QUEUED,
    SendState.HANDED,
    SendState.SENT,
    SendState.DELIVERED,
    SendState.UNKNOWN,
    SendState.TODO,
)
# What reached her, or may have: who is asked about when a campaign is measured.
REACHED = (SendState.HANDED, SendState.SENT, SendState.DELIVERED, SendState.UNKNOWN)
_STATE_WORDS = {
    SendState.QUEUED: mark("queued"),
    SendState.HANDED: mark("being sent"),
    SendState.SENT: mark("sent"),
    SendState.DELIVERED: mark("delivered"),
    SendState.FAILED: mark("failed"),
    SendState.UNKNOWN: mark("unknown whether it arrived"),
    SendState.BOUNCED: mark("came back"),
    SendState.TODO: mark("to be sent by hand"),
    SendState.DROPPED: mark("left out"),
}


class Reason(IntEnum):
    """Why somebody does not get a message; 0: she does. The smaller number is told first."""

    NONE = 0
    GONE = 1  # no such customer any more, or she lives on inside another
    ERASED = 2
    SUPPRESSED = 3  # the person is on a suppression list
    ALREADY = 4  # she had this message of this campaign
    LEFT = 5  # she does not belong to the audience any more
    COMPLAINT = 6
    REFUND = 7
    CAP = 8
    THROUGH = 9  # she bought, answered or said no after the message before this one
    REFUSED = 10  # she said no to this purpose on this channel
    BAD_ADDRESS = 11  # her address is on a suppression list: it bounced, or she asked for it
    NO_ADDRESS = 12
    UNASKED = 13  # she never agreed, and the shop has stated no basis that covers her
    CHANNEL_OFF = 14  # the channel is not there, or not for this purpose
    UNFIT_ADDRESS = 15  # hidden in part, shared, or not of the form that the channel takes
    CONTROL = 20  # she would get it, and is left out to measure by
    QUIET = 21  # it is night where she lives
    BUDGET = 22
    MESSAGE = 23  # her message could not be made, or the channel cannot send it to her
    NOT_YET = 24  # her place was given back before anything was handed over: it is her turn again


# What passes by itself: who is left out for it may be asked again later.
PASSING = (Reason.COMPLAINT, Reason.REFUND, Reason.CAP, Reason.QUIET)
_REASON_WORDS = {
    Reason.NONE: mark("gets it"),
    Reason.GONE: mark("her record is gone, or part of another"),
    Reason.ERASED: mark("she was erased"),
    Reason.SUPPRESSED: mark("on the suppression list"),
    Reason.ALREADY: mark("had it already"),
    Reason.LEFT: mark("does not belong to the audience any more"),
    Reason.COMPLAINT: mark("a complaint is open"),
    Reason.REFUND: mark("a refund is under way or just made"),
    Reason.CAP: mark("had as many promotions as she may get"),
    Reason.THROUGH: mark("bought, answered or said no after the message before"),
    Reason.REFUSED: mark("said no"),
    Reason.BAD_ADDRESS: mark("her address is on the suppression list"),
    Reason.NO_ADDRESS: mark("no address for it"),
    Reason.UNASKED: mark("never agreed, and no basis is stated"),
    Reason.CHANNEL_OFF: mark("the channel cannot be used"),
    Reason.UNFIT_ADDRESS: mark("the channel cannot use her address"),
    Reason.CONTROL: mark("control group"),
    Reason.QUIET: mark("quiet hours where she lives"),
    Reason.BUDGET: mark("the budget is spent"),
    Reason.MESSAGE: mark("her message cannot be made or sent"),
    Reason.NOT_YET: mark("not sent yet"),
}


def state_words(state: int) -> str:
    """A message's state in the language in force."""
    return _(_STATE_WORDS[SendState(state)])


def reason_words(reason: int) -> str:
    """A reason in the language in force."""
    return _(_REASON_WORDS[Reason(reason)])


class Event(IntEnum):
    """What happened to a message after it went out. Numbers, once released, never change."""

    DELIVERED = 1
    BOUNCED = 2
    OPENED = 3
    CLICKED = 4
    REPLIED = 5
    UNSUBSCRIBED = 6
    COMPLAINED = 7


EVENT_WORDS = {
    Event.DELIVERED: mark("delivered"),
    Event.BOUNCED: mark("came back"),
    Event.OPENED: mark("opened"),
    Event.CLICKED: mark("clicked"),
    Event.REPLIED: mark("replied"),
    Event.UNSUBSCRIBED: mark("unsubscribed"),
    Event.COMPLAINED: mark("complained"),
}
