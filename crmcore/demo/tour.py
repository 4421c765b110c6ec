"""What the tour of the demo shows, as plain values: imports, a card, segments, a report, commands."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crmcore.demo import story
from crmcore.demo.by_hand import old_customer_id
from crmcore.i18n import gettext as _
from crmcore.i18n import title_of
from crmcore.importing.history import ImportRow
from crmcore.records.customer import CustomerCard, Duplicate, TimelineEntry
from crmcore.records.identity import phone_identity
from crmcore.shop import Shop
from crmcore.store import customers, interactions
from crmcore.store.interactions import Interaction
from crmcore.store.stats import Stats, count
from crmcore.store.timeline import timeline

# The first three of these that the shop's plugins offer are shown.
_SEGMENTS = ("key_customers", "lapsed_90", "refill_due", "asked_never_bought", "active", "complaint_open")
_FREQUENCY = ("once", "twice", "three_or_more")
_NEWEST = 6


@dataclass(frozen=True)
class SegmentSize:
    """A segment and how many customers are in it."""

    name: str
    title: str
    count: int


@dataclass(frozen=True)
class Tour:
    """Everything the tour shows. `owed` is what is due to the old customer, `twins` who may be her too."""

    place: str
    imports: tuple[ImportRow, ...]
    card: CustomerCard
    newest: tuple[TimelineEntry, ...]
    owed: tuple[Interaction, ...]
    twins: tuple[Duplicate, ...]
    due: int
    segments: tuple[SegmentSize, ...]
    frequency: tuple[SegmentSize, ...]
    stats: Stats
    commands: tuple[tuple[str, str], ...]

    @property
    def buyers(self) -> int:
        """How many customers bought at all."""
        return sum(band.count for band in self.frequency)

    def share(self, band: SegmentSize) -> float:
        """A band's share of the buyers, 0 to 1."""
        return band.count / self.buyers if self.buyers else 0.0

    def as_json(self) -> dict[str, Any]:
        """The tour as JSON values."""
        return {
            "shop": self.place,
            "imports": [row.as_json() for row in self.imports],
            "customer": self.card.as_json(),
            "possibly": [twin.as_json() for twin in self.twins],
            "due": self.due,
            "segments": [{"segment": one.name, "count": one.count} for one in self.segments],
            "report": {
                "report": "purchase_frequency",
                "columns": ["segment", "customers", "share"],
                "rows": [[one.name, one.count, round(self.share(one), 4)] for one in self.frequency],
            },
            "commands": [command for command, _what in self.commands],
        }


def take_tour(shop: Shop, program: str = "crm") -> Tour:
    """Walk through the demo's shop; `program` is how the user calls crm, for commands to copy."""
    clock = shop.clock()
    known = {segment.name for segment in shop.segments.all() if not segment.error}
    with shop.database.read() as connection:
        her = old_customer_id(connection, shop)
        card = customers.show(connection, her, shop.facts.cards)
        page = timeline(connection, her, shop.kinds, limit=_NEWEST)
        waiting = interactions.due(connection, shop.kinds, clock.now + 86_400)
        same = [phone_identity(story.PHONE, shop.settings.currency)]
        twins = [d for d in customers.duplicates(connection, None, same) if d.customer_id != her]
        stats = count(connection, shop.settings.currency)
    imports = tuple(reversed(shop.imports.all()))
    return Tour(
        place=shop.place.shown,
        imports=imports,
        card=card,
        newest=page.entries,
        owed=tuple(one for one in waiting if one.customer_id == her),
        twins=tuple(twins),
        due=len(waiting),
        segments=_sizes(shop, [name for name in _SEGMENTS if name in known][:3]),
        frequency=_sizes(shop, [name for name in _FREQUENCY if name in known]),
        stats=stats,
        commands=_commands(shop, program, her, imports),
    )


def _sizes(shop: Shop, names: Sequence[str]) -> tuple[SegmentSize, ...]:
    titles = {segment.name: title_of(segment.zh, segment.en) for segment in shop.segments.all()}
    return tuple(SegmentSize(name, titles[name], shop.segments.count(name).count) for name in names)


def _commands(
    shop: Shop, program: str, her: int, imports: Sequence[ImportRow]
) -> tuple[tuple[str, str], ...]:
    """Five commands that work as they stand, and what each shows."""
    sheets = [str(file["path"]) for row in imports for file in row.files]
    newest = [path for path in sheets if path.endswith(".xlsx")]
    here = [program, "--shop", shop.place.shown]
    wanted: tuple[tuple[list[str], str], ...] = (
        (["customer", "find", story.NICKNAME], _("find her, and who may be her too")),
        (["customer", "show", str(her)], _("her card and timeline")),
        (["segment", "members", "key_customers", "--limit", "10"], _("who makes most of the turnover")),
        (["import", "--dry-run", *newest], _("the same files again: nothing new")),
        (["log", str(her), "chat", _("asked about samples")], _("write down what she said")),
    )
    return tuple((quoted([*here, *words]), what) for words, what in wanted)


def quoted(words: Sequence[str]) -> str:
    """The words as one line to paste into this system's shell."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
