"""What a worker does with a channel: look at addresses and messages, send, fetch. In the worker process.

A channel is handed its secrets for one job and loses them afterwards. They never leave in a sentence or a
traceback: whatever a channel raises has them blackened.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from crmcore.errors import CrmError
from crmcore.hooks import channel_check
from crmcore.hooks.channel_values import Address, Checked, Contact, Outgoing, Receipt, Sent
from crmcore.hooks.channels import Channel
from crmcore.hooks.jobs import Ask, WrongType, find_item
from crmcore.hooks.manager import PluginManager
from crmcore.i18n import gettext as _
from crmcore.secrets import blackened

_PART = 500
HOOK = "crm_channels"


def address(
    manager: PluginManager, plugin: str, name: str, people: Sequence[Sequence[Contact]]
) -> Iterator[list[Address | None]]:
    """Where the channel would send to, person by person, in parts."""
    channel: Channel = find_item(manager, plugin, HOOK, name)
    for start in range(0, len(people), _PART):
        part = people[start : start + _PART]
        with _contract():
            yield [channel_check.checked_address(channel.address(one)) for one in part]


def check(
    manager: PluginManager, plugin: str, name: str, messages: Sequence[Outgoing]
) -> Iterator[list[Checked]]:
    """How the messages would go out, in parts."""
    channel: Channel = find_item(manager, plugin, HOOK, name)
    for start in range(0, len(messages), _PART):
        part = messages[start : start + _PART]
        with _contract():
            yield [channel_check.checked_check(channel.check(one)) for one in part]


def fetch(
    manager: PluginManager,
    plugin: str,
    name: str,
    secrets: Mapping[str, str],
    since: str,
    waiting: Sequence[Sent],
) -> Iterator[Any]:
    """What happened since the cursor."""
    channel: Channel = find_item(manager, plugin, HOOK, name)
    with _given(channel, secrets), _contract():
        yield channel_check.checked_fetch(channel.fetch(since, waiting))


def probe(manager: PluginManager, plugin: str, name: str, secrets: Mapping[str, str]) -> Iterator[str]:
    """What answers at the other end."""
    channel: Channel = find_item(manager, plugin, HOOK, name)
    with _given(channel, secrets):
        yield blackened(str(channel.probe()), secrets.values())


def send(
    manager: PluginManager, plugin: str, ask: Ask, name: str, secrets: Mapping[str, str], lines: int | None
) -> Iterator[Receipt]:
    """Send what the shop hands out, until it hands out nothing more; a receipt for each as it comes.

    `lines` is how many connections it may open; None: as many as it has set.
    """
    channel: Channel = find_item(manager, plugin, HOOK, name)
    channel.lines_left = lines
    handed = _Handed(lambda: ask("more", ()))
    with _given(channel, secrets), _contract():
        for answer in channel.send(handed):
            receipt = channel_check.checked_receipt(answer, handed.open)
            handed.open.discard(receipt.key)
            own = secrets.values()
            detail, reference = blackened(receipt.detail, own), blackened(receipt.reference, own)
            yield replace(receipt, detail=detail, reference=reference)


class _Handed(Iterator[Outgoing]):
    """The messages as the channel takes them; `open` are the keys of those taken without a receipt."""

    def __init__(self, more: Callable[[], Sequence[Outgoing]]) -> None:
        self._more = more
        self._waiting: list[Outgoing] = []
        self._thread = threading.get_ident()
        self._ended = False
        self.open: set[str] = set()

    def __next__(self) -> Outgoing:
        if threading.get_ident() != self._thread:
            raise channel_check.WrongAnswer(_("it took a message in another thread than send runs in"))
        if not self._waiting and not self._ended:
            self._waiting = list(reversed(self._more()))
            self._ended = not self._waiting
        if not self._waiting:
            raise StopIteration
        message = self._waiting.pop()
        self.open.add(message.key)
        return message


@contextmanager
def _given(channel: Channel, secrets: Mapping[str, str]) -> Iterator[None]:
    """The channel with its secrets for this job; a sentence of its own leaves without them."""
    channel._given = dict(secrets)  # type: ignore[attr-defined]
    try:
        yield
    except CrmError as error:
        raise CrmError(blackened(str(error), secrets.values())) from None
    finally:
        channel._given = {}  # type: ignore[attr-defined]


@contextmanager
def _contract() -> Iterator[None]:
    try:
        yield
    except channel_check.WrongAnswer as error:
        raise WrongType(str(error)) from None
