"""What was refused outlives a restore: carried over, read from a list, or waited for."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmcore import moving, restoring
from crmcore.campaigns import refusals, work
from crmcore.errors import CrmError, UsageError
from crmcore.records.sending import Reason
from crmcore.shop import Shop
from crmcore.store.merging import merge
from crmcore.store.suppressing import suppress, suppress_person
from tests.campaigns.conftest import World
from tests.conftest import NOW

DAY = 86_400


def say_no(world: World, by_word: int, address_of: int, for_ever: int) -> None:
    """One said no to e-mail, one's address came onto the list, one wants nothing whatever."""
    with world.shop.write("noes") as write:
        world.says(write, by_word, "denied", channel="pigeon", at=NOW + 5)
        suppress(write, [("email", f"p{address_of}@x.cn")], at=NOW, source="test", reason="=cmd")
        suppress_person(write, for_ever, at=NOW, source="test", reason=None)


def test_a_restore_keeps_every_no_that_the_shop_knew(world: World, tmp_path: Path) -> None:
    stays, by_word, by_address, for_ever = (world.person(f"P{number}") for number in range(4))
    name = world.campaign()
    moving.backup(world.shop, tmp_path / "b.db")
    newer = world.person("came after the backup")
    say_no(world, by_word, by_address, for_ever)
    with world.shop.write("no") as write:
        world.says(write, newer, "denied", at=NOW + 5)
    folder = str(world.shop.place.folder)
    restoring.restore(folder, tmp_path / "b.db")
    plan = world.campaigns.plan(name)
    assert (plan.chosen, plan.audience) == (1, 4)
    assert plan.reasons == {Reason.REFUSED: 1, Reason.BAD_ADDRESS: 1, Reason.SUPPRESSED: 1}
    world.campaigns.send(name)
    assert set(world.arrived()) == {f"p{stays}@x.cn"}
    # Who is not known any more cannot come back by an import and be written to.
    again = world.person("the newer one again")
    assert again == newer
    world.go_to(NOW + 40 * DAY)
    assert world.campaigns.plan(world.campaign("later")).reasons[Reason.BAD_ADDRESS] == 2


def test_a_yes_takes_back_only_what_the_same_person_said_before_it(world: World, tmp_path: Path) -> None:
    """Yes and no in one second; and two records, one no and one yes, that were merged afterwards."""
    both, one, other = world.person("both"), world.person("one"), world.person("other")
    name = world.campaign()
    moving.backup(world.shop, tmp_path / "b.db")
    with world.shop.write("said") as write:
        world.says(write, both, "granted", at=NOW)
        world.says(write, both, "denied", at=NOW)
        world.says(write, one, "denied", at=NOW - 500)
        world.says(write, other, "granted", at=NOW - 400)
    with world.shop.write("one person", kind="merge") as write:
        merge(write, other, one)
    assert world.campaigns.plan(name).chosen == 0
    restoring.restore(str(world.shop.place.folder), tmp_path / "b.db")
    plan = world.campaigns.plan(name)
    assert (plan.chosen, plan.reasons) == (0, {Reason.REFUSED: 3})


def test_a_restore_that_ends_before_it_carried_them_over_leaves_a_shop_that_waits(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = world.person("A")
    name = world.campaign()
    moving.backup(world.shop, tmp_path / "b.db")
    with world.shop.write("no") as write:
        world.says(write, who, "denied", at=NOW + 5)
    folder = str(world.shop.place.folder)
    with monkeypatch.context() as killed:
        killed.setattr(refusals, "take", lambda *_args: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            restoring.restore(folder, tmp_path / "b.db")
    # Another restore does not know who said no either: its shop waits as that one did.
    for _turn in range(2):
        with pytest.raises(CrmError, match="is not known after the restore, so no promotion goes out"):
            world.campaigns.send(name)
        restoring.restore(folder, tmp_path / "b.db")
    assert not world.arrived()
    assert [one.name for one in (Path(folder) / "backups").iterdir() if one.is_dir()] == []


def test_where_the_database_was_lost_promotions_wait_for_the_list(world: World, tmp_path: Path) -> None:
    stays, by_word, by_address, for_ever = (world.person(f"P{number}") for number in range(4))
    name = world.campaign()
    moving.backup(world.shop, tmp_path / "b.db")
    say_no(world, by_word, by_address, for_ever)
    assert (
        refusals.export(world.shop, tmp_path / "noes.csv") == 7
    )  # three addresses for each of two, one alone
    folder = world.shop.place.folder
    assert folder is not None
    world.shop.close()
    for file in folder.glob("shop.db*"):
        file.unlink()
    restoring.restore(str(folder), tmp_path / "b.db")
    with Shop.open(folder, actor="test") as shop:
        with pytest.raises(CrmError, match="is not known after the restore, so no promotion goes out"):
            shop.campaigns.send(name)
        with pytest.raises(UsageError, match="in a sentence"):
            refusals.declare_complete(shop, "no")
        told = refusals.read_file(shop, tmp_path / "noes.csv")
        assert (told.read, told.added, told.same, told.problems) == (7, 3, 4, [])
        assert refusals.read_file(shop, tmp_path / "noes.csv").added == 0
        plan = shop.campaigns.plan(name)
        assert plan.reasons == {Reason.REFUSED: 1, Reason.BAD_ADDRESS: 1, Reason.SUPPRESSED: 1}
        shop.campaigns.resume(name) if shop.campaigns.get(name).row.state == "paused" else None
        with shop.database.read() as connection:
            refusals.refuse_while_missing(connection)
    assert stays


def test_a_yes_that_came_after_a_no_is_not_undone_by_a_list(world: World, tmp_path: Path) -> None:
    who = world.person("A")
    with world.shop.write("no, then yes") as write:
        world.says(write, who, "denied", at=NOW - 500)
        world.says(write, who, "granted", at=NOW - 400)
    assert refusals.export(world.shop, tmp_path / "noes.csv") == 0
    row = f"email,,p{who}@x.cn,said,*,promotion,2020-05-01T10:00:00Z,\n"
    file = tmp_path / "old.csv"
    file.write_text(",".join(refusals.COLUMNS) + "\n" + row, "utf-8")
    assert refusals.read_file(world.shop, file).added == 1
    assert world.campaigns.plan(world.campaign()).chosen == 1


def test_nobody_is_rung_either_while_it_is_not_known_who_said_no(world: World) -> None:
    world.person("A")
    world.campaigns.send(world.campaign(channels=["calls"]))
    world.lost_its_database()
    with pytest.raises(CrmError, match="is not known after the restore, so no promotion goes out"):
        work.take_next(world.shop, "spring", "calls")
    refusals.declare_complete(world.shop, "the phone shop keeps a list, and it is empty")
    assert work.take_next(world.shop, "spring", "calls") is not None


@pytest.mark.parametrize("year", ["0001", "1969", "9999"])
def test_a_no_of_an_impossible_time_is_a_no(world: World, tmp_path: Path, year: str) -> None:
    who = world.person("A", yes="")
    world.basis()
    file = tmp_path / "noes.csv"
    row = f"email,,p{who}@x.cn,said,*,promotion,{year}-05-01T10:00:00Z,\n"
    file.write_text(",".join(refusals.COLUMNS) + "\n" + row, "utf-8")
    assert refusals.read_file(world.shop, file).added == 1
    assert world.campaigns.plan(world.campaign()).reasons == {Reason.REFUSED: 1}
    assert refusals.read_file(world.shop, file).same == 1


def test_rows_that_are_no_refusal_are_told_and_leave_the_shop_waiting(world: World, tmp_path: Path) -> None:
    who = world.person("A")
    file = tmp_path / "noes.csv"
    rows = [
        ",".join(refusals.COLUMNS),
        "email,,a@x.cn,maybe,*,promotion,2026-05-01T10:00:00Z,",
        "email,,,address,,,2026-05-01T10:00:00Z,",
        "email,,a@x.cn,said,*,whatever,2026-05-01T10:00:00Z,",
        "email,,a@x.cn,address,,,yesterday,",
        f"email,,p{who}@x.cn,said,*,promotion,2100-05-01T10:00:00Z,",
    ]
    file.write_text("\n".join(rows), "utf-8")
    world.lost_its_database()
    told = refusals.read_file(world.shop, file)
    assert (told.read, told.added, [line for line, _why in told.problems]) == (5, 1, [2, 3, 4, 5])
    with world.shop.database.read() as connection, pytest.raises(CrmError, match="who said no since"):
        refusals.refuse_while_missing(connection)
    refusals.declare_complete(world.shop, "the phone shop keeps a list, and it is empty")
    with world.shop.database.read() as connection:
        assert refusals.missing_since(connection) is None
    with pytest.raises(UsageError, match=r"its first row must be kind,source,address"):
        refusals.read_file(world.shop, Path(__file__))
