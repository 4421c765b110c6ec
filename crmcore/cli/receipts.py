"""What became of a test message, as `crm channel test` and `crm campaign test` tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.cli.output import print_json, say

if TYPE_CHECKING:
    from crmcore.hooks.channel_values import Receipt


def tell_receipt(receipt: Receipt, document: dict[str, str], as_json: bool) -> None:
    """Tell it; `document` says what was sent ("campaign" or "channel") and "to" whom.

    Raises `CrmError` unless the message was accepted.
    """
    from crmcore.desk.channel_view import told_receipt

    words = told_receipt(receipt, next(iter(document.values())), document["to"])
    if as_json:
        keys = ("key", "state", "reference", "detail", "cost")
        print_json({**document, **{key: getattr(receipt, key) for key in keys}})
    else:
        say(words)
