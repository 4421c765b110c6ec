"""The tables of documents that make up the playbook: what happens to them is kept, and can be taken back."""

from __future__ import annotations

# What a shop has learned, one family a table; each document has a "name".
FAMILIES = (
    "segments",
    "mappings",
    "templates",
    "calendars",
    "bands",
    "benchmarks",
    "regions",
    "fields",
    "tags",
    "texts",
    "presets",
    "settings",
    "articles",
    "dashboards",
    "campaigns",
)
# The installed packs, and what each of them lays under the shop's own documents.
PACKS, LAYERS = "packs", "pack_layers"
KEPT = frozenset({*FAMILIES, PACKS, LAYERS})
