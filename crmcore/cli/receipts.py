"""What became of a test message, as `crm channel test` and `crm campaign test` tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.cli.output import print_json, say
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.hooks.channel_values import Receipt


def tell_receipt(receipt: Receipt, document: dict[str, str], as_json: bool) -> None:
    """Tell it; `document` says what was sent ("campaign" or "channel") and "to" whom.

    Raises `CrmError` unless the message was accepted.
    """
    name = next(iter(document.values()))
    if receipt.state in ("failed", "unknown"):
        state = _("not sent") if receipt.state == "failed" else _("nobody knows whether it went out")
        raise CrmError(f"{name}: {state}: {receipt.detail}".rstrip(": "))
    if as_json:
        keys = ("key", "state", "reference", "detail", "cost")
        print_json({**document, **{key: getattr(receipt, key) for key in keys}})
    else:
        text = _("{name}: sent to {to}. {detail}")
        say(text.format(name=name, to=document["to"], detail=receipt.detail).rstrip())
