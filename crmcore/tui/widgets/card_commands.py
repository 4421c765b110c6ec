"""What can be done with the customer whose card is shown."""

from __future__ import annotations

from crmcore.i18n import mark
from crmcore.tui.commands import Command


class Complaint(Command):
    """Deal with her complaint, or write a new one down."""

    key = "c"
    title = mark("Complaint")
    explanation = mark("Deal with her open complaint, or write a new one down")


class PromiseKept(Command):
    """A promise was kept."""

    key = "d"
    title = mark("Kept")
    explanation = mark("A promise has been kept, or something else that was open has been dealt with")


class CallBack(Command):
    """Plan a call-back, or say what became of one."""

    key = "f"
    title = mark("Call back")
    explanation = mark("Plan to get back to her, or say what became of it")


class NewPromise(Command):
    """Write a promise down."""

    key = "p"
    title = mark("Promise")
    explanation = mark("Write down what she was promised, and until when")


class Tags(Command):
    """Change her tags."""

    key = "t"
    title = mark("Tags")
    explanation = mark("Put tags on her or take them off")


class Note(Command):
    """Write down what was said."""

    key = "n,enter"
    title = mark("Note")
    explanation = mark("Write down what was said; a Chinese character starts it as well")


class Timeline(Command):
    """All that happened."""

    key = "o"
    title = mark("All orders")
    explanation = mark("Everything that happened, orders with their lines, the newest first")


class Everything(Command):
    """All that is known."""

    key = "i"
    title = mark("Details")
    explanation = mark(
        "Her figures and what they mean, what she is known by, consents, changes, plugins' panels"
    )


class Answers(Command):
    """What to say to her."""

    key = "a"
    title = mark("Answers")
    explanation = mark("Ready answers to copy, and the shop's articles about customers like her")


class Copy(Command):
    """Copy something of hers."""

    key = "y"
    title = mark("Copy")
    explanation = mark("Copy her name, phone, address, an order number or the whole card")


class JustHer(Command):
    """Confirm who she is."""

    key = "m"
    title = mark("That's her")
    explanation = mark("Confirm that a possible match is the same person")


class Why(Command):
    """Why she may be sent a promotion or not."""

    key = "w"
    title = mark("Why")
    explanation = mark("Why she may be sent a promotion, or not")


class Edit(Command):
    """Edit her record."""

    key = "e"
    title = mark("Edit")
    explanation = mark("Change what is known of her")


class NewCustomer(Command):
    """Write somebody down who is not known yet."""

    key = "ctrl+n"
    title = mark("New customer")
    explanation = mark("Write somebody down who is not known yet")
    works_while_typing = True


class Back(Command):
    """Back to the line where somebody is looked up."""

    key = "slash,escape"
    title = mark("Look up")
    explanation = mark("Back to the line above: look somebody else up")


# In the order of the command bar: what is needed most often comes first.
ON_CARD = (
    Note,
    Complaint,
    PromiseKept,
    JustHer,
    CallBack,
    NewPromise,
    Tags,
    Timeline,
    Everything,
    Copy,
    Answers,
    Edit,
    Why,
    Back,
    NewCustomer,
)
