"""The commands of the plugin screens."""

from __future__ import annotations

from crmcore.i18n import mark
from crmcore.tui.commands import Command


class SwitchPlugin(Command):
    """Switch it on or off."""

    key = "space"
    title = mark("On/off")
    explanation = mark("Switch the plugin on or off; what it brought stays")


class SetPlugin(Command):
    """Its settings."""

    key = "s"
    title = mark("Settings")
    explanation = mark("Change what the plugin is set to")


class ShowFailures(Command):
    """What went wrong."""

    key = "f"
    title = mark("Failures")
    explanation = mark("What went wrong in the plugin lately, with the traceback")


class ShowPacks(Command):
    """Config packs."""

    key = "k"
    title = mark("Packs")
    explanation = mark("What other shops have learned: look at it, install it, remove it")


class RunAction(Command):
    """Do what it offers."""

    key = "a"
    title = mark("Do")
    explanation = mark("Let the plugin do what it offers")


class StopAction(Command):
    """Stop it."""

    key = "x"
    title = mark("Stop")
    explanation = mark("Stop what the plugin is doing")


class LeaveFailures(Command):
    """Back."""

    key = "escape"
    title = mark("Back")
    explanation = mark("Back to the plugins")


class CopyFailure(Command):
    """Copy it."""

    key = "y"
    title = mark("Copy")
    explanation = mark("Copy the traceback, for whoever wrote the plugin")
