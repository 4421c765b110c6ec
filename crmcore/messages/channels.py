"""The channels of one shop: looked at, asked about addresses and messages, handed what is to go out.

Whether a message may go out is not asked here: who calls `send` has asked the guards and has written down
what it hands over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from crmcore import secrets
from crmcore.errors import NotFoundError, PluginFailure, UsageError
from crmcore.hooks.channel_values import Address, Checked, Contact, Fetched, Outgoing, Receipt, Sent
from crmcore.hooks.channels import Channel
from crmcore.hooks.frames import Request
from crmcore.i18n import gettext as _
from crmcore.rules.fields import suggestion

if TYPE_CHECKING:
    from crmcore.config import ShopPlace
    from crmcore.hooks.manager import PluginManager
    from crmcore.hooks.worker import Worker

_JOBS = "crmcore.hooks.channel_jobs"
_QUICK_SECONDS = 10.0  # addresses and checks, from one part to the next


@dataclass(frozen=True)
class Needed:
    """A secret that a channel asks for: its full name, whether it must be there, and where it stands."""

    name: str
    channel: str
    needed: bool
    place: str


class ShopLike(Protocol):
    """What channels need of a shop."""

    @property
    def place(self) -> ShopPlace: ...  # noqa: D102

    @property
    def plugins(self) -> PluginManager: ...  # noqa: D102
    @property
    def worker(self) -> Worker: ...  # noqa: D102
    def permit(self, action: str) -> None: ...  # noqa: D102


class Channels:
    """The channels of one shop; methods raise `NotFoundError` for an unknown name, and `PluginFailure`."""

    def __init__(self, shop: ShopLike) -> None:
        self._shop = shop

    def all(self) -> list[tuple[str, Channel]]:
        """Every channel with the plugin that brings it, by name."""
        return sorted(self._shop.plugins.channels().values, key=lambda pair: pair[1].name)

    def get(self, name: str) -> Channel:
        """The channel of that name; raises `NotFoundError` with the nearest name."""
        return self._found(name)[1]

    def addresses(self, name: str, people: Sequence[Sequence[Contact]]) -> list[Address | None]:
        """Where the channel would send to, person by person; what each has is in `people`."""
        return self._parts("address", name, people)

    def checks(self, name: str, messages: Sequence[Outgoing]) -> list[Checked]:
        """How the messages would go out: problems, parts, cost."""
        return self._parts("check", name, messages)

    def send(
        self, name: str, more: Callable[[], Sequence[Outgoing]], lines: int | None = None
    ) -> Iterator[Receipt]:
        """Send by that channel; a receipt for each message as it comes. `lines`: connections it may open.

        `more` is called in this thread whenever the channel wants messages: what it returns counts as handed
        over, so write that down first, and return few at a time. It may wait (that is how sending is paced),
        and ends the sending with an empty answer. A message handed over without a receipt when the iterator
        ends or raises is `unknown`. Before anything is sent it raises `UsageError` for a
        manual channel.
        """
        plugin, channel = self._found(name)
        if channel.manual:
            raise UsageError(_("channel {name} is worked by hand: it sends nothing itself").format(name=name))
        given = self._secrets(channel)
        return self._shop.worker.send(plugin, name, given, more, timeout=channel.quiet_seconds, lines=lines)

    def fetch(self, name: str, since: str = "", waiting: Sequence[Sent] = ()) -> Fetched:
        """What happened since a cursor ("" the first time), and to those that wait for an outcome."""
        plugin, channel = self._found(name)
        args = (name, self._secrets(channel), since, list(waiting))
        for answer in self._run("fetch", plugin, name, args, channel.quiet_seconds):
            if isinstance(answer, Fetched):
                return answer
        raise PluginFailure(plugin, f"channel {name}", _("it fetched nothing"))

    def probe(self, name: str) -> str:
        """Try a channel's connection without sending; what answered, in a sentence."""
        plugin, channel = self._found(name)
        args = (name, self._secrets(channel))
        return "".join(self._run("probe", plugin, name, args, channel.quiet_seconds))

    def plugin_of(self, name: str) -> str:
        """The plugin that brings the channel."""
        return self._found(name)[0]

    def secrets_asked_for(self) -> list[Needed]:
        """Every secret that a channel asks for, and where it stands."""
        return [
            Needed(full_name(channel, one), channel.name, one in channel.secrets, self._where(channel, one))
            for _plugin, channel in self.all()
            for one in (*channel.secrets, *channel.optional_secrets)
        ]

    def keep_secret(self, name: str, value: str) -> None:
        """Keep a secret in the keyring; raises `UsageError` where no channel asks for it, `CrmError`."""
        self._shop.permit("secret.set")
        self.refuse_unknown_secret(name)
        secrets.keep(name, value, self._shop.place.shown)

    def forget_secret(self, name: str) -> bool:
        """Take a secret out of the keyring; whether it was there. Raises as `keep_secret` does.

        One of a channel that is gone can be taken out, too.
        """
        self._shop.permit("secret.remove")
        if gone := secrets.forget(name, self._shop.place.shown):
            return gone
        self.refuse_unknown_secret(name)
        return False

    def refuse_unknown_secret(self, name: str) -> None:
        """Raise `UsageError`, with the nearest name, where no channel asks for a secret of that name."""
        known = [one.name for one in self.secrets_asked_for()]
        if name not in known:
            text = _("no channel asks for a secret {name}{hint}")
            hint = suggestion(name, known, see="crm secret list")
            raise UsageError(text.format(name=repr(name), hint=hint))

    def missing_secrets(self, name: str) -> list[str]:
        """The full names of the secrets that the channel needs and the shop has not."""
        channel = self.get(name)
        return [full_name(channel, one) for one in channel.secrets if not self._where(channel, one)]

    def _found(self, name: str) -> tuple[str, Channel]:
        known = {channel.name: (plugin, channel) for plugin, channel in self.all()}
        if name in known:
            return known[name]
        hint = suggestion(name, list(known))
        raise NotFoundError(_("there is no channel {name}{hint}").format(name=repr(name), hint=hint))

    def _secrets(self, channel: Channel) -> dict[str, str]:
        """What the channel is given; one that is missing is told by the channel when it needs it."""
        names = (*channel.secrets, *channel.optional_secrets)
        found = {name: secrets.read(full_name(channel, name), self._shop.place.shown) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    def _where(self, channel: Channel, secret: str) -> str:
        return secrets.where(full_name(channel, secret), self._shop.place.shown).place

    def _parts(self, job: str, name: str, things: Sequence[Any]) -> list[Any]:
        plugin, _channel = self._found(name)
        answers = self._run(job, plugin, name, (name, list(things)), _QUICK_SECONDS)
        return [one for part in answers for one in part]

    def _run(self, job: str, plugin: str, name: str, args: tuple[Any, ...], seconds: float) -> Iterator[Any]:
        request = Request(f"{_JOBS}:{job}", plugin, args, seconds)
        return self._shop.worker.run(request, f"channel {name}")


def full_name(channel: Channel, secret: str) -> str:
    """The name under which a shop keeps a channel's secret: email_password."""
    return f"{channel.name}_{secret}"
