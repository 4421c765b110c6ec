"""The tables of documents that make up the playbook: what happens to them is kept, and can be taken back."""

from __future__ import annotations

from crmcore.i18n import mark

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
# Which plugins are on or off, and, as the family "settings", what the shop has set them to.
PLUGINS = "plugins"
KEPT = frozenset({*FAMILIES, PACKS, LAYERS, PLUGINS})
# How people call them, and the other tables of documents that staff change.
TITLES = {
    "segments": mark("segments"),
    "mappings": mark("mapping files"),
    "templates": mark("message templates"),
    "calendars": mark("calendar days"),
    "bands": mark("bands"),
    "benchmarks": mark("benchmarks"),
    "regions": mark("regions"),
    "fields": mark("fields"),
    "tags": mark("tags"),
    "texts": mark("texts"),
    "presets": mark("report presets"),
    "settings": mark("plugin settings"),
    PLUGINS: mark("plugin settings"),
    "articles": mark("articles"),
    "dashboards": mark("dashboards"),
    "campaigns": mark("campaign plans"),
    "accounts": mark("accounts"),
    PACKS: mark("packs"),
    LAYERS: mark("packs"),
}
