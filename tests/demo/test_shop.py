"""The demo as people get it: made once by the real imports, walked through, used again, renewed."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crmcore import config
from crmcore.analytics.data import Data
from crmcore.analytics.findings import Checked
from crmcore.analytics.parts import tried
from crmcore.cli.main import crm
from crmcore.demo import making, story
from crmcore.demo.known import Expected, expected
from crmcore.demo.tour import take_tour
from crmcore.demo.world import make_world
from crmcore.errors import CrmError
from crmcore.hooks.reports import TABLES
from crmcore.shop import Shop
from crmcore.store.stats import count


@pytest.fixture
def shop(demo_folder: Path) -> Iterator[Shop]:
    with Shop.open(demo_folder) as opened:
        yield opened


@pytest.fixture
def my_folder(demo_folder: Path, tmp_path: Path) -> Path:
    """A copy that a test may write into."""
    return shutil.copytree(demo_folder, tmp_path / "demo")


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("CRM_SHOP", raising=False)


def run(*words: object) -> Result:
    return CliRunner().invoke(crm, [str(word) for word in words], prog_name="crm")


def known(folder: Path) -> Expected:
    state = making.state_of(folder)
    assert state is not None
    assert state.done
    return expected(make_world(state.today, state.seed))


def test_imports_say_what_the_generator_knows(shop: Shop, demo_folder: Path) -> None:
    answers = known(demo_folder)
    with shop.database.read() as connection:
        found = count(connection, "CNY")
    assert found.customers == answers.customers
    assert (found.orders, found.order_lines) == (answers.orders, answers.lines)
    assert found.anonymous_orders == answers.anonymous_orders
    imported = {kind: n for kind, n in found.interactions.items() if kind not in ("call", "note", "promise")}
    by_hand = {"chat": 2, "complaint": 1}
    assert imported == {kind: n + by_hand.get(kind, 0) for kind, n in answers.interactions.items()}
    yuan, dollars = answers.currencies["CNY"], answers.currencies["USD"]
    assert found.totals.ordered_total == yuan.ordered
    assert found.totals.refunded_total == yuan.refunded
    # Taobao reports what was left after refunds, the other two what was paid before.
    assert found.totals.paid_total == yuan.paid - answers.platforms["taobao"].refunded
    assert found.other_currencies.keys() == {"USD"}
    assert found.other_currencies["USD"].paid_total == dollars.paid
    assert found.other_currencies["USD"].orders == dollars.orders


def test_nothing_is_set_aside_and_rows_add_up(shop: Shop) -> None:
    rows = shop.imports.all()
    assert len(rows) == 15
    for row in rows:
        assert row.state == "done"
        assert row.counts.rejected == 0
        assert row.counts.read == row.counts.new + row.counts.changed + row.counts.same


def test_every_report_shows_something(shop: Shop) -> None:
    with Data(shop.reports._source(None), TABLES) as data:
        for plugin, report in shop.reports.all():
            found = tried(report, data, shop.reports._parameters(plugin, report.name, {}))
            assert isinstance(found, Checked), (report.name, found)
            assert all(one.rows for one in found.tables if one.name != "slow"), report.name


def test_the_old_customer_and_her_masked_twin(shop: Shop) -> None:
    tour = take_tour(shop)
    card = tour.card
    assert card.name == "林晓葵"
    assert card.nickname == story.NICKNAME
    assert set(card.tags) == set(story.TAGS)
    assert card.birthday is not None
    assert card.birthday[5:] == f"{shop.clock().today + timedelta(days=story.BIRTHDAY_IN):%m-%d}"
    assert card.facts["complaints_open"] == 1
    assert card.facts["promises_open"] == 1
    assert {one.kind for one in tour.owed} == {"complaint", "promise"}
    assert [twin.certain for twin in tour.twins] == [False]  # found, not merged


def test_tour_has_every_part(shop: Shop) -> None:
    tour = take_tour(shop)
    assert [one.name for one in tour.segments] == ["key_customers", "lapsed_90", "refill_due"]
    assert all(one.count > 10 for one in tour.segments)
    assert all(one.count > 50 for one in tour.frequency)
    assert sum(tour.share(one) for one in tour.frequency) == pytest.approx(1)
    assert tour.due >= 4
    assert len(tour.commands) == 5
    assert json.loads(json.dumps(tour.as_json()))["customer"]["id"] == tour.card.id


def test_the_five_commands_work_as_printed(my_folder: Path) -> None:
    with Shop.open(my_folder) as shop:
        commands = take_tour(shop).commands
    for line, _what in commands:
        words = shlex.split(line)
        assert words[0] == "crm"
        result = run(*words[1:])
        assert result.exit_code == 0, (line, result.output)
        assert result.output


def test_the_same_files_again_change_nothing(shop: Shop) -> None:
    files = shop.imports.all()[-1].files
    result = shop.imports.run([Path(str(file["path"])) for file in files], dry_run=True)[0]
    assert result.counts.same + result.counts.changed == result.counts.read
    assert result.counts.orders_new == result.counts.customers_new == 0


def test_second_run_uses_the_same_shop(demo_folder: Path) -> None:
    told: list[str] = []
    with making.open_demo(demo_folder, told.append) as again:
        assert len(again.imports.all()) == 15
    assert told == []


def test_command_prints_the_tour_in_both_languages(
    demo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_in = config.peek_language(str(demo_folder))
    other = "zh" if made_in == "en" else "en"
    monkeypatch.setenv("LANGUAGE", f"{other}_XX.UTF-8")
    english = run("--lang", "en", "demo", demo_folder, "--no-ui")
    chinese = run("--lang", "zh", "demo", demo_folder)
    document = run("demo", demo_folder, "--json")
    assert english.exit_code == chinese.exit_code == document.exit_code == 0
    assert "Three segments" in english.stdout
    assert "Refill due" in english.stdout
    assert "补货窗口期" in chinese.stdout
    assert "林晓葵" in chinese.stdout
    assert f"crm --lang {other} demo {demo_folder} --refresh" in document.stderr
    assert "--refresh" not in english.stderr + chinese.stderr  # they said which one they want
    parts = {"shop", "imports", "customer", "possibly", "due", "segments", "report", "commands"}
    assert json.loads(document.stdout).keys() == parts


def test_an_old_demo_is_offered_to_be_renewed(my_folder: Path) -> None:
    marker = json.loads((my_folder / making.MARKER).read_text())
    marker["today"] = (date.fromisoformat(marker["today"]) - timedelta(days=9)).isoformat()
    (my_folder / making.MARKER).write_text(json.dumps(marker))
    result = run("--lang", "en", "demo", my_folder)
    assert result.exit_code == 0
    assert "9 days old" in result.stderr
    assert "--refresh" in result.stderr
    state = making.state_of(my_folder)
    assert state is not None
    assert state.age(making.current_day()) == 9  # nobody said yes


def test_refresh_shifts_the_demo_to_yesterday(my_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = json.loads((my_folder / making.MARKER).read_text())
    marker["today"] = (date.fromisoformat(marker["today"]) - timedelta(days=9)).isoformat()
    (my_folder / making.MARKER).write_text(json.dumps(marker))
    filled: list[date] = []
    # The imports of a fresh demo are what the other tests look at; this is about what is cleared and shifted.
    monkeypatch.setattr(making, "fill", lambda _shop, _files, today, _progress: filled.append(today))
    making.refresh(my_folder, lambda _what: None).close()
    assert filled == [making.current_day()]
    state = making.state_of(my_folder)
    assert state is not None
    assert (state.done, state.age(making.current_day())) == (True, 0)
    newest = max(path.name for path in (my_folder / making.FILES).glob("ExportOrderList*"))
    assert newest == f"ExportOrderList{making.current_day() - timedelta(days=1):%Y%m%d}2359.xlsx"


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(CrmError, match="not empty and holds no demo"):
        making.open_demo(tmp_path, lambda _what: None)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    result = run("--lang", "en", "demo", tmp_path)
    assert result.exit_code == 1
    assert "name an empty or new folder" in result.stderr


def test_a_broken_marker_is_told(tmp_path: Path) -> None:
    (tmp_path / making.MARKER).write_text("{")
    with pytest.raises(CrmError, match="cannot be read: delete the folder"):
        making.state_of(tmp_path)
    with pytest.raises(CrmError, match="there is no demo in"):
        making.refresh(tmp_path / "nowhere", lambda _what: None)


def test_a_demo_that_was_not_finished_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_args: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "mine.txt").write_text("kept")
    (tmp_path / making.MARKER).write_text('{"today": "2026-11-22", "seed": 7, "done": false}')
    (tmp_path / "shop.db").write_bytes(b"half")
    (tmp_path / "shop.yaml").write_text("half")
    # Making it whole again is what `demo_folder` does; here only that the ruins are cleared away.
    monkeypatch.setattr(making, "fill", interrupted)
    with pytest.raises(KeyboardInterrupt):
        making.open_demo(tmp_path, lambda _what: None)
    state = making.state_of(tmp_path)
    assert state is not None
    assert not state.done
    with Shop.open(tmp_path) as fresh, fresh.database.read() as connection:
        assert count(connection, "CNY").customers == 0
    assert (tmp_path / "plugins" / "mine.txt").read_text() == "kept"
