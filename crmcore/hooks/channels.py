"""Family `channels`: the ways on which a message reaches a customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from crmcore.errors import CrmError
from crmcore.hooks.channel_values import (
    DONE,
    NO_MORE,
    PURPOSES,
    SKIPPED,
    Address,
    AddressForm,
    Checked,
    Contact,
    Fetched,
    Limits,
    Outcome,
    Outgoing,
    Purpose,
    Receipt,
    Sent,
)
from crmcore.hooks.markers import hookspec
from crmcore.i18n import gettext as _
from crmcore.i18n import in_words


class Channel:
    """A way to reach customers. A subclass sets these attributes and writes the methods it needs.

    Whom to write to, and whether that is allowed, is the core's work: a channel is handed messages that may
    go out, and tells what became of each. `address` and `check` must be quick and need no network.
    """

    name: str = ""
    zh: str = ""
    en: str = ""
    # What it is good for and what it costs, for a shop that chooses: {"zh": "…", "en": "…"}.
    about: Mapping[str, str] = {}
    # The contacts it can use, best first: kinds of identity (email, phone, buyer), or `extra.FIELD` for a
    # field of the profile. None at all: it needs no address (a flyer in the parcel).
    address_kinds: Sequence[str] = ()
    # What addresses of a kind must look like: {"phone": AddressForm("+861*", problem="…")}. Plans know it
    # without asking; who overrides `address` has it asked for everybody a plan chose.
    forms: Mapping[str, AddressForm] = {}
    # What consents call it: `sms` for every gateway of text messages; "" for `email` where it knows nothing
    # but e-mail addresses, else for its own name.
    medium: str = ""
    # A person sends: work screens hand the messages out one by one, and `outcomes` are the possible answers.
    manual: bool = False
    outcomes: Sequence[Outcome] = (DONE, SKIPPED, NO_MORE)
    # False: one post for everybody (Weibo) instead of one message a person. Campaigns do not go out by it.
    per_person: bool = True
    # Whether a message has a subject, and an HTML form beside its text.
    has_subject: bool = False
    has_html: bool = False
    purposes: Sequence[Purpose] = PURPOSES
    # A promotion by it must say something of the customer's own: phones and gateways take the rest for spam.
    personal: bool = False
    # In how many days most of those who read it have read it: an offer must last so long.
    reading_days: int = 0
    limits: Limits = Limits()
    # Names of passwords and keys it needs; `self.secret(name)` gives them inside send, fetch and probe.
    secrets: Sequence[str] = ()
    # Those of them without which it works, too.
    optional_secrets: Sequence[str] = ()
    # How long send, fetch and probe may be silent before they are ended, in seconds.
    quiet_seconds: float = 60.0
    # Set by the core before `send`: the connections that other senders leave; None: all of its limit.
    lines_left: int | None = None

    @property
    def consent_name(self) -> str:
        """The name under which consents speak of it: a no to `sms` is one to every such channel."""
        only_email = tuple(self.address_kinds) == ("email",)
        return self.medium or ("email" if only_email else self.name)

    def address(self, contacts: Sequence[Contact]) -> Address | None:
        """Where it would send to; None when there is nothing it can use, with a `problem` when that is bad.

        By default the first certain contact of the kinds in `address_kinds`, in their order, that looks as
        `forms` says (a buyer's name as the platform shows it); an empty address where there are none: it
        needs none.
        """
        if not self.address_kinds:
            return Address("")
        found = None
        for one in (one for kind in self.address_kinds for one in contacts if one.kind == kind):
            form = self.forms.get(one.kind)
            if one.strong and (form is None or form.fits(one)):
                return Address(one.shown or one.value if one.kind == "buyer" else one.value, one.kind)
            if form and form.sources and not one.source.startswith(tuple(form.sources)):
                continue
            hidden = _("the platform hides a part of it")
            problem = in_words(form.problem) if one.strong and form else hidden
            found = found or Address(one.value if one.strong else "", one.kind, problem)
        return found

    def check(self, message: Outgoing) -> Checked:  # noqa: ARG002 - for subclasses
        """How the message would go out: problems, parts, cost. By default there is nothing to say."""
        return Checked()

    def send(self, messages: Iterable[Outgoing]) -> Iterator[Receipt]:  # noqa: ARG002 - for subclasses
        """Send the messages, and yield a receipt for each as soon as it is known. Not for manual channels.

        Take a message only when you are about to send it, in the thread that runs this generator: what was
        taken and got no receipt counts as `unknown` and never goes out again; what was not taken is still to
        be sent. Taking may wait, for the core paces it. Runs in a worker process.
        """
        raise CrmError(_("channel {name} does not send by itself").format(name=self.name))

    def fetch(self, since: str, waiting: Sequence[Sent]) -> Fetched:  # noqa: ARG002 - for subclasses
        """What happened since the `cursor` of the last time ("" the first time). Runs in a worker process.

        `waiting` are messages of the last days of which nothing final is known, for gateways that are asked
        about one message after the other.
        """
        return Fetched((), since)

    def probe(self) -> str:
        """Try the connection without sending anything; a sentence about what answered.

        Raises `CrmError` with what is wrong. Runs in a worker process.
        """
        return ""

    @property
    def lines(self) -> int:
        """How many connections `send` may open: what other senders leave of `limits.connections`."""
        return self.lines_left or self.limits.connections or 1

    def copied(self, message: Outgoing) -> str:
        """What a manual channel puts into the clipboard; by default the text."""
        return message.text

    def secret(self, name: str) -> str:
        """A password or key that the shop keeps for this channel; "" for an optional one it has not.

        Raises `CrmError` when it is missing, or asked for outside of send, fetch and probe.
        """
        given: Mapping[str, str] = getattr(self, "_given", {})
        if value := given.get(name, ""):
            return value
        if name in self.optional_secrets:
            return ""
        full = f"{self.name}_{name}"
        raise CrmError(_("the secret {name} is missing: crm secret set {name}").format(name=full))


@hookspec
def crm_channels(settings: Any) -> list[Channel] | None:
    """Channels that campaigns and service messages go out by.

    When: once after the shop was opened, the first time somebody asks for channels.

    Gets: `settings`, the plugin's own `Settings` with the shop's values, None where the module defines none.
    Leave the parameter out when you do not need it.

    Returns: a list of `Channel`, made: `[Pigeon()]`. No two plugins may bring a channel of one name.

    None: the plugin has no channels for this shop; same as an empty list.

    When it raises: the plugin's channels are left out, those of all other plugins stand. What `send` raises
    ends that sending: a message it had taken without giving a receipt counts as `unknown`.

        class Board(Channel):
            name, zh, en, address_kinds = "board", "公告板", "Notice board", ("phone",)
            def send(self, messages):
                yield from (Receipt(one.key, "delivered") for one in messages)

        @hookimpl
        def crm_channels():
            return [Board()]
    """
