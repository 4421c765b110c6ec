"""What can be done on the screen Today."""

from __future__ import annotations

from crmcore.i18n import mark
from crmcore.tui.commands import Command


class Finish(Command):
    """It is done."""

    key = "d"
    title = mark("Done")
    explanation = mark("Kept, settled, called, greeted, reminded: what the row asks for is done")


class Later(Command):
    """Another day."""

    key = "l"
    title = mark("Later")
    explanation = mark("Put it off to another day or time; an order or a birthday becomes a call")


class Give(Command):
    """Somebody else."""

    key = "a"
    title = mark("Give to")
    explanation = mark("Say who is to do it")


class WriteNote(Command):
    """A note about her."""

    key = "n"
    title = mark("Note")
    explanation = mark("Write a note about her")


class OpenCard(Command):
    """Her card."""

    key = "enter"
    title = mark("Card")
    explanation = mark("Show her whole card; F3 leads back here")


class OtherState(Command):
    """Any state it can go to."""

    key = "s"
    title = mark("State")
    explanation = mark("Everything it can become from where it is")


class NextQueue(Command):
    """The queue to the right."""

    key = "right,tab"
    title = mark("Queue")
    explanation = mark("The next queue")


class FormerQueue(Command):
    """The queue to the left."""

    key = "left,shift+tab"
    title = mark("Former queue")
    explanation = mark("The queue before")
    in_bar = False


class NextRow(Command):
    """The row below."""

    key = "j"
    title = mark("Next row")
    explanation = mark("The next row, as the arrow key")
    in_bar = False


class FormerRow(Command):
    """The row above."""

    key = "k"
    title = mark("Former row")
    explanation = mark("The row before, as the arrow key")
    in_bar = False


class MineOrAll(Command):
    """Whose things are shown."""

    key = "m"
    title = mark("Mine/all")
    explanation = mark("Only what is mine or nobody's, or what everybody has")


class LookAhead(Command):
    """How far Today looks."""

    title = mark("How far Today looks")
    explanation = mark("Days back for unpaid orders, days ahead for birthdays; for the whole shop")
    in_bar = False


ON_THING = (Give, OtherState)
ON_TASK = (OpenCard, Finish, Later, WriteNote, *ON_THING)
DOING = (Finish, Later, WriteNote, Give, OtherState, LookAhead)
SHOWING = (OpenCard, NextQueue, FormerQueue, NextRow, FormerRow, MineOrAll)
