"""The commands of the import screens."""

from __future__ import annotations

from crmcore.i18n import mark
from crmcore.tui.commands import Command


class TakeFiles(Command):
    """Go on with the files."""

    key = "ctrl+g"
    title = mark("Go on")
    explanation = mark("Look at the files that were picked")
    works_while_typing = True


class CompletePath(Command):
    """Fill a path in."""

    key = "tab"
    title = mark("Fill in")
    explanation = mark("Fill in the path as far as it is certain, then go to the list")
    works_while_typing = True


class TypePath(Command):
    """Back into the line."""

    key = "tab"
    title = mark("Type a path")
    explanation = mark("Back into the line; letters that are typed go there as well")


class OpenEntry(Command):
    """What stands under the cursor."""

    key = "enter"
    title = mark("Open")
    explanation = mark("Open the folder, or look at what the file would change; picked files come first")


class MarkFile(Command):
    """Pick the file under the cursor."""

    key = "space"
    title = mark("Pick")
    explanation = mark("Pick the file, or put it back")


class DropPicked(Command):
    """Put the picked files back."""

    key = "delete"
    title = mark("Put all back")
    explanation = mark("Put all picked files back")
    in_bar = False


class LeavePicking(Command):
    """Back without files."""

    key = "escape"
    title = mark("Back")
    explanation = mark("Back; no file is taken")


class ImportNow(Command):
    """Import the files."""

    key = "enter"
    title = mark("Import now")
    explanation = mark("Bring the files in as planned")


class ChooseImporter(Command):
    """Say what the file is."""

    key = "a"
    title = mark("What it is")
    explanation = mark("Choose what reads the file under the cursor")


class ChooseMapping(Command):
    """Name a mapping file."""

    key = "m"
    title = mark("Mapping file")
    explanation = mark("Name a mapping file that says what the columns of the file under the cursor mean")


class NameSource(Command):
    """Name the source."""

    key = "s"
    title = mark("Source")
    explanation = mark("Which shop the order numbers belong to, such as shopify:acme")


class LeaveOut(Command):
    """Leave a file out."""

    key = "delete"
    title = mark("Leave out")
    explanation = mark("Do not import the file under the cursor")
    in_bar = False


class StopPlan(Command):
    """Stop planning."""

    key = "x"
    title = mark("Stop planning")
    explanation = mark("Stop working the plan out; the files can be imported without it")


class LeavePlan(Command):
    """Back to picking."""

    key = "escape"
    title = mark("Back")
    explanation = mark("Back to picking files; nothing is imported")


class ImportFiles(Command):
    """Import files."""

    key = "i"
    title = mark("Import files")
    explanation = mark("Pick files, see what they would change, import them")


class ShowImport(Command):
    """Show one import."""

    key = "enter"
    title = mark("Details")
    explanation = mark("What the import brought, and the rows it set aside with their reasons")


class ResumeImport(Command):
    """Go on with an import that was stopped."""

    key = "r"
    title = mark("Go on")
    explanation = mark("Go on with an import that was interrupted")


class UndoImport(Command):
    """Take an import back."""

    key = "u"
    title = mark("Take back")
    explanation = mark("Take an import back; what somebody has changed since is kept")


class StopWork(Command):
    """Stop what is going on."""

    key = "x"
    title = mark("Stop")
    explanation = mark("Stop the import; it can go on later, or be taken back")


class ExportRejects(Command):
    """Write the rows set aside into a file."""

    key = "e"
    title = mark("Save rows")
    explanation = mark("Write the rows set aside into a file, to mend them and import that")


class CloseNews(Command):
    """Put away what was told."""

    key = "escape"
    title = mark("Close")
    explanation = mark("Put away what the last import told")
    in_bar = False


class LeaveDetails(Command):
    """Back to the list."""

    key = "escape"
    title = mark("Back")
    explanation = mark("Back to the imports")
