"""init, stats, `crm` alone, and which shop a command opens."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import MAPPING, ORDERS, Crm, Files


def test_init_makes_a_shop_that_can_be_opened(crm: Crm, tmp_path: Path) -> None:
    made = crm(
        "init", tmp_path / "new", "--lang", "en", "--timezone", "Europe/London", "--currency", "gbp", "--json"
    )
    assert made.code == 0
    folder = (tmp_path / "new").resolve()
    assert made.json == {
        "shop": str(folder),
        "database": f"sqlite:///{folder}/shop.db",
        "language": "en",
        "currency": "GBP",
        "time_zone": "Europe/London",
    }
    assert yaml.safe_load((folder / "shop.yaml").read_text("utf-8")) == {
        "database": "shop.db",
        "language": "en",
        "currency": "GBP",
        "time_zone": "Europe/London",
    }
    for name in ("plugins", "exports", "backups", "logs"):
        assert (folder / name).is_dir()
    assert crm("stats", "--json", shop=folder).json["currency"] == "GBP"


def test_init_speaks_the_language_it_is_given(crm: Crm, tmp_path: Path) -> None:
    assert "新建" in crm("init", tmp_path / "a", "--lang", "zh").out
    assert "Made a shop" in crm("init", tmp_path / "b", "--lang", "en").out


def test_init_makes_no_folder_of_a_database(crm: Crm) -> None:
    refused = crm("init", "postgresql://ann:s3cret@db.example/shop")
    assert (refused.code, "--database" in refused.err, "s3cret" in refused.err) == (2, True, False)
    assert not list(Path.cwd().glob("postgresql*"))


def test_init_switches_categories_on(crm: Crm, tmp_path: Path) -> None:
    made = crm("init", tmp_path / "a", "--lang", "en", "--category", "cosmetics")
    assert "Switched on: cosmetics." in made.out
    listed = crm("plugin", "list", "--json", shop=tmp_path / "a").json["plugins"]
    states = {one["name"]: one["state"] for one in listed}
    assert states["cosmetics"] == "on"
    refused = crm("init", tmp_path / "b", "--lang", "en", "--category", "cosmetic")
    assert refused.code == 2
    assert "did you mean 'cosmetics'?" in refused.err
    assert not (tmp_path / "b").exists()


def test_init_takes_the_language_of_the_locale(
    crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert crm("init", tmp_path / "a", "--json").json["language"] == "zh"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--currency", "yuan"], 2, "not a currency"),
        (["--timezone", "Mars/Olympus"], 2, "unknown time zone"),
        (["--database", "mysql://localhost/shop"], 1, "SQLite or PostgreSQL"),
        (["--database", "postgresql://u:secret@127.0.0.1:1/nothing"], 1, "does not answer"),
    ],
)
def test_init_refuses_what_cannot_be(
    crm: Crm, tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    shown = crm("init", tmp_path / "new", *words)
    assert (shown.code, shown.out) == (code, "")
    assert said in shown.err
    assert "secret" not in shown.err
    assert not (tmp_path / "new" / "shop.yaml").exists()


def test_init_never_overwrites(crm: Crm, shop_folder: Path) -> None:
    before = (shop_folder / "shop.yaml").read_bytes()
    shown = crm("init", shop_folder, "--currency", "USD")
    assert shown.code == 1
    assert "already" in shown.err
    assert (shop_folder / "shop.yaml").read_bytes() == before


def test_a_second_machine_joins_a_shop_on_postgresql(
    crm: Crm, tmp_path: Path, empty_postgresql_url: str
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert crm("init", first, "--currency", "USD", "--database", empty_postgresql_url).code == 0
    assert crm("customer", "add", "--name", "Ann", shop=first).code == 0
    wrong = crm("init", second, "--currency", "EUR", "--database", empty_postgresql_url)
    assert wrong.code == 1
    assert "USD" in wrong.err
    joined = crm("init", second, "--currency", "USD", "--database", empty_postgresql_url)
    assert joined.code == 0, joined.err
    assert crm("stats", "--json", shop=second).json["customers"] == 1
    assert crm("stats", "--json", shop=empty_postgresql_url).json["customers"] == 1


def test_stats_of_an_empty_shop(crm: Crm, shop_folder: Path) -> None:
    assert crm("stats", "--json", shop=shop_folder).json == {
        "customers": 0,
        "anonymous_orders": 0,
        "interactions": {},
        "orders": 0,
        "order_lines": 0,
        "ordered_total": 0,
        "paid_total": 0,
        "refunded_total": 0,
        "currency": "CNY",
        "other_currencies": {},
    }


def test_stats_count_every_order_and_keep_currencies_apart(crm: Crm, filled: Path, files: Files) -> None:
    files.mapping.write_text(MAPPING.format(currency="USD"), "utf-8")
    abroad = files.orders.with_name("abroad.csv")
    lines = ORDERS.replace("13800138000", "+8613800138000").splitlines()[:3]
    abroad.write_text("\n".join(lines) + "\n", "utf-8")
    brought = crm("import", abroad, "--mapping", files.mapping, "--source", "corner:us", shop=filled)
    assert brought.code == 0, brought.err
    crm("log", 1, "chat", "hello", shop=filled)
    found = crm("stats", "--json", shop=filled).json
    assert found == {
        "customers": 2,
        "anonymous_orders": 1,
        "interactions": {"chat": 1},
        "orders": 5,
        "order_lines": 7,
        "ordered_total": 93_980,
        "paid_total": 87_990,
        "refunded_total": 10_000,
        "currency": "CNY",
        "other_currencies": {
            "USD": {"orders": 1, "ordered_total": 52_000, "paid_total": 52_000, "refunded_total": 0}
        },
    }
    shown = crm("stats", shop=filled).out
    assert "939.80 CNY" in shown
    assert "520.00 USD" in shown


def test_merged_customers_count_once(crm: Crm, filled: Path) -> None:
    crm("customer", "merge", 1, 2, shop=filled)
    assert crm("stats", "--json", shop=filled).json["customers"] == 1


def test_crm_alone_says_where_we_are_and_what_comes_next(crm: Crm, filled: Path) -> None:
    shown = crm(shop=filled)
    assert shown.code == 0
    assert str(filled) in shown.out
    assert "2 customers, 4 orders" in shown.out
    assert "crm segment list" in shown.out


def test_which_shop_is_opened(
    crm: Crm, shop_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, currency in (("named", "USD"), ("environ", "EUR"), ("upward", "GBP")):
        assert crm("init", tmp_path / name, "--currency", currency, "--lang", "en").code == 0

    def currency(shop: object = None) -> str:
        return str(crm("stats", "--json", shop=shop).json["currency"])

    crm("stats", shop=shop_folder)
    assert currency() == "CNY"  # the one opened last
    deep = tmp_path / "upward" / "exports" / "deep"
    deep.mkdir()
    monkeypatch.chdir(deep)
    assert currency() == "GBP"
    monkeypatch.setenv("CRM_SHOP", str(tmp_path / "environ"))
    assert currency() == "EUR"
    assert currency(tmp_path / "named") == "USD"
    assert currency(tmp_path / "named" / "shop.yaml") == "USD"
    assert currency(f"sqlite:///{tmp_path}/named/shop.db") == "USD"
    assert currency(tmp_path / "named" / "shop.db") == "USD"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("currency: USD\n", "put currency: CNY back"),
        ("time_zone: Europe/London\n", "put time_zone: Asia/Shanghai back"),
        ("colour: red\n", "unknown key 'colour'"),
        ("currency: 12\n", "currency must be text"),
        ("language: fr\n", "unknown language"),
        ("- a list\n", "must hold the keys"),
        ("a: [\n", "cannot be read"),
        ("database: nowhere.db\n", "is missing"),
        ("database: mysql://host/shop\n", "SQLite or PostgreSQL"),
    ],
)
def test_a_shop_file_that_cannot_be_used_is_told(crm: Crm, shop_folder: Path, text: str, said: str) -> None:
    (shop_folder / "shop.yaml").write_text(text, "utf-8")
    shown = crm("stats", shop=shop_folder)
    assert (shown.code, shown.out) == (1, "")
    assert said in shown.err
    assert not (shop_folder / "nowhere.db").exists()


def test_the_folder_decides_the_language_of_its_people(crm: Crm, shop_folder: Path) -> None:
    (shop_folder / "shop.yaml").write_text("language: en\n", "utf-8")
    assert "Customers" in crm("stats", shop=shop_folder).out
    (shop_folder / "shop.yaml").write_text("language: zh\n", "utf-8")
    assert "客户" in crm("stats", shop=shop_folder).out


def test_something_that_is_no_database_is_told(crm: Crm, shop_folder: Path) -> None:
    (shop_folder / "shop.db").write_text("order,buyer\n", "utf-8")
    shown = crm("stats", shop=shop_folder)
    assert shown.code == 1
    assert "not a database" in shown.err
