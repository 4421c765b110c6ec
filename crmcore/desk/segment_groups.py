"""The segments in groups, as lists show them: the kept ones, the shop's own, each pack's, each plugin's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crmcore.desk.segment_view import SegmentRow, row_of
from crmcore.desk.starting import CATEGORIES
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.packs.installed import installed_packs
from crmcore.playbook.playbook import OWN
from crmcore.segments.definitions import FAMILY
from crmcore.shop import Shop

# What the segments of a bundled plugin are about, by its name and in the order of the list; another plugin's
# stand under its own name, after these.
_ABOUT: Mapping[str, str] = {
    "purchase_frequency": mark("how often they bought"),
    "order_value": mark("average order"),
    "lapse": mark("days since the last order"),
    "non_buyers": mark("did not buy, or complained"),
    "key_customers": mark("key customers"),
    "value_classes": mark("value classes"),
    "rfm_cells": mark("recency, frequency, amount"),
    "buyer_grade": mark("buyer grades"),
    "goods_bought": mark("what was bought"),
    "sources": mark("where orders come from"),
    "campaign_nodes": mark("sale events"),
    "places": mark("where customers live"),
    "age": mark("age"),
    "customer_class": mark("kind of customer"),
    **CATEGORIES,
}


KEPT = "kept"


@dataclass(frozen=True)
class SegmentGroup:
    """Segments that belong together: whose they are (`name`, unique), in words, and the segments."""

    name: str
    title: str
    segments: tuple[SegmentRow, ...]


def groups(shop: Shop, *, usable: bool = False) -> list[SegmentGroup]:
    """Every segment of the shop, once: the kept ones first, then its own, its packs', its plugins'.

    Packs come as they were installed; within a group the order is whoever's who brings the segments. With
    `usable` those are left out that cannot be asked.
    """
    kept = {one.name for one in shop.register.kept()}
    written = {entry.name: entry.source for entry in shop.playbook.all(FAMILY)}
    titles = {KEPT: _("kept: who comes and leaves"), OWN: _("this shop's own")}
    titles |= {_pack(one.name): one.shown for one in installed_packs(shop.documents)}
    titles |= {_plugin(name): _(title) for name, title in _ABOUT.items()}
    found: dict[str, list[SegmentRow]] = {name: [] for name in titles}
    for one in shop.segments.all():
        if usable and one.error:
            continue
        whose = written.get(one.name)
        group = _plugin(one.source) if whose is None else OWN if whose == OWN else _pack(whose)
        found.setdefault(KEPT if one.name in kept else group, []).append(row_of(one))
    return [
        SegmentGroup(name, titles.get(name) or rows[0].source, tuple(rows))
        for name, rows in found.items()
        if rows
    ]


def _pack(name: str) -> str:
    return f"pack {name}"


def _plugin(name: str) -> str:
    return f"plugin {name}"
