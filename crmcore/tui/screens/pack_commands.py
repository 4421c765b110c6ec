"""What can be done with config packs."""

from __future__ import annotations

from crmcore.i18n import mark
from crmcore.tui.commands import Command


class OpenPack(Command):
    """Look at it."""

    key = "enter"
    title = mark("Open")
    explanation = mark("What it brings and what it would change here, before anything does")


class PackFromFile(Command):
    """From a folder or file."""

    key = "f"
    title = mark("From a file")
    explanation = mark("Look at a pack in a folder, a .crmpack file or a YAML file")


class NewPack(Command):
    """One to start from."""

    key = "n"
    title = mark("New")
    explanation = mark("Write a pack to start from: a manifest, a segment, a template and a test")


class ExportPack(Command):
    """The playbook as a pack."""

    key = "x"
    title = mark("Export")
    explanation = mark("Write what the shop has learned as a pack, without anybody's data")


class VerifyPacks(Command):
    """What they still are."""

    key = "v"
    title = mark("Verify")
    explanation = mark("Hold the installed packs against what was installed and what their sources say")


class ShowTexts(Command):
    """Text beside text."""

    key = "enter"
    title = mark("Compare")
    explanation = mark("The text here and the pack's, side by side")


class KeepMine(Command):
    """Mine."""

    key = "m"
    title = mark("Mine")
    explanation = mark("Where both changed: the shop's own text stays")


class TakeTheirs(Command):
    """Theirs."""

    key = "t"
    title = mark("Theirs")
    explanation = mark("Where both changed: the pack's text takes its place")


class AnswerPack(Command):
    """What it asks."""

    key = "a"
    title = mark("Answers")
    explanation = mark("What the pack asks, and what follows from the answers")


class CheckPack(Command):
    """On my data."""

    key = "c"
    title = mark("Check")
    explanation = mark("What it would mean for this shop's data: who is in each segment, what is missing")


class InstallPack(Command):
    """Install or upgrade."""

    key = "i"
    title = mark("Install")
    explanation = mark("Install it, or upgrade to it, as one act that can be taken back; nothing is sent")


class RemovePack(Command):
    """Take it away."""

    key = "delete"
    title = mark("Remove")
    explanation = mark("Take the pack away; what the shop wrote stays")


class LeavePacks(Command):
    """Back."""

    key = "escape,backspace"
    title = mark("Back")
    explanation = mark("Back to where you came from")


OF_LIST = (OpenPack, PackFromFile, NewPack, ExportPack, VerifyPacks, LeavePacks)
OF_ONE = (ShowTexts, InstallPack, AnswerPack, CheckPack, KeepMine, TakeTheirs, RemovePack, LeavePacks)
