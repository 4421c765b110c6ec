"""crmcore: a plugin-based CRM for online shops that lives in the terminal.

The names below are what plugins build on; everything else is the inside and may change. They are imported
when they are first used, so that `import crmcore` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmcore.errors import CrmError, PluginFailure
    from crmcore.hooks.actions import Action
    from crmcore.hooks.advice import Advice, Panel, Say, days_until
    from crmcore.hooks.banded import banded
    from crmcore.hooks.campaigns import CampaignKind
    from crmcore.hooks.channel_values import (
        Address,
        AddressForm,
        Checked,
        Contact,
        Fetched,
        Happened,
        Limits,
        Outcome,
        Outgoing,
        Problem,
        Receipt,
        Sent,
    )
    from crmcore.hooks.channels import Channel
    from crmcore.hooks.facts import Fact, Fold, SegmentRule
    from crmcore.hooks.gateway import Answer, Gateway, NoAnswerError, NotSentError
    from crmcore.hooks.markers import API_VERSION, hookimpl
    from crmcore.hooks.norms import CALENDAR, Norm, NormTable, occasions_near
    from crmcore.hooks.reports import (
        Chart,
        Column,
        Days,
        Findings,
        Note,
        Part,
        Report,
        ReportData,
        Table,
        both_words,
        change,
        compared,
        not_whole,
        percent,
    )
    from crmcore.hooks.screens import Page, Screen, Tile
    from crmcore.hooks.segment_watchers import SegmentMove, SegmentWatcher
    from crmcore.hooks.setting_checks import a_share, above_zero, at_least, checked_price, rising, within
    from crmcore.hooks.setting_types import Title
    from crmcore.hooks.shop_view import ShopView
    from crmcore.hooks.table_importer import Batch, Sample, TableImporter, column
    from crmcore.hooks.usual_gaps import OF_CATEGORY, repeat_gaps
    from crmcore.i18n import in_words
    from crmcore.records.goods import SEASON_WORDS, Season, Words, brand_of, season_of, size_of
    from crmcore.records.habits import Habit, habit, season_again, usual, year_later
    from crmcore.records.history import History, Line, OrderView
    from crmcore.records.interaction import InteractionKind
    from crmcore.records.no_more import wants_no_more
    from crmcore.records.rhythm import Rhythm, rhythm
    from crmcore.records.sms import sms_parts
    from crmcore.rules.standing import CALM, CONTENT
    from crmcore.rules.tree import TopShare
    from crmcore.rules.where import Rule, param, segment, where
    from crmcore.shown import platform_titles

__all__ = [
    "API_VERSION",
    "CALENDAR",
    "CALM",
    "CONTENT",
    "OF_CATEGORY",
    "SEASON_WORDS",
    "Action",
    "Address",
    "AddressForm",
    "Advice",
    "Answer",
    "Batch",
    "CampaignKind",
    "Channel",
    "Chart",
    "Checked",
    "Column",
    "Contact",
    "CrmError",
    "Days",
    "Fact",
    "Fetched",
    "Findings",
    "Fold",
    "Gateway",
    "Habit",
    "Happened",
    "History",
    "InteractionKind",
    "Limits",
    "Line",
    "NoAnswerError",
    "Norm",
    "NormTable",
    "NotSentError",
    "Note",
    "OrderView",
    "Outcome",
    "Outgoing",
    "Page",
    "Panel",
    "Part",
    "PluginFailure",
    "Problem",
    "Receipt",
    "Report",
    "ReportData",
    "Rhythm",
    "Rule",
    "Sample",
    "Say",
    "Screen",
    "Season",
    "SegmentMove",
    "SegmentRule",
    "SegmentWatcher",
    "Sent",
    "ShopView",
    "Table",
    "TableImporter",
    "Tile",
    "Title",
    "TopShare",
    "Words",
    "a_share",
    "above_zero",
    "at_least",
    "banded",
    "both_words",
    "brand_of",
    "change",
    "checked_price",
    "column",
    "compared",
    "days_until",
    "habit",
    "hookimpl",
    "in_words",
    "not_whole",
    "occasions_near",
    "param",
    "percent",
    "platform_titles",
    "repeat_gaps",
    "rhythm",
    "rising",
    "season_again",
    "season_of",
    "segment",
    "size_of",
    "sms_parts",
    "usual",
    "wants_no_more",
    "where",
    "within",
    "year_later",
]

# Where each of them lives; a test holds this and the list above together.
_HOMES = {
    "crmcore.errors": ("CrmError", "PluginFailure"),
    "crmcore.hooks.actions": ("Action",),
    "crmcore.hooks.advice": ("Advice", "Panel", "Say", "days_until"),
    "crmcore.hooks.banded": ("banded",),
    "crmcore.hooks.channel_values": (
        "Address",
        "AddressForm",
        "Checked",
        "Contact",
        "Fetched",
        "Happened",
        "Limits",
        "Outcome",
        "Outgoing",
        "Problem",
        "Receipt",
        "Sent",
    ),
    "crmcore.hooks.channels": ("Channel",),
    "crmcore.hooks.campaigns": ("CampaignKind",),
    "crmcore.hooks.facts": ("Fact", "Fold", "SegmentRule"),
    "crmcore.hooks.gateway": ("Answer", "Gateway", "NoAnswerError", "NotSentError"),
    "crmcore.hooks.markers": ("API_VERSION", "hookimpl"),
    "crmcore.hooks.norms": ("CALENDAR", "Norm", "NormTable", "occasions_near"),
    "crmcore.hooks.reports": (
        "Chart",
        "Column",
        "Days",
        "Findings",
        "Note",
        "Part",
        "Report",
        "ReportData",
        "Table",
        "both_words",
        "change",
        "compared",
        "not_whole",
        "percent",
    ),
    "crmcore.hooks.screens": ("Page", "Screen", "Tile"),
    "crmcore.hooks.segment_watchers": ("SegmentMove", "SegmentWatcher"),
    "crmcore.hooks.setting_checks": (
        "a_share",
        "above_zero",
        "at_least",
        "checked_price",
        "rising",
        "within",
    ),
    "crmcore.hooks.setting_types": ("Title",),
    "crmcore.hooks.shop_view": ("ShopView",),
    "crmcore.hooks.table_importer": ("Batch", "Sample", "TableImporter", "column"),
    "crmcore.hooks.usual_gaps": ("OF_CATEGORY", "repeat_gaps"),
    "crmcore.i18n": ("in_words",),
    "crmcore.records.goods": ("SEASON_WORDS", "Season", "Words", "brand_of", "season_of", "size_of"),
    "crmcore.records.habits": ("Habit", "habit", "season_again", "usual", "year_later"),
    "crmcore.records.history": ("History", "Line", "OrderView"),
    "crmcore.records.interaction": ("InteractionKind",),
    "crmcore.records.no_more": ("wants_no_more",),
    "crmcore.records.sms": ("sms_parts",),
    "crmcore.records.rhythm": ("Rhythm", "rhythm"),
    "crmcore.rules.standing": ("CALM", "CONTENT"),
    "crmcore.rules.tree": ("TopShare",),
    "crmcore.rules.where": ("Rule", "param", "segment", "where"),
    "crmcore.shown": ("platform_titles",),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(module), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'crmcore' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
