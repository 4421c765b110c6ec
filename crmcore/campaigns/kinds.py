"""Plans that are ready to be used: those of plugins, and those of the playbook (packs, the shop's own)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmcore.i18n import title_of

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike

FAMILY = "campaigns"


@dataclass(frozen=True)
class Kind:
    """A ready plan: `body` holds the keys it sets, `ask` those the shop must give; `source` whose it is."""

    name: str
    body: Mapping[str, Any]
    source: str
    zh: str = ""
    en: str = ""
    about: Mapping[str, str] = field(default_factory=dict)
    ask: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Its title in the language in force."""
        return title_of(self.zh, self.en) or self.name

    @property
    def says(self) -> str:
        """What it is good for, in the language in force."""
        return title_of(self.about.get("zh", ""), self.about.get("en", ""))


def kinds(shop: ShopLike) -> list[Kind]:
    """The shop's own first, then those of packs, then the plugins'."""
    found = {
        entry.name: _of_playbook(entry.name, entry.body, entry.source) for entry in shop.playbook.all(FAMILY)
    }
    for plugin, one in shop.plugins.campaign_kinds().values:
        made = Kind(one.name, dict(one.body), plugin, one.zh, one.en, dict(one.about), tuple(one.ask))
        found.setdefault(one.name, made)
    return list(found.values())


def _of_playbook(name: str, row: Mapping[str, Any], source: str) -> Kind:
    title, about, body = row.get("title"), row.get("about"), row.get("body")
    titles = title if isinstance(title, Mapping) else {"zh": str(title or ""), "en": str(title or "")}
    abouts = about if isinstance(about, Mapping) else {}
    ask = row.get("ask")
    return Kind(
        name,
        body if isinstance(body, Mapping) else {},
        source,
        str(titles.get("zh", "")),
        str(titles.get("en", "")),
        {str(key): str(value) for key, value in abouts.items()},
        tuple(str(one) for one in ask) if isinstance(ask, list | tuple) else (),
    )
