"""The options by which `new` and `edit` say what a campaign says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from crmcore.cli.base import Choice, HowMany, Percent, option
from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark

_LARGEST = 1_000_000  # bytes of a campaign's file
F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    option("--title", help=mark("What people call it.")),
    option("--segment", help=mark("Whom it is for: a segment.")),
    option("--param", "params", metavar="K=V", multiple=True, help=mark("A parameter of the segment.")),
    option("--channel", "channels", multiple=True, help=mark("By what; the preferred one first.")),
    option("--purpose", type=Choice(["promotion", "service", "order"]), help=mark("What for.")),
    option("--text", help=mark("What is said; #客户昵称# stands for her name.")),
    option("--subject", help=mark("The subject of e-mails.")),
    option("--template", help=mark("A template of the shop in the place of words.")),
    option("--control", metavar="PERCENT", type=Percent(), help=mark("So many in a hundred get nothing.")),
    option("--node", metavar="DATE", help=mark("The day of the festival.")),
    option("--ahead", metavar="CHANNEL=DAYS", multiple=True, help=mark("Days before the node, by channel.")),
    option("--code", help=mark("A code on coupon or flyer that tells its orders.")),
    option("--budget", metavar="AMOUNT", help=mark("It is paused when so much is spent.")),
    option("--goal", metavar="MEASURE=VALUE", help=mark("buyers, orders, revenue or replies to reach.")),
    option(
        "--follow-up",
        "follow_ups",
        metavar="DAYS:CHANNEL:TEXT",
        multiple=True,
        help=mark("Then, to who did not buy or answer; without CHANNEL by its channels. More in its file."),
    ),
    option("--file", "file", type=click.Path(path_type=Path, dir_okay=False), help=mark("A YAML file.")),
    option("--set", "more", metavar="K=V", multiple=True, help=mark("Any other key of a campaign.")),
)


def follow_up_option(function: F) -> F:
    """`--follow-up N`: that follow-up in the place of the first message."""
    told = mark("This follow-up instead of the first message: 1 for the first one.")
    return option("--follow-up", type=HowMany(min=0), default=0, metavar="N", help=told)(function)


def body_options(function: F) -> F:
    """All of them."""
    for one in reversed(_OPTIONS):
        function = one(function)
    return function


def body_values(given: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a body that the options say; raises `UsageError`, `FileError`."""
    values: dict[str, Any] = {}
    if given["file"] is not None:
        values |= _from_file(given["file"])
    for name in ("title", "segment", "purpose", "code", "budget", "node"):
        if given[name] is not None:
            values[name] = given[name]
    if given["channels"]:
        values["channels"] = list(given["channels"])
    if given["params"]:
        values["params"] = dict(_pair(one) for one in given["params"])
    words = {name: given[name] for name in ("text", "subject", "template") if given[name] is not None}
    if words:
        values["messages"] = {"*": words}
    if given["control"] is not None:
        values["control"] = given["control"] / 100
    if given["ahead"]:
        values["ahead"] = {name: int(days) for name, days in map(_pair, given["ahead"]) if _is_number(days)}
    if given["goal"] is not None:
        measure, value = _pair(given["goal"])
        values["goal"] = {"measure": measure, "value": value}
    if given["follow_ups"]:
        values["follow_ups"] = [_follow_up(one) for one in given["follow_ups"]]
    for name, text in map(_pair, given["more"]):
        values[name] = _typed(text)
    return values


def _pair(word: str) -> tuple[str, str]:
    name, sign, value = word.partition("=")
    if not sign or not name.strip():
        raise UsageError(_("{word!r} has no value: write NAME=VALUE").format(word=word))
    return name.strip(), value


def _follow_up(typed: str) -> dict[str, Any]:
    days, _sign, rest = typed.partition(":")
    channel, sign, text = rest.partition(":")
    if not sign or not _is_number(days):
        raise UsageError(
            _("{text!r} is no follow-up: write DAYS:CHANNEL:TEXT, such as 7:email:…").format(text=typed)
        )
    channels = [one for one in channel.split(",") if one]
    return {"after": int(days), "channels": channels, "messages": {"*": {"text": text}}}


def _is_number(text: str) -> bool:
    if text.isascii() and text.isdigit():
        return True
    raise UsageError(_("{text!r} is no number of days").format(text=text))


def _typed(text: str) -> Any:
    """JSON where it is some (a list, a mapping, a number), else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _from_file(file: Path) -> dict[str, Any]:
    from crmcore.rules.strict_yaml import NotYamlError, values_in
    from crmcore.written import text_in

    try:
        found = values_in(text_in(file, _LARGEST))
    except NotYamlError as error:
        raise UsageError(_("{path}: {reason}").format(path=file, reason=error)) from None
    if not isinstance(found, dict):
        raise UsageError(_("{file} holds no campaign: write keys and values").format(file=file))
    return found
