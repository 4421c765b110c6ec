"""Property: whatever stands in a pack, it can be used or is refused with its place; nothing else happens."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.packs.faults import Fault, PackError
from crmcore.packs.layout import lay_out
from crmcore.packs.pack import pack_of
from tests.examples import examples
from tests.packs.conftest import MANIFEST

_KEYS = st.sampled_from([
    "title", "description", "where", "params", "name", "zh", "en", "text", "subject", "purpose", "channels", "values", "offer_ends",
    "platform", "record", "columns", "order_ref", "placed_at", "statuses", "date_format", "key", "day", "years", "kind", "before", "since",
    "tiers", "field", "edges", "titles", "unit", "low", "high", "report", "body", "ask", "segments", "given", "expect", "orders", "as_of",
    "all", "any", "none", "segment", "total_spent", "gte", "between", "in", "exists", "top_share", "share", "lines", "total", "2026", "1", "own",
])  # fmt: skip
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False),
    st.dates(), st.datetimes(),
    st.sampled_from([
        "x", "a_name", "", " ", "$n", "${n}", "$${n}", "{{ called }}", "{% if name %}", "#客户昵称#", "promotion", "order", "11-11", "lunar 13-1",
        "2026-02-30", "total_spent", "platform", "share", "\ud7ff", "0001-01-01", "a\nb", "[", "9" * 400, "customer", "term qingming", "[x",
    ]),
)  # fmt: skip
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=14,
)


# One sound document of each family, to be spoilt in one place.
_SOUND: dict[str, Any] = {
    "segments": {"s": {
        "title": {"zh": "甲", "en": "A"}, "params": {"n": 3, "cut": {"top_share": {"field": "total_spent", "share": 0.8}}},
        "where": {"all": [{"orders": {"gte": "$n"}}, {"total_spent": {"gte": "$cut"}}, {"none": [{"city": {"in": ["杭州"]}}]},
                          {"lines": {"any": [{"quantity": {"between": [1, 5]}}, {"at": {"gte": "2026-01-01"}}]}}]},
    }},
    "mappings": {"m": {"platform": "x", "record": "order", "columns": {"order_ref": "No", "placed_at": ["A", "B"]}, "statuses": {"ok": "paid"}}},
    "templates": {"t": {"title": {"zh": "甲", "en": "A"}, "purpose": "promotion", "channels": ["sms"], "subject": {"zh": "甲", "en": "A"},
                        "text": {"zh": "{{ called }}", "en": "{{ called }}"}, "values": {"ends": "2026-05-01"}, "offer_ends": "2026-05-01"}},
    "calendars": {"c": {"title": {"zh": "甲", "en": "A"}, "kind": "own", "day": "11-11", "before": 3, "years": {"2026": {"day": "2026-11-11"}}}},
    "bands": {"b": {"title": {"zh": "甲", "en": "A"}, "field": "orders", "edges": [1, 2], "titles": [{"zh": "甲", "en": "A"}] * 3}},
    "benchmarks": {"b": {"title": {"zh": "甲", "en": "A"}, "unit": "share", "low": 1, "high": 2}},
    "regions": {"city_tiers": {"tiers": {"1": ["杭州"]}}},
    "texts": {"x": {"text": {"zh": "甲", "en": "A"}}, "banned_words": {"own": ["x"], "allowed": ["y"]}},
    "settings": {"lapse": {"bands": [30, 60]}},
    "campaigns": {"c": {"title": {"zh": "甲", "en": "A"}, "body": {"segment": "s"}, "ask": ["days"]}},
    "articles": {"a": {"title": {"zh": "甲", "en": "A"}, "text": {"zh": "甲", "en": "A"}, "segments": ["s"], "tags": ["x"]}},
    "presets": {"p": {"title": {"zh": "甲", "en": "A"}, "report": "rfm", "set": {"days": 3}}},
    "dashboards": {"d": {"title": {"zh": "甲", "en": "A"}, "tiles": [{"report": "rfm"}], "pinned": True}},
    "fields": {"f": {"title": {"zh": "甲", "en": "A"}, "type": "text", "choices": ["x"]}},
    "tags": {"t": {"title": {"zh": "甲", "en": "A"}, "group": "x"}},
    "tests": [{"title": "t", "as_of": "2026-03-05", "expect": {"s": ["ann"]}, "set": {"n": 1}, "given": [
        {"name": "ann", "city": "杭州", "birthday": "1990-01-01", "tags": ["x"], "interactions": [{"kind": "review", "rating": 1, "days_ago": 2}],
         "orders": [{"days_ago": 3, "total": 5, "refunded": 2, "lines": [{"category": "x", "quantity": 1}]}]}]}],
    "inputs": {"n": {"title": {"zh": "甲", "en": "A"}, "default": 3, "choices": [3, 4]}},
    "plugins": {"lapse": ">=0.1"},
}  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a value: what holds it, and its key there."""
    for key, one in list(value.items()) if isinstance(value, dict) else list(enumerate(value)):
        yield value, key
        if isinstance(one, dict | list):
            yield from places(one)


def read(content: dict[str, Any]) -> list[Fault]:
    """What is wrong with a pack of that content; nothing, where it can be used."""
    files = {"pack.yaml": MANIFEST + yaml.dump(content, Dumper=_Dumper, allow_unicode=True)}
    try:
        pack_of(lay_out(files)).documents()
    except PackError as error:
        return list(error.faults)
    return []


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def test_the_sound_ones_are_sound() -> None:
    assert read(_SOUND) == []


@settings(max_examples=examples(75), deadline=None)
@given(st.data())
def test_what_is_spoilt_in_one_place_is_told_with_its_place(data: st.DataObject) -> None:
    family = data.draw(st.sampled_from(sorted(_SOUND)))
    content = copy.deepcopy({family: _SOUND[family]})
    holder, key = data.draw(st.sampled_from(list(places(content))))
    change = data.draw(st.sampled_from(["replace", "drop", "rename", "add"]))
    if change == "replace" or isinstance(holder, list):
        holder[key] = data.draw(_VALUES)
    elif change == "add":
        holder[data.draw(_KEYS)] = data.draw(_VALUES)
    else:
        value = holder.pop(key)
        if change == "rename":
            holder[data.draw(_KEYS)] = value
    for fault in read(content):
        assert fault.where.startswith("pack.yaml:")
        assert fault.text
