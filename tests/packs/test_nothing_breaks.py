"""Property: whatever is done to the playbook in whatever order, what could be used can be, or the act is refused."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcore.errors import CrmError
from crmcore.packs.usable import unusable
from crmcore.rules.yaml import load_rule
from crmcore.shop import Shop
from crmcore.store.playbook_tables import FAMILIES
from crmcore.taking_back import take_back
from tests.examples import examples
from tests.packs.conftest import BIG, MANIFEST, loaded, write_pack

_TITLED = "title: {zh: 甲, en: A}\n"
HI = "hi:\n  title: {zh: 好, en: Hi}\n  purpose: service\n  text: {zh: 好, en: Hi}\n"
PACKS = {1: {"segments": BIG, "templates": HI}, 2: {"segments": BIG}, 3: {"templates": HI}}
# What may be kept under each name: some of it only while something else is there.
DOCUMENTS: dict[tuple[str, str], list[str]] = {
    ("fields", "grade"): ["type: int", "type: text", "type: text\nchoices: [gold]", "type: text\nchoices: [tin]"],
    ("calendars", "tea_day"): ["day: 05-21"],
    ("bands", "b"): ["field: orders\nedges: [2]", "field: orders\nedges: [2, 4]", "field: grade\nedges: [2]"],
    ("regions", "city_tiers"): ["tiers: {'4': [小镇]}", "tiers: {'1': [小镇]}"],
    ("templates", "hi"): [f"purpose: service\ntext: {{zh: '{one}', en: Hi}}" for one in ("{{ grade }}", "{{ days_until_tea_day }}", "好")],
    ("articles", "a"): ["text: {zh: 文, en: T}\nsegments: [s1, b_3]", "text: {zh: 文, en: T}\nsee: [b]", "text: {zh: 文, en: T}"],
    ("articles", "b"): ["text: {zh: 文, en: T}\nsegments: [s2, big]", "text: {zh: 文, en: T}\nsee: [a]"],
    ("campaigns", "plan"): [f"body: {one}" for one in ("{segment: s1}", "{segment: big, node: tea_day}", "{messages: {'*': {template: hi}}}")],
}  # fmt: skip
RULES = (
    "{grade: {eq: gold}}", "{grade: {gte: 3}}", "{days_until_tea_day: {lte: 9}}", "{city_tier: {eq: 4}}", "{segment: b_2}",
    "{segment: b_3}", "{segment: s1}", "{segment: s2}", "{segment: big}", "{orders: {gte: 1}}",
)  # fmt: skip
# Where it begins: everything is there, and everything is used.
USED: list[Any] = [
    ("pack", 1),
    *(("save", (key, texts[{"fields": 2, "bands": 1, "templates": 1}.get(key[0], 0)])) for key, texts in DOCUMENTS.items() if key[0] not in ("articles", "campaigns")),
    ("rule", "s1", "{all: [{grade: {eq: gold}}, {days_until_tea_day: {lte: 9}}, {segment: b_2}]}"),
    ("rule", "s2", "{all: [{city_tier: {eq: 4}}, {segment: s1}]}"),
    ("save", (("articles", "b"), "text: {zh: 文, en: T}\nsegments: [s2, big]")),
    ("save", (("articles", "a"), "text: {zh: 文, en: T}\nsegments: [b_3]\nsee: [b]")),
    ("save", (("campaigns", "plan"), "body: {segment: s1, node: tea_day, messages: {'*': {template: hi}}}")),
]  # fmt: skip
_NAMES = st.sampled_from([*DOCUMENTS, ("segments", "s1"), ("segments", "s2"), ("segments", "big")])
_STEP = st.one_of(
    st.tuples(st.just("save"), st.sampled_from([(key, text) for key, texts in DOCUMENTS.items() for text in texts])),
    st.tuples(st.just("rule"), st.sampled_from(["s1", "s2", "big"]), st.sampled_from(RULES)),
    st.tuples(st.just("remove"), _NAMES),
    st.tuples(st.just("pack"), st.sampled_from(sorted(PACKS))),
    st.tuples(st.just("unpack")),
    st.tuples(st.just("undo"), st.integers(0, 6)),
)  # fmt: skip


def _act(shop: Shop, step: Any, folder: Path) -> None:
    match step:
        case ("save", ((family, name), text)):
            (folder / "x.yaml").write_text(_TITLED + text, "utf-8")
            shop.packs.save_own(family, name, folder / "x.yaml")
        case ("rule", name, where):
            shop.segments.save(load_rule(f"name: {name}\nwhere: {where}"))
        case ("remove", (family, name)):
            shop.playbook.remove(family, name)
        case ("pack", number):
            source, pack = loaded(folder / str(number))
            put = shop.packs.upgrade if shop.packs.all() else shop.packs.install
            put(source, pack, **({"choices": {}} if shop.packs.all() else {}))  # type: ignore[operator]
        case ("unpack",):
            shop.packs.remove("tea")
        case ("undo", back):
            with shop.database.read() as connection:
                rows = connection.exec_driver_sql(
                    "SELECT id FROM changes WHERE kind IN ('documents', 'pack') ORDER BY id DESC"
                ).all()
            if back < len(rows):
                take_back(shop, int(rows[back][0]))


def _everything(shop: Shop) -> list[Any]:
    return [
        (one.family, one.name, one.source, one.body) for name in FAMILIES for one in shop.playbook.all(name)
    ]


@settings(
    max_examples=examples(3), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(_STEP, min_size=4, max_size=8))
def test_no_act_leaves_something_unusable_without_having_said_so(shop: Shop, steps: list[Any]) -> None:
    for table in (*FAMILIES, "packs", "pack_layers"):
        shop.documents.drop_table(table)
    shop.plugins_changed()
    with tempfile.TemporaryDirectory() as folder:
        for number, files in PACKS.items():
            write_pack(Path(folder) / str(number), pack=MANIFEST.replace("1.0.0", f"{number}.0.0"), **files)
        for step in USED:
            _act(shop, step, Path(folder))
        for step in steps:
            before, broken = _everything(shop), set(unusable(shop, shop.documents))
            try:
                _act(shop, step, Path(folder))
            except CrmError:
                assert _everything(shop) == before
            if step[0] == "rule":  # one that nobody meets yet may be written down
                broken.add(f"segments/{step[1]}")
            assert set(unusable(shop, shop.documents)) <= broken, step
