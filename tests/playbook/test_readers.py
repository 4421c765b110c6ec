"""What reads the playbook takes what packs lay there: segments, mappings, plugins' settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmcore import plugin_choices
from crmcore.errors import MappingError, NotFoundError, RuleError
from crmcore.rules.yaml import load_rule
from crmcore.shop import Shop
from crmcore.store.changes import list_changes
from crmcore.store.playbook_tables import LAYERS
from tests.playbook.test_playbook import lay


@pytest.fixture
def shop(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("HOME", str(tmp_path))
    with Shop.open(sqlite_url, actor="test") as opened:
        yield opened


def test_a_packs_segment_is_one_and_the_shop_may_write_its_own_over_it(shop: Shop) -> None:
    lay(shop.playbook, "starter", 1, "segments", big={"where": {"orders": {"gte": 5}}})
    assert shop.segments.get("big").source == "starter"
    with pytest.raises(NotFoundError, match="no segment 'big' of its own"):
        shop.segments.remove("big")
    shop.segments.save(load_rule("name: big\nwhere: {orders: {gte: 9}}"))
    shop.segments.save(load_rule("name: bigger\nwhere: {segment: big}"))
    assert shop.segments.get("big").source == "shop"
    shop.segments.remove("big")  # another one needs it, and finds the pack's
    assert shop.segments.get("big").source == "starter"
    assert "gte: 5" in shop.segments.as_yaml("big")


def test_a_packs_segment_that_cannot_be_used_says_why(shop: Shop) -> None:
    lay(shop.playbook, "starter", 1, "segments", odd={"where": {"orders": {"near": 5}}})
    assert "'near' is no operator" in str(shop.segments.get("odd").error)
    with pytest.raises(RuleError, match="odd cannot be used"):
        shop.segments.count("odd")


def test_a_mapping_of_the_playbook_reads_files_by_its_name(shop: Shop, tmp_path: Path) -> None:
    columns = {"order_ref": "No", "buyer_ref": "Buyer", "placed_at": "Day", "order_total": "Total"}
    lay(
        shop.playbook,
        "starter",
        1,
        "mappings",
        till={"platform": "till", "record": "order", "columns": columns},
    )
    lay(shop.playbook, "starter", 1, "mappings", odd={"platform": "till"})
    file = tmp_path / "till.csv"
    file.write_text("No,Buyer,Day,Total\n1,ann,2026-01-05,10\n", "utf-8")
    (first,) = shop.imports.run([file], as_name="till")
    (again,) = shop.imports.run([file], mapping=Path("till"))
    assert (first.counts.new, again.counts.same) == (1, 1)
    (row, _other) = shop.imports.all()
    assert (
        "order_ref: 'No'" in row.options["mapping"]
    )  # what it takes to resume, whatever becomes of the pack
    with pytest.raises(MappingError, match="odd: the key 'record' is missing"):
        shop.imports.run([file], as_name="odd")
    with pytest.raises(NotFoundError, match=r"there are: .*odd.*till"):
        shop.imports.run([file], as_name="tlil")


def test_a_packs_settings_hold_key_by_key_until_the_shop_says_otherwise(shop: Shop) -> None:
    lay(shop.playbook, "starter", 1, "settings", lapse={"from": 30, "to": 60})
    lay(shop.playbook, "later", 2, "settings", lapse={"to": 90})
    assert plugin_choices.read(shop.documents).settings == {"lapse": {"from": 30, "to": 90}}
    plugin_choices.keep_settings(shop.documents, "lapse", {"from": 10})
    assert plugin_choices.read(shop.documents).settings == {"lapse": {"from": 10, "to": 90}}
    shop.documents.table(LAYERS).truncate()
    assert plugin_choices.read(shop.documents).settings == {"lapse": {"from": 10}}


def test_the_list_of_changes_tells_what_became_of_a_document(shop: Shop) -> None:
    for days in (30, 60):
        shop.playbook.save("segments", "away", {"where": {"days_since_last_order": {"gte": days}}})
    shop.playbook.remove("segments", "away")
    with shop.database.read() as connection:
        told = [one.why for one in list_changes(connection, limit=3)]
    assert told == ["segments: removed away", "segments: changed away", "segments: added away"]
