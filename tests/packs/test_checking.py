"""`check`: who would be in each segment of a pack, what never holds, what is empty; and packs' own tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmcore.packs.faults import PackError
from crmcore.packs.new_pack import write_new
from crmcore.packs.pack import load_pack
from crmcore.packs.sources import Source
from crmcore.people import Changes, People
from crmcore.segments.segments import Segments
from crmcore.shop import Shop
from tests.packs.conftest import BIG, MANIFEST, Write, loaded

ALL = "{title: {zh: 全, en: X}, where: "


def rules(**wheres: str) -> str:
    return "".join(f"{name}: {ALL}{where}}}\n" for name, where in wheres.items())


def test_it_says_who_is_in_and_why_nobody_is(shop: Shop, write: Write) -> None:
    people = People(shop)
    people.add(Changes({"name": "甲", "city": "杭州市"}, tags=("VIP",)))
    people.add(Changes({"name": "乙", "city": "上海市"}))
    pack = load_pack(
        write(
            segments=rules(
                vip="{tags: {has: VIP}}",
                everybody="{any: [{orders: {eq: 0}}, {orders: {gt: 0}}]}",
                never="{all: [{city: {eq: 杭州市}}, {orders: {gte: 3}}]}",
                empty="{birthday: {exists: true}}",
                no_lines="{lines: {any: {category: {eq: 茶}}}}",
                together="{all: [{tags: {has: VIP}}, {city: {eq: 上海市}}]}",
            )
        )
    )
    checked = shop.packs.check(pack)
    found = {one.name: (one.count, one.share, list(one.remarks)) for one in checked.segments}
    assert found == {
        "vip": (1, 0.5, []),
        "everybody": (2, 1.0, ["everybody is in it: it tells nobody apart"]),
        "never": (0, 0.0, ["nobody fulfils {orders: {gte: 3}}"]),
        "empty": (0, 0.0, ["birthday is empty for everybody here"]),
        "no_lines": (0, 0.0, ["category is empty for everybody here"]),
        "together": (0, 0.0, ["each condition holds for somebody, all together for nobody"]),
    }
    assert checked.usable
    assert shop.packs.all() == []


def test_what_is_missing_is_said_and_nothing_is_written(shop: Shop, write: Write) -> None:
    pack = load_pack(
        write(pack=MANIFEST + "plugins: {magic: ''}", segments=rules(odd="{magic_days: {gte: 3}}"))
    )
    checked = shop.packs.check(pack)
    assert not checked.usable
    assert "needs the plugin magic" in checked.missing[0]
    assert checked.misfits[0].where == "segments.yaml:1"
    assert "magic_days" in str(checked.segments[0].error)


def test_what_nobody_knows_is_told_with_its_line_alike_before_checking_and_installing(
    shop: Shop, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "lapse,payment")
    shop.plugins_changed()
    titled = "  title: {zh: 甲, en: orders}\n"
    pack = load_pack(
        write(
            segments=f"big:\n{titled}  where:\n    all:\n      - orders: {{gte: 1}}\n      - ordrs: {{gte: 2}}\n"
            f"theirs:\n{titled}  where:\n    any:\n      - segment: bigg\n",
            settings="lapse:\n  bands: [30]\n  bnds: [60]\n",
            bands=f"b:\n{titled}  edges: [1, 2]\n  field: spent\nc:\n{titled}  edges: [1]\n  field: city\n",
            presets=f"p:\n{titled}  report: payment\n  set:\n    perod: 30\n",
            dashboards=f"d:\n{titled}  tiles:\n    - {{report: payment}}\n    - {{report: paymnt}}\n",
            articles=f"a:\n{titled}  text: {{zh: 文, en: A}}\n  segments:\n    - big\n    - bigg\n",
            campaigns=f"c:\n{titled}  body:\n    where:\n      ordrs: {{gte: 1}}\n"
            f"d:\n{titled}  body:\n    segment: big\n    node: double_1\n    messages:\n      '*': {{text: 'Hi {{{{ calld }}}}'}}\n",
            templates=f"t:\n{titled}  purpose: service\n  text:\n    zh: 您好\n    en: |\n      Hello {{{{ calld }}}}\n",
        )
    )
    found = shop.packs.misfits(pack)
    assert [fault.where for fault in found] == [
        "segments.yaml:6", "segments.yaml:11", "articles.yaml:6", "campaigns.yaml:5", "campaigns.yaml:10",
        "campaigns.yaml:12", "campaigns.yaml:12", "templates.yaml:6", "settings.yaml:3", "bands.yaml:4",
        "bands.yaml:8", "presets.yaml:5", "dashboards.yaml:5",
    ]  # fmt: skip
    assert found == list(shop.packs.check(pack, tests=False).misfits)
    with pytest.raises(PackError) as error:
        shop.packs.install(Source("tea", tmp_path / "tea"), pack)
    assert list(error.value.faults) == found


def test_a_packs_own_days_and_regions_count_while_it_is_only_looked_at(shop: Shop, write: Write) -> None:
    People(shop).add(Changes({"name": "甲", "city": "小镇"}))
    folder = write(
        calendars="tea_day: {title: {zh: 茶日, en: Tea day}, kind: own, day: 05-21}\n",
        regions="city_tiers: {tiers: {'4': [小镇]}}\n",
        segments=rules(near="{all: [{days_until_tea_day: {lte: 366}}, {city_tier: {eq: 4}}]}"),
        templates="hi: {title: {zh: 好, en: Hi}, purpose: service, text: {zh: '茶日还有 {{ days_until_tea_day }} 天', en: '{{ days_until_tea_dy }}'}}\n",
    )
    checked = shop.packs.check(load_pack(folder))
    assert [one.count for one in checked.segments] == [1]
    (fault,) = checked.misfits
    assert (
        "hi (en): there is no variable 'days_until_tea_dy': did you mean 'days_until_tea_day'" in fault.text
    )


def test_a_packs_tests_tell_whom_they_expected_and_whom_they_found(shop: Shop, write: Write) -> None:
    cases = (
        "- {title: right, given: [{name: ann, orders: [{days_ago: 3, total: 5}, {days_ago: 2, total: 5}]}, {name: bob}], expect: {twice: [ann]}}\n"
        "- {title: wrong, given: [{name: ann, orders: [{total: 5}]}, {name: bob}], expect: {twice: [bob], nothing: []}}\n"
        "- {title: with a value, given: [{name: ann, orders: [{total: 5}]}], set: {n: 1}, expect: {twice: [ann]}}\n"
    )
    segment = "twice: {title: {zh: 两次, en: Twice}, params: {n: 2}, where: {orders: {gte: $n}}}\n"
    results = list(shop.packs.tests(load_pack(write(segments=segment, tests=cases))))
    assert [(one.title, one.passed) for one in results] == [
        ("right", True),
        ("wrong", False),
        ("with a value", True),
    ]
    assert results[1].faults[0] == "twice: expected bob, found nobody"
    assert "there is no segment 'nothing'" in results[1].faults[1]
    with shop.database.read() as connection:  # all of it happened elsewhere
        assert connection.exec_driver_sql("SELECT count(*) FROM customers").scalar() == 0


def test_a_new_pack_passes_its_own_test(shop: Shop, tmp_path: Path) -> None:
    folder = write_new("mine", tmp_path / "mine")
    pack = load_pack(folder)
    assert [one.passed for one in shop.packs.tests(pack)] == [True]
    assert shop.packs.check(pack, tests=False).usable


def test_segments_of_the_shop_are_seen_by_the_packs(shop: Shop, write: Write) -> None:
    from crmcore.rules.yaml import load_rule

    shop.segments.save(load_rule("name: mine\nwhere: {orders: {eq: 0}}"))
    People(shop).add(Changes({"name": "甲"}))
    checked = shop.packs.check(load_pack(write(segments=BIG + rules(theirs="{segment: mine}"))))
    assert [one.count for one in checked.segments] == [0, 1]


def test_the_settings_that_a_pack_brings_count_when_its_rules_are_judged(
    shop: Shop, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "lapse,order_value")
    shop.plugins_changed()
    People(shop).add(Changes({"name": "甲"}))
    folder = write(
        settings="lapse: {bands: [30, 60]}\n",
        segments=rules(
            soon="{segment: lapsed_30}", gone="{segment: lapsed_180}", big="{segment: aov_500_up}"
        ),
    )
    checked = shop.packs.check(load_pack(folder))
    assert [(one.name, one.count) for one in checked.segments] == [("soon", 0), ("gone", None), ("big", 0)]
    assert [fault.text for fault in checked.misfits] == [
        "gone: there is no segment 'lapsed_180': did you mean 'lapsed_60'?"
    ]
    shop.packs.install(
        *loaded(write(settings="lapse: {bands: [30, 60]}\n", segments=rules(soon="{segment: lapsed_30}")))
    )
    assert shop.segments.count("soon").count == 0


def test_fields_that_a_pack_brings_are_read_from_records_before_it_is_installed(
    shop: Shop, write: Write
) -> None:
    people = People(shop)
    people.add(Changes({"name": "甲", "extra.skin": "干性", "extra.budget": "80"}))
    people.add(Changes({"name": "乙", "extra.budget": "much"}))
    folder = write(
        fields="skin: {title: {zh: 肤质, en: Skin}, type: text}\nbudget: {title: {zh: 预算, en: Budget}, type: money}\n",
        segments=rules(dry="{skin: {eq: 干性}}", rich="{budget: {gte: 80}}", gone="{skin: {eq: 油性}}"),
        bands="budget_band: {title: {zh: 预算, en: Budget}, field: budget, edges: [50, 100]}\n",
        tests="- {given: [{name: ann, own: {skin: 干性, budget: 60}}, {name: bob}], expect: {dry: [ann], budget_band_2: [ann]}}\n",
    )
    checked = shop.packs.check(load_pack(folder))
    assert [(one.name, one.count) for one in checked.segments] == [("dry", 1), ("rich", 1), ("gone", 0)]
    assert checked.usable, checked
    source, pack = loaded(folder)
    shop.packs.install(source, pack)
    assert [shop.segments.count(name).count for name in ("dry", "rich", "budget_band_2")] == [1, 1, 1]
    number = (
        "budget: {title: {zh: 预算, en: Budget}, type: number}\n"  # read another way than the cards have it
    )
    again = load_pack(write(fields=number, segments=rules(rich="{budget: {lt: 81}}")))
    assert [one.count for one in shop.packs.check(again, tests=False).segments] == [1]
    clash = load_pack(write(fields="orders: {title: {zh: 单, en: O}, type: int}\n"))
    said = [fault.text for fault in shop.packs.check(clash, tests=False).misfits]
    assert "orders is a fact of crmcore already: give the field another name" in said


def test_a_pack_of_many_segments_has_the_shop_read_once(
    shop: Shop, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    People(shop).add(Changes({"name": "Ann"}))
    reads, known = [], Segments.known
    monkeypatch.setattr(Segments, "known", lambda self: reads.append(1) or known(self))

    def of(size: int) -> int:
        rules = "".join(
            f"s{n}: {{title: {{zh: 甲, en: A}}, where: {{orders: {{gte: 5}}}}}}\n" for n in range(size)
        )
        reads.clear()
        assert len(shop.packs.check(load_pack(write(segments=rules))).segments) == size
        return len(reads)

    assert of(2) == of(30)
