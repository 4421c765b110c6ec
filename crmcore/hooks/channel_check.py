"""Whether a channel makes sense, and whether what it answers can be believed.

A sentence raised here names types and attributes, never what stands in a message.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from crmcore.errors import CrmError
from crmcore.hooks.advice import checked_words
from crmcore.hooks.channel_values import (
    ANSWERS,
    PURPOSES,
    STATES,
    WHATS,
    Address,
    AddressForm,
    Checked,
    Fetched,
    Happened,
    Limits,
    Outcome,
    Problem,
    Receipt,
)
from crmcore.hooks.channels import Channel
from crmcore.hooks.guard import one_line
from crmcore.hooks.setting_checks import above_zero
from crmcore.i18n import gettext as _
from crmcore.i18n import joined

_SECRET = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST_REFERENCE, _LONGEST_TEXT, _LONGEST_CURSOR = 200, 4000, 20_000
# What no database keeps as text: NUL, and halves of surrogate pairs (an emoji that a gateway cut in two).
_NOT_KEPT = re.compile("[\x00\ud800-\udfff]")


class WrongAnswer(TypeError):  # noqa: N818 - what the plugin did, not an error of ours
    """A channel answered something else than its contract says; the message holds no data."""


def validate(channel: Channel) -> None:
    """Raise `CrmError` for a channel whose attributes do not make sense."""
    problem = _problem(channel)
    if problem:
        raise CrmError(_("channel {name}: {problem}").format(name=channel.name, problem=problem))


def _problem(channel: Channel) -> str:
    if problem := _shape_problem(channel):
        return problem
    if not channel.purposes or not set(channel.purposes) <= set(PURPOSES):
        return _("purposes are {known}").format(known=joined(PURPOSES))
    for name in (*channel.secrets, *channel.optional_secrets):
        if not _SECRET.fullmatch(name):
            return _("the secret {name!r} is small letters, digits and _, first a letter").format(name=name)
    if not _sound(channel.limits):
        return _("limits must be a Limits of numbers above 0")
    if not isinstance(channel.quiet_seconds, int | float) or channel.quiet_seconds <= 0:
        return _("quiet_seconds must be a number above 0")
    return _outcome_problem(channel.outcomes) if channel.manual else _send_problem(channel)


def _shape_problem(channel: Channel) -> str:
    for attribute in ("zh", "en", "medium"):
        if not isinstance(getattr(channel, attribute), str):
            return _("{attribute} must be a text").format(attribute=attribute)
    about = channel.about
    if not isinstance(about, Mapping) or not all(isinstance(one, str) for one in about.values()):
        return _("{attribute} must be a text for each language").format(attribute="about")
    for attribute in ("address_kinds", "secrets", "optional_secrets", "purposes"):
        value = getattr(channel, attribute)
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            return _("{attribute} must be a list of texts").format(attribute=attribute)
    forms = channel.forms
    if not isinstance(forms, Mapping) or not all(isinstance(one, AddressForm) for one in forms.values()):
        return _("forms must give an AddressForm for a kind of address")
    return ""


def _send_problem(channel: Channel) -> str:
    return _("it has no send, and is not manual") if type(channel).send is Channel.send else ""


def _sound(limits: object) -> bool:
    return (
        isinstance(limits, Limits)
        and type(limits.batch) is int
        and limits.batch > 0
        and (limits.connections is None or (type(limits.connections) is int and limits.connections > 0))
        and (limits.per_second is None or _above_zero(limits.per_second))
    )


def _above_zero(number: object) -> bool:
    try:
        above_zero(number=number)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
    return True


def _outcome_problem(outcomes: Sequence[Outcome]) -> str:
    if not outcomes or not all(isinstance(one, Outcome) and one.what in ANSWERS for one in outcomes):
        return _("outcomes must be a list of Outcome, each with one of: {known}").format(
            known=joined(ANSWERS)
        )
    keys = [one.key for one in outcomes]
    if len(set(keys)) < len(keys) or not all(len(key) == 1 and key.isalnum() for key in keys):
        return _("each outcome needs a key of its own: one letter or digit")
    return ""


def checked_address(answer: object) -> Address | None:
    """The address as it may be used; raises `WrongAnswer`."""
    if answer is None:
        return None
    if not isinstance(answer, Address) or not _texts(answer.value, answer.kind, answer.problem):
        raise WrongAnswer(_expected(answer, "Address"))
    return replace(answer, problem=one_line(answer.problem))


def checked_check(answer: object) -> Checked:
    """The result of `check` as it may be used; raises `WrongAnswer`."""
    if not isinstance(answer, Checked) or not _money(answer.cost):
        raise WrongAnswer(_expected(answer, "Checked"))
    problems = list(answer.problems)
    if not all(isinstance(one, Problem) for one in problems):
        raise WrongAnswer(_("the problems must be a list of Problem"))
    if type(answer.parts) is not int or answer.parts < 0:
        raise WrongAnswer(_("parts must be a number"))
    return replace(answer, problems=tuple(_plain(one) for one in problems))


def _plain(problem: Problem) -> Problem:
    try:
        return Problem(checked_words(problem.text), bool(problem.error))
    except CrmError as error:
        raise WrongAnswer(str(error)) from None


def checked_receipt(answer: object, taken: Collection[str]) -> Receipt:
    """The receipt as it may be kept; raises `WrongAnswer` for one about no message that is out."""
    if not isinstance(answer, Receipt):
        raise WrongAnswer(_expected(answer, "Receipt"))
    if answer.key not in taken:
        raise WrongAnswer(_("it gave a receipt for a message that it had not taken, or a second one"))
    if answer.state not in STATES:
        raise WrongAnswer(_("the state of a receipt is one of: {known}").format(known=joined(STATES)))
    if not _texts(answer.reference, answer.detail) or not (answer.cost is None or _money(answer.cost)):
        raise WrongAnswer(_("reference and detail of a receipt must be texts, its cost a Decimal"))
    later = answer.retry_after
    if later is not None and (answer.state != "failed" or not isinstance(later, int | float) or later < 0):
        raise WrongAnswer(_("only a message that failed has a retry_after, in seconds"))
    reference = _kept(answer.reference)[:_LONGEST_REFERENCE]
    return replace(answer, reference=reference, detail=one_line(_kept(answer.detail)))


def checked_fetch(answer: object) -> Fetched:
    """What was fetched as it may be kept; raises `WrongAnswer`."""
    if not isinstance(answer, Fetched) or not isinstance(answer.cursor, str):
        raise WrongAnswer(_expected(answer, "Fetched"))
    if len(answer.cursor) > _LONGEST_CURSOR:
        raise WrongAnswer(_("the cursor is longer than {most} characters").format(most=_LONGEST_CURSOR))
    return Fetched(tuple(_event(one) for one in answer.events), answer.cursor)


def _event(event: Any) -> Happened:
    if not isinstance(event, Happened) or event.what not in WHATS or type(event.at) is not int:
        raise WrongAnswer(_expected(event, "Happened"))
    if not _texts(event.key, event.reference, event.address, event.text):
        raise WrongAnswer(_("key, reference, address and text of what happened must be texts"))
    if not (event.key or event.reference or event.address):
        raise WrongAnswer(_("what happened must name a key, a reference or an address"))
    return replace(
        event,
        at=max(event.at, 0),
        key=_kept(event.key),
        reference=_kept(event.reference),
        address=_kept(event.address),
        text=_kept(event.text)[:_LONGEST_TEXT],
        machine=bool(event.machine),
    )


def _kept(text: str) -> str:
    """The text as a database takes it: one customer's odd answer must not keep those of the others out."""
    return _NOT_KEPT.sub("\ufffd", text)


def _texts(*values: object) -> bool:
    return all(isinstance(one, str) for one in values)


def _money(value: object) -> bool:
    return isinstance(value, Decimal) and value.is_finite() and value >= 0


def _expected(answer: object, expected: str) -> str:
    return _("it returned {got}; {expected} is expected").format(got=type(answer).__name__, expected=expected)
