"""From one shop to another: the same members on the same data, nobody's data in between."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmcore.calendar.calendar import add
from crmcore.calendar.entries import from_document
from crmcore.errors import CrmError
from crmcore.messages.template import load_template
from crmcore.packs.exporting import Wish
from crmcore.packs.faults import PackError
from crmcore.packs.sources import find_source
from crmcore.people import Changes, People
from crmcore.records.identity import buyer_identity
from crmcore.records.own_field import TYPES
from crmcore.rules.yaml import load_rule
from crmcore.shop import Shop
from crmcore.store import schema
from crmcore.store.identities import add_identity
from crmcore.store.playbook_tables import FAMILIES
from tests.packs.conftest import BIG, Write, loaded, opened

WISH = Wish("ours", "1.0.0", {"zh": "我们的", "en": "Ours"}, ("Ann",), {})
RULES = (
    "name: loyal\ntitle: {zh: 忠诚, en: Loyal}\nparams: {n: 3}\nwhere: {orders: {gte: $n}}",
    "name: quiet\ntitle: {zh: 沉默, en: Quiet}\nwhere: {all: [{segment: loyal}, {days_since_last_order: {gte: 13}}]}",
    "name: top\ntitle: {zh: 大户, en: Top}\nparams: {cut: {top_share: {field: total_spent, share: 0.5}}}\nwhere: {total_spent: {gte: $cut}}",
    "name: lately\ntitle: {zh: 最近, en: Lately}\nwhere: {lines: {any: [{category: {in: [茶, 咖啡]}}, {at: {gte: 2026-01-15}}]}}",
)  # fmt: skip


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of orders of twelve people."""
    folder = tmp_path_factory.mktemp("orders")
    rows = ["Number,Buyer,Name,Phone,Day,Sku,Category,Total"]
    for number in range(40):
        buyer = number * 5 % 12 if number < 24 else number * number % 12
        day = date(2026, 1, 1) + timedelta(days=number)
        category = ("茶", "咖啡", "杯子")[number % 3]
        rows.append(
            f"ZX90{number:04},b{buyer},王美丽{buyer},1380013{buyer:04},{day},s{number % 3},{category},{10 + number}"
        )
    (folder / "orders.csv").write_text("\n".join(rows), "utf-8")
    (folder / "till.yaml").write_text(
        "platform: till\nrecord: order_line\ncolumns: {order_ref: Number, buyer_ref: Buyer, name: Name, "
        "phone: Phone, placed_at: Day, sku: Sku, category: Category, line_total: Total, order_total: Total}\n",
        "utf-8",
    )
    return folder / "orders.csv"


def members(shop: Shop) -> dict[str, list[str]]:
    """Who is in each segment, by the names of customers: ids differ from shop to shop."""
    day = date(2026, 2, 20)
    return {
        name: sorted(member.name for member in shop.segments.members(name, day, limit=None).customers)
        for name in ("loyal", "quiet", "top", "lately")
    }


def test_a_pack_of_one_shop_finds_the_same_people_in_another(
    sqlite_url: str, postgresql_url: str, orders: Path, tmp_path: Path
) -> None:
    with opened(sqlite_url) as one:
        one.imports.run([orders], mapping=orders.with_name("till.yaml"))
        for rule in RULES:
            one.segments.save(load_rule(rule))
        exported, looked = one.packs.export(WISH, tmp_path / "ours.crmpack")
        assert (len(exported.documents["segments"]), looked > 20) == (4, True)
        expected = members(one)
    with opened(postgresql_url) as other:
        other.imports.run([orders], mapping=orders.with_name("till.yaml"))
        source = find_source(str(tmp_path / "ours.crmpack"))
        other.packs.install(source, source.load())
        assert members(other) == expected
    assert all(expected.values())
    assert len(expected["loyal"]) < 12


@pytest.fixture(scope="module")
def filled_file(sqlite_template: Path, orders: Path) -> Path:
    """A shop of these people and one more, to be copied."""
    path = Path(shutil.copyfile(sqlite_template, orders.with_name("filled.db")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRM_PLUGINS", "")
        patch.setenv("HOME", str(orders.parent))
        with opened(f"sqlite:///{path}") as shop:
            shop.imports.run([orders], mapping=orders.with_name("till.yaml"))
            profile = {"nickname": "圆圆的月亮", "address": "虚构路 88 弄 6 号 1203 室"}
            People(shop).add(Changes({"name": "Margaret Thatcher", **profile}))
            with shop.write("a buyer's id without a digit") as write:
                add_identity(write, 1, buyer_identity("Moonlit_Rabbit", "taobao"))
    return path


@pytest.fixture
def filled(filled_file: Path, tmp_path: Path) -> Iterator[Shop]:
    copy = shutil.copyfile(filled_file, tmp_path / "filled.db")
    with opened(f"sqlite:///{copy}") as shop:
        yield shop


SOMEBODYS = {
    "打 138 0013 0007 问": "a phone",
    "call +86-21-6200 1234": "a phone",
    "她的电话13800130007，晚上打": "a phone",
    "打138.0013.0007.": "a phone",
    "打１３８００１３０００７": "a phone",
    "打138\u200b0013\u200b0007": "a phone",
    "寄给someone＠example.org": "an e-mail address",
    "口令 0123456789abcdef0123456789abcdef": "a key or password",
    "write to someone@example.org": "an e-mail address",
    "310104199003071234": "identity card",
    "key sk-abcdEFGH1234567890zz": "a key or password",
    "Zq9xT7bW2mK4vL8pR3nJ6yHs": "a key or password",
    "问问王美丽3她怎么看": "'王美丽3' is the name",
    "ask margaret thatcher first": "is the name of a customer",
    "像圆圆的月亮那样": "is the nickname",
    "寄到虚构路 88 弄 6 号 1203 室": "is the address",
    "像Moonlit_Rabbit那样": "is the identity",
    "订单 ZX900007 那次": "'ZX900007' is the order number",
}


def test_nobodys_data_leaves_the_shop(filled: Shop, tmp_path: Path) -> None:
    for text, reason in SOMEBODYS.items():
        body = {"title": {"zh": "文", "en": "A"}, "text": {"zh": "正文", "en": text}}
        filled.playbook.save("articles", "a", body)
        with pytest.raises(PackError) as error:
            filled.packs.export(WISH, tmp_path / "ours")
        found = [fault.where for fault in error.value.faults if reason in fault.text]
        assert found == ["articles/a.text.en"], text
        assert "13800130007" not in str(error.value).replace(" ", "")
    assert not (tmp_path / "ours").exists()


def test_names_stand_nowhere_in_a_pack_not_even_in_rules_and_keys(filled: Shop, tmp_path: Path) -> None:
    filled.segments.save(load_rule("name: her\ntitle: {zh: 她, en: Her}\nwhere: {tags: {has: 王美丽3}}"))
    filled.playbook.save(
        "tags",
        "margaret",
        {"title": {"zh": "贵宾", "en": "VIP"}, "description": {"zh": "她", "en": "Margaret Thatcher"}},
    )
    asked = {"title": {"zh": "日报", "en": "Daily"}, "report": "sales", "set": {"王美丽3": "day"}}
    filled.playbook.save("presets", "daily", asked)
    with pytest.raises(PackError) as error:
        filled.packs.export(WISH, tmp_path / "ours")
    assert [fault.where for fault in error.value.faults] == [
        "segments/her.where.tags.has",
        "tags/margaret.description.en",
    ]
    filled.segments.remove("her")
    filled.playbook.remove("tags", "margaret")
    with pytest.raises(PackError) as error:
        filled.packs.export(WISH, tmp_path / "ours")
    assert [fault.where for fault in error.value.faults] == ["presets/daily.set"]


def test_where_an_order_went_stays_in_the_shop(filled: Shop, tmp_path: Path) -> None:
    with filled.write("sent on") as write:
        write.connection.execute(sa.update(schema.orders).values(address="文三路 99 号 1 幢"))
    said = {"zh": "客户住在文三路 99 号 1 幢", "en": "A"}
    filled.playbook.save("articles", "a", {"title": {"zh": "文", "en": "A"}, "text": said})
    with pytest.raises(PackError) as error:
        filled.packs.export(WISH, tmp_path / "ours")
    assert [fault.where for fault in error.value.faults] == ["articles/a.text.zh"]
    assert "is the address of a customer" in str(error.value)


PLANTED = ("ask margaret thatcher", "打 13800130007", "key sk-abcdEFGH1234567890zz", "a@example.org")


def _with_one_text(family: str, text: str) -> dict[str, object]:
    """A sound document of the family in which that text stands somewhere that people write."""
    both = {"zh": "甲", "en": text}
    titled = {"title": both}
    found: dict[str, dict[str, object]] = {
        "mappings": {"platform": "x", "record": "order", "columns": {"order_ref": text, "placed_at": "B"}},
        "templates": {**titled, "purpose": "service", "text": {"zh": "您好", "en": "Hello"}},
        "calendars": {**titled, "day": "11-11"},
        "bands": {**titled, "field": "orders", "edges": [1, 2]},
        "benchmarks": {**titled, "unit": "share", "low": 1},
        "regions": {"tiers": {"1": [text]}},
        "fields": {**titled, "type": "text", "choices": [text]},
        "texts": {"text": both},
        "presets": {**titled, "report": "sales", "set": {"note": text}},
        "settings": {"words": [text]},
        "articles": {**titled, "text": both},
        "dashboards": {**titled, "tiles": [{"report": "sales", "set": {"by": text}}]},
        "campaigns": {**titled, "body": {"about": text}},
    }
    return found.get(family, {**titled, "where": {"orders": {"gte": 1}}} if family == "segments" else titled)


@pytest.mark.parametrize("family", FAMILIES)
def test_whatever_the_family_somebodys_data_and_secrets_stay(
    filled: Shop, tmp_path: Path, family: str
) -> None:
    for text in PLANTED:
        name = "city_tiers" if family == "regions" else "planted"
        filled.playbook.save(family, name, _with_one_text(family, text))
        with pytest.raises(PackError) as error:
            filled.packs.export(WISH, tmp_path / "ours")
        assert any(fault.where.startswith(f"{family}/{name}") for fault in error.value.faults), text
        assert text not in str(error.value)
    assert not (tmp_path / "ours").exists()


def test_a_common_word_can_be_allowed_and_ordinary_texts_pass(filled: Shop, tmp_path: Path) -> None:
    People(filled).add(Changes({"name": "双十一"}))
    body = {
        "title": {"zh": "双十一怎么备货", "en": "Double eleven"},
        "text": {
            "zh": "2026-11-11 前 15 天，满 299 减 30",
            "en": "15 days before 2026-11-11; 12,000 people; 1,234.50",
        },
    }
    filled.playbook.save("articles", "a", body)
    with pytest.raises(PackError, match="say with --allow"):
        filled.packs.export(WISH, tmp_path / "ours")
    wish = Wish(**{**WISH.__dict__, "allowed": frozenset({"双十一"})})
    filled.packs.export(wish, tmp_path / "ours")
    with pytest.raises(CrmError, match="is there already"):
        filled.packs.export(wish, tmp_path / "ours")


def test_secrets_by_name_stay_in_the_shop(shop: Shop, tmp_path: Path) -> None:
    shop.documents.table("plugins").insert({"name": "sms", "settings": {"api_key": "abc", "sign": "店"}})
    with pytest.raises(PackError, match=r"settings/sms.api_key: the setting api_key looks like a secret"):
        shop.packs.export(WISH, tmp_path / "ours")


def test_export_takes_what_is_asked_for_and_what_that_needs(shop: Shop, write: Write, tmp_path: Path) -> None:
    with pytest.raises(CrmError, match="nothing of its own yet"):
        shop.packs.export(WISH, tmp_path / "ours")
    shop.packs.install(*loaded(write(segments=BIG)))
    for rule in RULES:
        shop.segments.save(load_rule(rule))
    shop.segments.save(
        load_rule("name: both\ntitle: {zh: 都, en: Both}\nwhere: {all: [{segment: quiet}, {segment: big}]}")
    )
    shop.playbook.save("tags", "vip", {"title": {"zh": "贵宾", "en": "VIP"}})

    def taken(*names: str, everything: bool = False) -> set[str]:
        wish = Wish(**{**WISH.__dict__, "names": names, "everything": everything})
        exported, _looked = shop.packs.export(wish, tmp_path / f"p{len(list(tmp_path.iterdir()))}")
        return {f"{family}/{name}" for family, bodies in exported.documents.items() for name in bodies}

    rules = {
        "segments/loyal",
        "segments/quiet",
        "segments/top",
        "segments/lately",
        "segments/both",
        "segments/big",
    }
    assert taken("segments/both") == {"segments/both", "segments/quiet", "segments/loyal", "segments/big"}
    assert taken("tags") == {"tags/vip"}
    assert taken() == rules | {"tags/vip"}
    with pytest.raises(CrmError, match="no 'segments/nobody'"):
        taken("segments/nobody")


def test_fields_days_and_bands_of_the_shop_go_along_and_are_no_plugins(
    shop: Shop, postgresql_url: str, tmp_path: Path
) -> None:
    title = {"zh": "甲", "en": "A"}
    for kind in TYPES:
        shop.playbook.save("fields", f"own_{kind}", {"title": title, "type": kind})
    shop.plugins_changed()  # whoever saves a field has the cards fitted anew
    shop.playbook.save("calendars", "own_day", {"title": title, "day": "09-09"})
    shop.playbook.save("bands", "often", {"title": title, "field": "own_int", "edges": [2, 5]})
    shop.playbook.save("regions", "city_tiers", {"tiers": {"1": ["杭州"]}})
    rules = {
        "fits": "[own_text: {eq: a}, own_number: {gt: 1.5}, days_since_own_date: {lt: 9}, own_bool: {eq: true}]",
        "near": "[days_until_own_day: {lte: 9}, {segment: often_2}, own_money: {gte: 9.5}, own_list: {has: a}]",
        "then": "[orders: {any: [during: {in: [own_day 2025]}]}, city_tier: {eq: 1}]",
    }
    for name, where in rules.items():
        shop.segments.save(load_rule(f"name: {name}\ntitle: {{zh: 甲, en: A}}\nwhere: {{all: {where}}}"))
    words = {"name": "hello", "purpose": "service", "title": title, "text": "{{ own_text }}，您好"}
    shop.templates.save(load_template(words))
    needs = {
        "segments/fits": {"fields/own_text", "fields/own_number", "fields/own_date", "fields/own_bool"},
        "segments/near": {
            "calendars/own_day", "bands/often", "fields/own_int", "fields/own_money", "fields/own_list"
        },
        "segments/then": {"calendars/own_day", "regions/city_tiers"},
        "templates/hello": {"fields/own_text"},
    }  # fmt: skip
    for number, (name, needed) in enumerate(needs.items()):
        wish = Wish(**{**WISH.__dict__, "names": (name,)})
        exported, _looked = shop.packs.export(wish, tmp_path / str(number))
        taken = {f"{family}/{one}" for family, bodies in exported.documents.items() for one in bodies}
        assert taken == {name, *needed}
    first, again = tmp_path / "ours.crmpack", tmp_path / "again.crmpack"
    shop.packs.export(WISH, first)
    with opened(postgresql_url) as other:
        source = find_source(str(first))
        other.packs.install(source, source.load())
        other.packs.export(Wish(**{**WISH.__dict__, "everything": True}), again)
    assert again.read_bytes() == first.read_bytes()


def test_an_exported_pack_is_what_it_was(shop: Shop, tmp_path: Path) -> None:
    for rule in RULES:
        shop.segments.save(load_rule(rule))
    text = "第一行\n第二行: 有冒号 # 不是注释\n\n  缩进的一行\n"
    shop.playbook.save(
        "articles", "a", {"title": {"zh": "文", "en": "A"}, "text": {"zh": text, "en": " yes\n"}}
    )
    packs = []
    for target in (tmp_path / "ours", tmp_path / "ours.crmpack", tmp_path / "ours.yaml"):
        shop.packs.export(WISH, target)
        packs.append(find_source(str(target)).load())
    assert len({pack.digest for pack in packs}) == 1
    assert packs[0].documents()["articles"]["a"]["text"] == {"zh": text, "en": " yes\n"}
    assert packs[0].manifest.plugins == {}
    assert dict(packs[0].documents()["segments"]["top"]) == dict(shop.playbook.get("segments", "top").body)  # type: ignore[union-attr]


def test_what_a_shop_said_in_one_language_and_made_by_its_own_ways_can_be_shared(
    shop: Shop, tmp_path: Path
) -> None:
    shop.segments.save(load_rule("name: quiet\nwhere: {orders: {eq: 0}}"))
    shop.templates.save(load_template({"name": "hello", "purpose": "service", "text": "您好，#客户昵称#"}))
    shop.templates.save(
        load_template(
            {"name": "zh_only", "purpose": "service", "title": {"zh": "问候"}, "text": {"zh": "您好"}}
        )
    )
    entry = from_document({"name": "own_day", "title": "店庆", "day": "09-09"})
    add(shop.playbook, entry, date(2026, 3, 5))
    plan = {"segment": "quiet", "messages": {"*": {"template": "hello"}}, "title": "写给新客"}
    shop.playbook.save("campaigns", "welcome", {"body": plan, "title": "写给新客"})
    wish = Wish(**{**WISH.__dict__, "names": ("campaigns",)})
    exported, _looked = shop.packs.export(wish, tmp_path / "plans")
    assert {family: list(bodies) for family, bodies in exported.documents.items()} == {
        "segments": ["quiet"], "templates": ["hello"], "campaigns": ["welcome"],
    }  # fmt: skip
    shop.packs.export(WISH, tmp_path / "ours")
    pack = find_source(str(tmp_path / "ours")).load()
    assert pack.documents()["templates"]["zh_only"]["text"] == {"zh": "您好", "en": "您好"}
    assert pack.documents()["segments"]["quiet"]["title"] == {"zh": "quiet", "en": "quiet"}
    assert pack.documents()["calendars"]["own_day"]["title"] == {"zh": "店庆", "en": "店庆"}
    assert pack.documents()["campaigns"]["welcome"]["body"] == plan
