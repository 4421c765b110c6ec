"""Documents of the shop's own from files: held against the shop as a pack's are, refused with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmcore.errors import NameRefusedError
from crmcore.packs.faults import PackError
from crmcore.people import Changes, People
from crmcore.rules.yaml import load_rule
from crmcore.shop import Shop
from tests.packs.conftest import BIG, loaded, write_pack

TITLED = "title: {zh: 甲, en: A}\n"
# family, name, what stands in the file below its title, the fault: file, line, what is wrong, what to do.
MISFITS = [
    ("bands", "b", "field: city\nedges: [1]", "x.yaml:2: b: .city. cannot be cut into bands: choose a field that holds numbers"),
    ("bands", "b", "edges: [1]\nfield: spent", "x.yaml:3: b: the card has no field .spent."),
    ("bands", "lapse", "field: days_since_last_order\nedges: [0.5, 30]", "x.yaml:3: lapse: plugin 'lapse', setting 'bands': .*0.5.*expected"),
    ("bands", "lapse", "field: days_since_last_order\nedges: [0, 30]", "lapse"),
    ("fields", "orders", "type: int", "x.yaml:1: orders is a fact of crmcore already: give the field another name"),
    ("fields", "occasions_today", "type: list", "is a fact of crmcore already"),
    ("presets", "p", "report: paymnt", "x.yaml:2: p: there is no report 'paymnt': did you mean 'payment'"),
    ("presets", "p", "report: payment\nset:\n  win_bck: 5", "x.yaml:4: p: .*'win_bck'.*did you mean 'win_back'"),
    ("presets", "payment", "report: payment", "payment is a report's name: choose another"),
    ("dashboards", "d", "tiles:\n  - {report: payment}\n  - {report: paymnt}", "x.yaml:4: d: there is no report 'paymnt'"),
    ("articles", "a", "text: {zh: 文, en: A}\nsegments:\n  - bigg", "x.yaml:4: a: there is no segment 'bigg': did you mean 'big'"),
    ("campaigns", "c", "body:\n  segment: bigg", "x.yaml:3: c: there is no segment 'bigg'"),
    ("campaigns", "c", "body:\n  messages: {'*': {template: hallo}}", "x.yaml:3: c: there is no template 'hallo'"),
    ("campaigns", "c", "body:\n  where: {ordrs: {gte: 1}}", "x.yaml:3: c: the card has no field 'ordrs'"),
    ("campaigns", "c", "body:\n  node: double_1", "x.yaml:3: c: there is no occasion 'double_1'.*did you mean 'double_12'.$"),
    ("campaigns", "c", "body:\n  messages: {'*': {text: '{{ calld }}'}}", "x.yaml:3: c .zh.: there is no variable 'calld'"),
    ("campaigns", "c", "body:\n  segment: big\n  params: {months: 3}", "x.yaml:4: c: segment big has no parameter 'months'"),
    ("templates", "t", "purpose: service\ntext: {zh: 您好, en: '{{ calld }}'}", "x.yaml:3: t .en.: there is no variable 'calld'"),
]  # fmt: skip


@pytest.fixture
def opened(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("CRM_PLUGINS", "lapse,payment")
    shop.plugins_changed()
    shop.segments.save(load_rule("name: big\nwhere: {orders: {gte: 5}}"))
    return shop


def written(folder: Path, text: str) -> Path:
    (folder / "x.yaml").write_text(TITLED + text, "utf-8")
    return folder / "x.yaml"


def test_what_does_not_fit_the_shop_is_refused_as_in_a_pack(opened: Shop, tmp_path: Path) -> None:
    for family, name, text, said in MISFITS:
        with pytest.raises(PackError, match=said) as error:
            opened.packs.save_own(family, name, written(tmp_path, text))
        assert opened.playbook.get(family, name) is None, (family, text)
        body = "".join(f"  {line}\n" for line in (TITLED + text).splitlines())
        pack = loaded(write_pack(tmp_path / "tea", **{family: f"{name}:\n{body}"}))[1]
        faults = [str(one).partition(": ")[2] for one in opened.packs.misfits(pack)]
        assert faults == [str(one).partition(": ")[2] for one in error.value.faults]
        (tmp_path / "tea" / f"{family}.yaml").unlink()


def test_what_fits_is_kept_and_names_that_no_rule_could_say_are_refused(opened: Shop, tmp_path: Path) -> None:
    for family, name, text in (
        ("bands", "lapse", "field: days_since_last_order\nedges: [20, 40]"),
        ("bands", "worth", "field: total_spent\nedges: [0.5, 99.9]"),
        ("fields", "肤质", "type: text"),
        ("campaigns", "c", "body: {segment: big, node: double_11}"),
        ("templates", "t", "purpose: service\ntext: {zh: '{{ orders }}', en: '{{ called }}'}"),
        ("presets", "月报", "report: payment"),
    ):
        entry, notes = opened.packs.save_own(family, name, written(tmp_path, text))
        assert (entry.own, notes) == (True, [])
    opened.plugins_changed()
    assert "lapsed_40" in opened.segments.known()
    assert not [one for one in opened.segments.all() if one.error]
    for family, name in (("bands", "a b"), ("bands", "Worth"), ("fields", "a b"), ("campaigns", "计划")):
        with pytest.raises(NameRefusedError, match="cannot be a name here: begin with a small letter"):
            opened.packs.save_own(family, name, written(tmp_path, ""))
    opened.playbook.save("bands", "a b", {"title": "x", "field": "orders", "edges": [1]})  # by a script
    assert opened.segments.count("big").count == 0  # the others can be asked as before


def test_a_field_whose_type_another_pack_brings_may_be_the_shops_own(opened: Shop, tmp_path: Path) -> None:
    fields = "grade: {title: {zh: 级, en: Grade}, type: text}\n"
    opened.packs.install(*loaded(write_pack(tmp_path / "tea", segments=BIG, fields=fields)))
    opened.plugins_changed()
    entry, _notes = opened.packs.save_own("fields", "grade", written(tmp_path, "type: int"))
    assert entry.override


def test_values_that_a_field_does_not_take_are_told(any_shop: Shop, tmp_path: Path) -> None:
    people = People(any_shop)
    for value in ("3", "gold", "7", "tin"):
        people.add(Changes({"name": "甲", "extra.grade": value}))
    people.add(Changes({"name": "乙"}))
    for text, count in (
        ("type: int", 2), ("type: text", 0), ("type: date", 4), ("type: text\nchoices: [gold, tin, '3']", 1),
    ):  # fmt: skip
        _entry, notes = any_shop.packs.save_own("fields", "grade", written(tmp_path, text))
        assert [note.partition(" that does")[0] for note in notes] == (
            [f"grade: {count} customers have a value" if count > 1 else "grade: 1 customer has a value"]
            if count
            else []
        )
