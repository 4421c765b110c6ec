"""Family `campaigns`: plans that are ready to be used: whom to write to, when, by what, and what for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmcore.hooks.markers import hookspec


@dataclass(frozen=True)
class CampaignKind:
    """A plan that a shop makes its own campaign of: `crm campaign new NAME --kind birthday`.

    `body` is what such a campaign says unless the shop says otherwise: the keys of a campaign file (audience,
    channels, messages, control, goal …), as plain values. `ask` names those keys that the shop must give.
    `about` tells what it is good for: {"zh": "…", "en": "…"}.
    """

    name: str
    body: Mapping[str, Any]
    zh: str = ""
    en: str = ""
    about: Mapping[str, str] = field(default_factory=dict)
    ask: Sequence[str] = ()


@hookspec
def crm_campaign_kinds(settings: Any) -> list[CampaignKind] | None:
    """Campaign plans that are ready to be used.

    When: once after the shop was opened, the first time somebody asks for campaigns.

    Gets: `settings`, the plugin's own `Settings` with the shop's values, None where the module defines none.
    Leave the parameter out when you do not need it.

    Returns: a list of `CampaignKind`. No two plugins may bring a kind of one name. A kind decides nothing
    about who may be written to: every campaign passes the same guards.

    None: the plugin has no plans for this shop; same as an empty list.

    When it raises: the plugin's plans are left out, those of all other plugins stand. A body that makes no
    campaign is told when one is to be made of it.

        @hookimpl
        def crm_campaign_kinds():
            words = {"*": {"text": "#客户昵称#，好久不见"}}
            body = {"segment": "lapsed_90", "channels": ["sms"], "messages": words}
            return [CampaignKind("come_back", body, zh="回来看看", en="Come back")]
    """
