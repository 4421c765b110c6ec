"""Installing, upgrading and removing: layers under the shop's own words, one act each, undone as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmcore.errors import CrmError, NotFoundError, UsageError
from crmcore.packs.applying import UnsettledError
from crmcore.packs.faults import PackError
from crmcore.packs.plan import Choice, State, choices_from
from crmcore.packs.verifying import Verdict
from crmcore.rules.where import where
from crmcore.rules.yaml import load_rule
from crmcore.shop import Shop
from crmcore.store.changes import find_change
from crmcore.store.undo import undo_in_chunks
from tests.packs.conftest import BIG, MANIFEST, Write, loaded, write_pack

TAGS = "vip: {title: {zh: 贵宾, en: VIP}}\nold: {title: {zh: 老客, en: Old}}\n"


def states(plan: object) -> dict[str, str]:
    return {item.key: item.state.value for item in plan.items}  # type: ignore[attr-defined]


def version(folder: Path, number: str, **files: str) -> Path:
    return write_pack(folder, pack=MANIFEST.replace("1.0.0", number), **files)


def test_a_pack_is_one_act_and_undone_as_one(any_shop: Shop, write: Write) -> None:
    source, pack = loaded(write(segments=BIG, tags=TAGS))
    planned = any_shop.packs.plan(pack)
    assert states(planned) == {"segments/big": "new", "tags/vip": "new", "tags/old": "new"}
    assert any_shop.packs.all() == []  # looking changes nothing
    plan, act = any_shop.packs.install(source, pack)
    assert plan == planned
    assert any_shop.segments.get("big").source == "tea"
    (installed,) = any_shop.packs.all()
    assert (installed.version, installed.digest, installed.source) == ("1.0.0", pack.digest, str(source.path))
    with any_shop.database.read() as connection:
        change = find_change(connection, act)
    assert (change.kind, change.actor, change.why) == ("pack", "Ann", "installed pack tea 1.0.0")
    report = undo_in_chunks(any_shop.database, act, "Ann")
    assert (report.kept, any_shop.packs.all(), any_shop.playbook.layers()) == ((), [], [])
    assert any_shop.playbook.all("tags") == []


def test_what_a_pack_takes_the_place_of_is_told_alike_before_and_after(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "lapse,taobao")
    shop.plugins_changed()
    two = "b: {title: {zh: 档, en: B}, field: orders, edges: [2]}\n"
    shop.packs.install(*loaded(write_pack(tmp_path / "a", pack=MANIFEST.replace("tea", "cake"), bands=two)))
    titled = "{title: {zh: 甲, en: A}, "
    files = {
        "segments": "".join(f"{name}: {titled}where: {{orders: {{gte: 1}}}}}}\n" for name in ("lapsed_90", "b_1", "mine")),
        "mappings": "taobao_orders: {platform: tb, record: order, currency: CNY, time_zone: Asia/Shanghai, columns: {order_ref: id, placed_at: at}}\n",
        "calendars": f"double_11: {titled}kind: platform, day: 11-10}}\n",
        "dashboards": f"home: {titled}tiles: []}}\n",
    }  # fmt: skip
    expected = {
        "segments/lapsed_90": ("replaced", "lapse"), "segments/b_1": ("replaced", "cake"),
        "segments/mine": ("new", None), "mappings/taobao_orders": ("replaced", "taobao"),
        "calendars/double_11": ("replaced", "crmcore"), "dashboards/home": ("replaced", "crmcore"),
    }  # fmt: skip
    source, pack = loaded(write_pack(tmp_path / "b", **files))
    planned = shop.packs.plan(pack)
    assert {one.key: (one.state.value, one.over) for one in planned.items} == expected
    installed, _act = shop.packs.install(source, pack)
    assert installed == planned
    day = f"soup_day: {titled}day: 05-21}}\n"
    shop.packs.install(
        *loaded(write_pack(tmp_path / "d", pack=MANIFEST.replace("tea", "soup"), calendars=day))
    )
    files["calendars"] += day
    newer = loaded(version(tmp_path / "c", "1.1.0", **files))  # soup was installed later and stays on top
    planned = shop.packs.plan(newer[1])
    assert [(one.key, one.state.value, one.over) for one in planned.items if one.state is not State.SAME] == [
        ("calendars/soup_day", "covered", "soup")
    ]
    assert shop.packs.upgrade(*newer, {})[0] == planned


def test_it_is_installed_once(shop: Shop, write: Write) -> None:
    source, pack = loaded(write(tags=TAGS))
    shop.packs.install(source, pack)
    with pytest.raises(CrmError, match=r"tea 1.0.0 is installed already: `crm pack upgrade`"):
        shop.packs.install(source, pack)
    with pytest.raises(NotFoundError, match="no pack 'teas' is installed: did you mean 'tea'"):
        shop.packs.remove("teas")


def test_what_the_shop_has_of_its_own_stays_in_force(shop: Shop, write: Write) -> None:
    shop.segments.save(load_rule("name: big\nwhere: {orders: {gte: 50}}"))
    plan, _act = shop.packs.install(*loaded(write(segments=BIG)))
    assert states(plan) == {"segments/big": "edited"}
    assert shop.segments.get("big").source == "shop"
    shop.segments.remove("big")
    assert shop.segments.get("big").source == "tea"


def test_an_upgrade_replaces_the_layer_and_asks_about_edits_of_what_changed(
    any_shop: Shop, tmp_path: Path
) -> None:
    shop = any_shop
    shop.packs.install(*loaded(version(tmp_path / "a", "1.0.0", segments=BIG, tags=TAGS)))
    shop.playbook.save(
        "segments", "big", {"title": {"zh": "我的", "en": "Mine"}, "where": {"orders": {"gte": 7}}}
    )
    shop.playbook.save("tags", "vip", {"title": {"zh": "我的", "en": "Mine"}})
    source, newer = loaded(version(
        tmp_path / "b", "1.1.0", segments=BIG.replace("5", "6"), tags="vip: {title: {zh: 贵宾, en: VIP}}\nnew: {title: {zh: 新, en: New}}\n"
    ))  # fmt: skip
    plan = shop.packs.plan(newer)
    assert states(plan) == {
        "segments/big": "conflict", "tags/vip": "edited", "tags/new": "new", "tags/old": "removed",
    }  # fmt: skip
    (conflict,) = plan.conflicts
    bodies = [conflict.base, conflict.theirs, conflict.mine]
    assert [body and body["where"]["orders"]["gte"] for body in bodies] == [5, 6, 7]
    with pytest.raises(UnsettledError, match=r"segments/big.*--keep mine"):
        shop.packs.upgrade(source, newer, {})
    assert shop.packs.all()[0].version == "1.0.0"
    _plan, act = shop.packs.upgrade(source, newer, {"segments/big": Choice.MINE})
    assert shop.playbook.get("segments", "big").body["where"]["orders"]["gte"] == 7  # type: ignore[union-attr]
    assert [one.name for one in shop.playbook.all("tags")] == ["vip", "new"]
    undo_in_chunks(shop.database, act, "Ann")
    assert shop.packs.all()[0].version == "1.0.0"
    shop.packs.upgrade(source, newer, {"*": Choice.THEIRS})
    assert shop.segments.get("big").source == "tea"
    assert shop.playbook.get("tags", "vip").source == "shop"  # type: ignore[union-attr]


def test_undoing_an_upgrade_gives_dropped_edits_back(shop: Shop, tmp_path: Path) -> None:
    shop.packs.install(*loaded(version(tmp_path / "a", "1.0.0", segments=BIG)))
    shop.segments.save(load_rule("name: big\nwhere: {orders: {gte: 7}}"))
    source, newer = loaded(version(tmp_path / "b", "2.0.0", segments=BIG.replace("5", "6")))
    _plan, act = shop.packs.upgrade(source, newer, {"*": Choice.THEIRS})
    assert shop.segments.get("big").source == "tea"
    undo_in_chunks(shop.database, act, "Ann")
    assert "gte: 7" in shop.segments.as_yaml("big")


def test_choices_are_read_from_words(shop: Shop, tmp_path: Path) -> None:
    shop.packs.install(*loaded(version(tmp_path / "a", "1.0.0", segments=BIG)))
    shop.segments.save(load_rule("name: big\nwhere: {orders: {gte: 7}}"))
    plan = shop.packs.plan(loaded(version(tmp_path / "b", "2.0.0", segments=BIG.replace("5", "6")))[1])
    assert choices_from(("theirs", "segments/big=mine"), plan) == {
        "*": Choice.THEIRS,
        "segments/big": Choice.MINE,
    }
    for word, reason in (
        ("ours", "'ours' says not whose"),
        ("segments/bog=mine", "about 'segments/bog': did you mean 'segments/big'"),
    ):
        with pytest.raises(UsageError, match=reason):
            choices_from((word,), plan)


def test_removing_leaves_what_the_shop_wrote(shop: Shop, write: Write) -> None:
    shop.packs.install(*loaded(write(segments=BIG, tags=TAGS)))
    shop.playbook.save("tags", "vip", {"title": {"zh": "我的", "en": "Mine"}})
    plan, act = shop.packs.remove("tea")
    assert states(plan) == {"segments/big": "removed", "tags/vip": "kept", "tags/old": "removed"}
    assert [(one.name, one.source) for one in shop.playbook.all("tags")] == [("vip", "shop")]
    undo_in_chunks(shop.database, act, "Ann")
    assert shop.segments.get("big").source == "tea"


def test_a_pack_that_others_need_is_not_removed(shop: Shop, write: Write) -> None:
    shop.packs.install(*loaded(write(segments=BIG)))
    shop.segments.save(load_rule("name: mine\nwhere: {segment: big}"))
    with pytest.raises(PackError, match="others need pack tea\nsegments/mine: "):
        shop.packs.remove("tea")
    assert shop.packs.all()


def test_a_pack_that_does_not_fit_the_shop_changes_nothing(shop: Shop, write: Write) -> None:
    for files, reason in (
        ({"segments": BIG.replace("orders:", "oders:")}, r"segments.yaml:3: big: .*'oders'.*did you mean 'orders'"),
        ({"segments": BIG.replace("{orders: {gte: 5}}", "{segment: nobody}")}, "no segment 'nobody'"),
        ({"segments": BIG.replace("gte: 5", "gte: many")}, "segments.yaml:3: big"),
        ({"articles": "a: {title: {zh: 文, en: A}, text: {zh: 字, en: T}, segments: [bigg]}", "segments": BIG}, "no segment 'bigg'"),
        ({"campaigns": "c: {title: {zh: 活, en: C}, body: {segment: nobody}}"}, "no segment 'nobody'"),
        ({"campaigns": "c: {title: {zh: 活, en: C}, body: {messages: {'*': {template: none}}}}"}, "no template 'none'"),
        ({"settings": "lapse: {from: 30}"}, "settings.yaml:1: .*lapse"),
        ({"presets": "p: {title: {zh: 表, en: P}, report: rfn}"}, "there is no report 'rfn'"),
        ({"pack": MANIFEST + "core: '>=99'"}, "needs crmcore >=99, this is .*: update the program"),
        ({"pack": MANIFEST + "plugins: {magic: ''}"}, "needs the plugin magic, which is not there"),
    ):  # fmt: skip
        folder = write_pack(write().parent / str(abs(hash(reason))), **files)
        with pytest.raises(CrmError, match=reason):
            shop.packs.install(*loaded(folder))
    assert (shop.packs.all(), shop.playbook.layers()) == ([], [])


def test_a_pack_cannot_break_the_shops_own_segments(shop: Shop, tmp_path: Path) -> None:
    shop.packs.install(*loaded(write_pack(tmp_path / "a", segments=BIG)))
    shop.segments.save(load_rule("name: mine\nwhere: {segment: big}"))
    cake = MANIFEST.replace("tea", "cake")
    circle = loaded(
        write_pack(tmp_path / "b", pack=cake, segments=BIG.replace("{orders: {gte: 5}}", "{segment: mine}"))
    )
    with pytest.raises(PackError, match=r"the shop's segment mine would break: .*circle"):
        shop.packs.install(*circle)
    assert [one.name for one in shop.packs.all()] == ["tea"]


def test_nothing_that_sends_is_switched_on(shop: Shop, write: Write) -> None:
    before = shop.documents.tables()
    plan = "win_back: {title: {zh: 唤回, en: Win back}, body: {purpose: promotion}}\n"
    shop.packs.install(*loaded(write(campaigns=plan)))
    assert shop.documents.tables() - before <= {"packs", "pack_layers"}
    entry = shop.playbook.get("campaigns", "win_back")
    assert entry is not None
    assert (entry.source, "state" in entry.body["body"]) == ("tea", False)


def test_verify_tells_what_was_changed_by_hand_and_what_the_source_says_now(
    shop: Shop, tmp_path: Path
) -> None:
    folder = version(tmp_path / "a", "1.0.0", tags=TAGS)
    shop.packs.install(*loaded(folder))
    assert [one.verdict for one in shop.packs.verify()] == [Verdict.WHOLE]
    version(folder, "1.0.0", tags=TAGS.replace("VIP", "Guest"))
    assert [one.verdict for one in shop.packs.verify("tea")] == [Verdict.DIFFERENT]
    version(folder, "1.2.0", tags=TAGS)
    (found,) = shop.packs.verify()
    assert (found.verdict, found.detail, found.fine) == (Verdict.NEWER, "1.2.0", True)
    assert found.words == f"as it was installed; its source has another version now: {found.detail}"
    folder.rename(tmp_path / "moved")
    assert [one.verdict for one in shop.packs.verify()] == [Verdict.GONE]
    table = shop.documents.table("pack_layers")
    table.update({"entries": {"vip": {"title": "other"}}}, where("pack") == "tea")
    (found,) = shop.packs.verify()
    assert (found.verdict, found.fine) == (Verdict.CHANGED, False)


def test_the_answers_of_the_shop_outlive_an_upgrade(shop: Shop, tmp_path: Path) -> None:
    asks = MANIFEST + "inputs:\n  n: {title: {zh: 数, en: N}, default: 5}\n"
    rule = BIG.replace("gte: 5", "gte: '${n}'")
    shop.packs.install(*loaded(write_pack(tmp_path / "a", pack=asks, segments=rule)), {"n": "9"})
    assert "gte: 9" in shop.segments.as_yaml("big")
    newer = loaded(
        write_pack(
            tmp_path / "b", pack=asks.replace("1.0.0", "1.0.1"), segments=rule.replace("Big", "Bigger")
        )
    )
    plan, _act = shop.packs.upgrade(*newer, {})
    assert plan.count(State.CHANGED) == 1
    assert "gte: 9" in shop.segments.as_yaml("big")
    shop.packs.upgrade(*newer, {}, {"n": "4"})
    assert "gte: 4" in shop.segments.as_yaml("big")


def test_settings_of_what_sends_are_the_shops_own(
    shop: Shop, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "phone,lapse")
    shop.plugins_changed()
    with pytest.raises(PackError, match=r"settings.yaml:1: plugin phone sends messages"):
        shop.packs.install(*loaded(write(settings="phone: {anything: 1}\n")))
    shop.packs.install(*loaded(write(settings="lapse: {bands: [30, 60]}\n")))
    assert {one.name for one in shop.segments.all()} == {"active", "lapsed_30", "lapsed_60"}


def test_what_a_pack_covers_is_told_though_a_plugin_brings_it(
    shop: Shop, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "lapse")
    shop.plugins_changed()
    files = {
        "segments": BIG.replace("big:", "active:"),
        "calendars": "double_11: {title: {zh: 双十一, en: Double 11}, kind: platform, day: 11-11}\n",
    }
    plan = shop.packs.plan(loaded(write(**files))[1])
    assert [(item.key, item.state.value, item.over) for item in plan.items] == [
        ("segments/active", "replaced", "lapse"),
        ("calendars/double_11", "replaced", "crmcore"),
    ]


def test_two_who_install_at_once_install_it_once(shop: Shop, write: Write) -> None:
    source, pack = loaded(write(tags=TAGS))
    with Shop.open(str(shop.database.url.render_as_string(hide_password=False)), actor="Bob") as other:
        other.packs.install(source, pack)
        with pytest.raises(CrmError, match="is installed already"):
            shop.packs.install(source, pack)
    assert len(shop.packs.all()) == 1


def test_a_kept_segment_whose_pack_is_gone_can_be_let_go(shop: Shop, write: Write) -> None:
    shop.packs.install(*loaded(write(segments=BIG)))
    shop.register.keep("big")
    shop.packs.remove("tea")
    assert shop.register.catch_up().problems == ("big: there is no such segment any more",)
    shop.register.drop("big")
    assert shop.register.kept() == []
    with pytest.raises(NotFoundError, match="no segment 'big'"):
        shop.register.drop("big")
