"""What can go wrong, told so that the person can mend it.

`CrmError` and its kinds are the user's to fix: one line that names the thing, the reason and the next step.
`PluginFailure` is a plugin's: isolated, named, logged. Everything else is a bug and shows its traceback.
"""

from __future__ import annotations

import errno

from crmcore.i18n import gettext as _
from crmcore.i18n import mark

# What operating systems refuse, in the words of people who keep a shop; anything else is said as they say it.
_REASONS = {
    errno.ENOENT: mark("there is no such file or folder"),
    errno.EACCES: mark("you have no right to it"),
    errno.EPERM: mark("you have no right to it"),
    errno.EISDIR: mark("it is a folder"),
    errno.ENOTDIR: mark("a part of its path is no folder"),
    errno.EEXIST: mark("it exists already"),
    errno.ENOSPC: mark("there is no room left on the disk"),
    errno.EROFS: mark("it lies on a disk that can only be read"),
    errno.ENAMETOOLONG: mark("its name is too long"),
    errno.EADDRINUSE: mark("another program uses the port"),
    errno.ECONNREFUSED: mark("nobody answers there"),
    errno.ECONNRESET: mark("the other side broke the connection off"),
    errno.ETIMEDOUT: mark("no answer came in time"),
}


class CrmError(Exception):
    """The thing asked for could not be done; the message says what, why and what to do next."""

    exit_code = 1


class UsageError(CrmError):
    """The command was asked in a way it does not understand."""

    exit_code = 2


class NotFoundError(CrmError):
    """The customer, segment, import, plugin or file that was named does not exist."""


class RuleError(CrmError):
    """A rule that cannot be used: an unknown field, a wrong type, an operator that does not fit."""


class NameRefusedError(RuleError, UsageError):
    """What should be the name of something that the shop keeps is none."""


class MappingError(CrmError):
    """A mapping file that cannot be used; the message names the key and the choices."""


class FileError(CrmError):
    """A file that cannot be read as asked: missing, locked, half downloaded, of another kind."""


class DatabaseError(CrmError):
    """The shop's database cannot be used: newer schema, network drive, full disk, not a shop."""


class PluginFailure(CrmError):  # noqa: N818 - the field's word: a failure is the plugin's, an error is ours
    """A plugin did something it must not do; the shop goes on without its answer.

    `plugin` is its name, `what` the hook or action that was running, `reason` one line for staff; the
    traceback is `detail` and goes to the log.
    """

    def __init__(self, plugin: str, what: str, reason: str, detail: str = "") -> None:
        text = _("plugin {plugin!r} failed in {what}: {reason}")
        super().__init__(text.format(plugin=plugin, what=what, reason=reason))
        self.plugin = plugin
        self.what = what
        self.reason = reason
        self.detail = detail


def system_reason(error: OSError) -> str:
    """Why the operating system refused, in the language in force."""
    if error.errno in _REASONS:
        return _(_REASONS[error.errno])
    return error.strerror or type(error).__name__
