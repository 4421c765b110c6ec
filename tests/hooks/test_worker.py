"""Whatever plugin code does in its process, the shop gets a failure in one line, and its next call works."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
import threading
from datetime import date
from pathlib import Path

import pytest

from crmcore.errors import PluginFailure
from crmcore.hooks.frames import Broken
from crmcore.hooks.table_importer import Sample
from crmcore.records.history import History

SAMPLE = Sample(Path("orders.csv"), "csv", "utf-8", ",", [])


def histories(count: int) -> list[History]:
    return [History(number, date(2026, 3, 5), "CNY", {}, ()) for number in range(1, count + 1)]


def reasons(values: list[object]) -> dict[int, str]:
    """The broken ones by place (from 1), line numbers of the plugin file as N."""
    return {
        place: re.sub(r"line \d+", "line N", value.reason)
        for place, value in enumerate(values, 1)
        if isinstance(value, Broken)
    }


def test_facts_come_back_in_order(worker) -> None:
    assert worker("good").facts("good", "id_squared", histories(1000)) == [n * n for n in range(1, 1001)]


def test_the_shops_settings_reach_the_fact(worker, config) -> None:
    from crmcore.hooks.worker import Worker

    shop = config("good", settings={"good": {"power": 3}})
    with Worker(shop) as one:
        assert one.facts("good", "id_squared", histories(2)) == [1, 8]
        assert one.facts("good", "id_squared", histories(2), settings={"power": 1}) == [1, 2]


def test_one_customer_costs_no_other(worker) -> None:
    told: list[PluginFailure] = []
    values = worker("odd_facts", record=told.append).facts("odd_facts", "odd", histories(8))
    assert [value for value in values if not isinstance(value, Broken)] == [1, None, 8]
    assert reasons(values) == {
        2: "ValueError (odd_facts.py, line N)",
        3: "it returned str; int or None is expected",
        4: "it tried to end the program (sys.exit)",
        6: "the recipe book is missing",  # a sentence of the author's for staff
        7: "it returned a number of more than 63 bits",
    }
    # One line for all of them, and nothing of the customer's in it.
    [failure] = told
    assert failure.reason.endswith(" (5 of 8)")
    assert "138" not in failure.reason + failure.detail


def test_a_regex_that_never_ends_is_ended(worker) -> None:
    # Asked alone: on a busy machine a short time-out would end others, too.
    values = worker("odd_facts").facts("odd_facts", "regex", histories(3)[2:], timeout=0.3)
    assert values == [Broken("it gave no answer within 0.3 s and was ended")]


def test_the_customers_that_kill_the_process_are_found(worker) -> None:
    values = worker("odd_facts").facts("odd_facts", "killer", histories(600))
    broken = reasons(values)
    assert sorted(broken) == [3, 5]
    assert broken[3] == "it ended its process (code 7)"
    assert [value for value in values if not isinstance(value, Broken)] == [
        n for n in range(1, 601) if n not in (3, 5)
    ]


def test_a_fact_that_always_kills_is_given_up(worker) -> None:
    one = worker("odd_facts", "good")
    with pytest.raises(PluginFailure, match="'odd_facts' failed in fact always_kills: it ended its process"):
        one.facts("odd_facts", "always_kills", histories(100))
    assert one.facts("good", "id_squared", histories(2)) == [1, 4]


def test_there_is_no_keyboard_and_printing_goes_nowhere(worker, capfd) -> None:
    one = worker("odd_facts")
    assert reasons(one.facts("odd_facts", "keyboard", histories(1))) == {1: "EOFError (odd_facts.py, line N)"}
    assert one.facts("odd_facts", "loud", histories(3)) == [1, 2, 3]
    assert capfd.readouterr() == ("", "")
    one.close()
    assert one.printed.endswith("z")


def test_junk_on_every_descriptor_is_a_failure_and_no_more(worker) -> None:
    one = worker("odd_facts", "good")
    assert reasons(one.facts("odd_facts", "frame_forger", histories(1)))
    assert one.facts("good", "id_squared", histories(2)) == [1, 4]


def test_what_the_plugin_does_not_bring(worker) -> None:
    one = worker("good", "syntax_error", "raises")
    with pytest.raises(PluginFailure, match="it does not bring 'no_such_fact'"):
        one.facts("good", "no_such_fact", histories(1))
    with pytest.raises(PluginFailure, match="SyntaxError: invalid syntax"):
        one.facts("syntax_error", "any", histories(1))
    with pytest.raises(PluginFailure, match="ValueError: no rules today"):
        one.facts("raises", "any", histories(1))
    with pytest.raises(PluginFailure, match="it does not bring 'any'"):
        one.facts("nobody", "any", histories(1))


def test_a_plugin_that_hangs_while_it_is_imported(worker) -> None:
    with pytest.raises(PluginFailure, match=r"it gave no answer within 0\.5 s and was ended"):
        worker("hangs_at_import", load_seconds=0.5).facts("hangs_at_import", "any", histories(1))


@pytest.mark.parametrize(
    ("item", "method", "reason"),
    [
        ("sure_of_two", "sniff", "a number from 0 to 1, or None, is expected"),
        ("unsendable", "lock", "it returned function, which cannot be sent to the shop"),
        ("unsendable", "own", "it sent an object of _crm_plugin"),
    ],
)
def test_wrong_answers_to_a_call(worker, item: str, method: str, reason: str) -> None:
    one = worker("odd_importers")
    with pytest.raises(PluginFailure, match=reason):
        one.call("odd_importers", "crm_importers", item, method, *([SAMPLE] if method == "sniff" else []))
    assert one.call("odd_importers", "crm_importers", "unsendable", "sniff", SAMPLE) == 0.5


@pytest.mark.parametrize(
    ("importer", "rows", "reason"),
    [
        ("endless", 0, "it gave no answer within 0.3 s and was ended"),
        ("uneven", 1, "the columns of a batch have different lengths"),
        ("numbers", 0, "column 'no' of a batch holds int; text or None is expected"),
        ("too_many", 0, "a batch has more than 50000 rows"),
        ("no_batch", 0, "it gave dict; Batch is expected"),
        ("not_iterable", 0, "it returned int; batches are expected"),
        ("dies_midway", 1, "it ended its process"),
        ("slow", 1, "it gave no answer within 0.3 s and was ended"),
    ],
)
def test_a_stream_ends_where_it_goes_wrong(worker, importer: str, rows: int, reason: str) -> None:
    timeout = 0.3 if "no answer" in reason else 60
    stream = worker("odd_importers").stream(
        "odd_importers", "crm_importers", importer, "read", Path("orders.csv"), timeout=timeout
    )
    seen: list[list[str]] = []
    with pytest.raises(PluginFailure, match=reason):
        seen.extend(batch.columns["no"] for batch in stream)
    if timeout == 60 or seen:  # where time is short a busy machine may be late with the first row, too
        assert seen == [["1"]] * rows


def test_a_slow_reader_of_ours_is_not_the_plugins_fault(worker) -> None:
    one = worker("odd_importers")
    stream = one.stream("odd_importers", "crm_importers", "uneven", "read", Path("orders.csv"))
    next(stream)
    [child] = one._busy
    assert child._watchdog._deadline is None  # its time runs while we wait for it, and then only
    with pytest.raises(PluginFailure, match="different lengths"):
        next(stream)


def test_a_stream_that_is_left_early_leaves_nothing_behind(worker) -> None:
    one = worker("odd_importers", "good")
    stream = one.stream("odd_importers", "crm_importers", "slow", "read", Path("orders.csv"))
    next(stream)
    # While it is open, the same worker serves other calls.
    assert one.call("odd_importers", "crm_importers", "unsendable", "sniff", SAMPLE) == 0.5
    stream.close()
    assert one.facts("good", "id_squared", histories(1)) == [1]


def test_columns_of_distinct_values(worker) -> None:
    one = worker("odd_importers")
    values = one.column("odd_importers", "columns", "category", [("abc",), ("bad",), ("list",), ("",)])
    assert (values[0], values[3]) == ("3", "0")
    assert reasons(values) == {
        2: "ValueError (odd_importers.py, line N)",
        3: "it returned list; text or None is expected",
    }
    assert one.column("odd_importers", "columns", "place", [("广东 深圳",), ("北京",)]) == [
        {"province": "广东", "city": "深圳"},
        {"province": "北京", "city": None},
    ]


def test_a_column_value_that_hangs(worker) -> None:
    values = worker("odd_importers").column("odd_importers", "columns", "category", [("hang",)], timeout=0.3)
    assert values == [Broken("it gave no answer within 0.3 s and was ended")]


def test_several_threads_at_once(worker) -> None:
    one = worker("good")
    results: list[list[int]] = []
    threads = [
        threading.Thread(target=lambda: results.append(one.facts("good", "id_squared", histories(50))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[n * n for n in range(1, 51)]] * 4


def test_the_process_is_kept_and_ends_with_the_worker(worker) -> None:
    one = worker("good")
    one.facts("good", "id_squared", histories(1))
    [child] = one._idle
    one.facts("good", "id_squared", histories(1))
    assert one._idle == [child]
    one.close()
    assert child._process.returncode is not None


def test_it_works_from_a_script_without_a_main_guard(config, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            f"""
            from datetime import date
            from pathlib import Path
            from crmcore.hooks.discovery import PluginConfig
            from crmcore.hooks.worker import Worker
            from crmcore.records.history import History
            config = PluginConfig(Path({str(config("good").folder)!r}), installed=False)
            worker = Worker(config)
            print(worker.facts("good", "id_squared", [History(3, date(2026, 3, 5), "CNY", {{}}, ())]))
            """  # and it is never closed
        )
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)], capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("[9]\n", "", 0)


def test_ctrl_c_ends_the_process(config) -> None:
    """The person at the keyboard is not the plugin: KeyboardInterrupt passes, and nothing is left running."""
    from crmcore.hooks.worker import Worker

    with Worker(config("odd_importers")) as one:
        stream = one.stream("odd_importers", "crm_importers", "slow", "read", Path("orders.csv"))
        next(stream)
        before = {thread.name for thread in threading.enumerate()}
        with pytest.raises(KeyboardInterrupt):
            stream.throw(KeyboardInterrupt)
        assert one._idle == []
        assert "plugin-output" in before


def test_the_failure_is_recorded_once(worker) -> None:
    told: list[PluginFailure] = []
    one = worker("odd_importers", record=told.append)
    with pytest.raises(PluginFailure):
        one.call("odd_importers", "crm_importers", "sure_of_two", "sniff", SAMPLE)
    assert [failure.what for failure in told] == ["crm_importers sure_of_two.sniff"]
