"""Segments that follow from bands of the playbook: one for each range of a field, named by its place."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from crmcore.playbook.bands import Bands, all_bands
from crmcore.playbook.playbook import Playbook
from crmcore.rules.yaml import RuleDocument, load_rule


def band_segments(playbook: Playbook, plugins: Collection[str]) -> Iterator[tuple[RuleDocument, str]]:
    """The rules `NAME_1`, `NAME_2`, … with who brings them; bands of plugins are theirs to make.

    Half-open: a value that is an edge belongs to the range that begins there. Who has no value is in none.
    """
    for bands in all_bands(playbook):
        if bands.name not in plugins:
            for number, (low, high) in enumerate(bands.ranges, start=1):
                yield _rule(bands, number, low, high), bands.source


def _rule(bands: Bands, number: int, low: float | None, high: float | None) -> RuleDocument:
    bounds = {"gte": low, "lt": high}
    zh, en = bands.titles[number - 1] if bands.titles else (_said(low, high), _said(low, high))
    return load_rule(
        {
            "name": f"{bands.name}_{number}",
            "title": {"zh": f"{bands.zh or bands.name} {zh}", "en": f"{bands.en or bands.name} {en}"},
            "where": {bands.field: {key: value for key, value in bounds.items() if value is not None}},
        }
    )


def _said(low: float | None, high: float | None) -> str:
    if low is None:
        return f"<{high:g}"
    return f"≥{low:g}" if high is None else f"{low:g}–{high:g}"
