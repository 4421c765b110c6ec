"""Questions before an act that is hard to take back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from crmcore import wide
from crmcore.cli.base import option
from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark

F = TypeVar("F", bound=Callable[..., Any])


def yes_option(function: F) -> F:
    """`--yes`: the answer is given beforehand."""
    return option("--yes", is_flag=True, help=mark("Do not ask."))(function)


def sure(question: str, yes: bool) -> None:
    """Go on only when somebody says yes; a script has to say --yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(_("{question} Nobody is here to answer: say --yes").format(question=question))
    click.confirm(wide.clean(question), abort=True, err=True)
