"""report, and reports by `run-plugin`: one document, every format, notes, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import Crm

DAY = ("--as-of", "2026-02-28")
MONTHS = ("--set", "start=2026-01-01", "--set", "end=2026-02-28")
KEYS = {"report", "as_of", "columns", "rows", "notes"}


def test_list_names_every_report_with_its_parameters(crm: Crm, filled: Path) -> None:
    found = {one["name"]: one for one in crm("report", "list", "--json", shop=filled).json["reports"]}
    assert {"sales", "repurchase", "rfm", "members", "payment", "products"} <= set(found)
    assert found["sales"]["plugin"] == "sales"
    assert {"name": "by", "default": "month"}.items() <= found["sales"]["parameters"][0].items()
    said = crm("--lang", "zh", "report", "list", shop=filled).out
    assert "sales" in said
    assert crm("--lang", "zh", "report", "list", "--json", shop=filled).json["reports"][0]["title"] in said


def test_a_report_is_one_document(crm: Crm, filled: Path) -> None:
    found = crm("report", "sales", *DAY, *MONTHS, "--json", shop=filled)
    assert found.code == 0
    assert set(found.json) >= KEYS
    assert (found.json["report"], found.json["as_of"]) == ("sales", "2026-02-28")
    rows = [dict(zip(found.json["columns"], row, strict=True)) for row in found.json["rows"]]
    # January: 520.00 for one order. February: 300.00 and 59.90 (of nobody), 100.00 went back.
    assert [(row["period"], row["orders"], row["paid"], row["refunded"]) for row in rows] == [
        ("2026-01-01", 1, 52000, 0),
        ("2026-02-01", 2, 35990, 10000),
    ]
    assert crm("report", "sales", *DAY, *MONTHS, "--format", "json", shop=filled).json == found.json


def test_as_of_leaves_out_what_came_later(crm: Crm, filled: Path) -> None:
    found = crm("report", "sales", "--as-of", "2026-01-31", "--json", shop=filled).json
    paid = found["columns"].index("paid")
    assert found["as_of"] == "2026-01-31"
    assert sum(row[paid] for row in found["rows"]) == 52000


def test_on_the_screen_as_csv_and_as_a_page(crm: Crm, filled: Path) -> None:
    shown = crm("report", "sales", *DAY, *MONTHS, shop=filled)
    assert "2026-02-28" in shown.out
    assert "paid and not refunded in full" in shown.out
    assert "520.00" in shown.out
    assert "359.90" in shown.out
    text = crm("report", "sales", *DAY, *MONTHS, "--format", "csv", shop=filled)
    header, *rows = csv.reader(io.StringIO(text.out))
    assert len(rows) == 2
    assert dict(zip(header, rows[0], strict=True))["Paid"] == "520.00"
    page = crm("report", "sales", *DAY, *MONTHS, "--format", "html", shop=filled).out
    assert page.lower().startswith("<!doctype html>")
    assert "359.90" in page


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json", "html"])
def test_into_a_file(crm: Crm, filled: Path, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"sales.{ending}"
    done = crm("report", "sales", *DAY, *MONTHS, "--out", file, shop=filled)
    assert (done.code, done.out) == (0, "")
    assert str(file) in done.err
    act = crm("changes", "list", "--limit", 1, "--json", shop=filled).json["changes"][0]
    assert (act["kind"], act["why"]) == ("export", "wrote the report sales into a file: 2 rows")
    if ending == "xlsx":
        cells = [
            cell for row in openpyxl.load_workbook(file).active.iter_rows(values_only=True) for cell in row
        ]
        assert 520 in cells
    elif ending == "json":
        assert set(json.loads(file.read_text("utf-8"))) >= KEYS
    else:
        assert "520" in file.read_text("utf-8-sig")
    assert [one.name for one in tmp_path.glob("*sales*")] == [file.name]


def test_a_note_stays_with_its_report(crm: Crm, filled: Path) -> None:
    kept = crm("report", "note", "sales", "2026-02", "closed for the festival", shop=filled)
    assert (kept.code, kept.out) == (0, "")
    assert crm("report", "note", "sales", "2026-02", shop=filled).code == 2
    assert "sale'" in crm("report", "note", "sale", "2026-02", "x", shop=filled).err
    found = crm("report", "sales", *DAY, "--json", shop=filled).json["kept_notes"]
    assert [(one["period"], one["text"]) for one in found] == [("2026-02", "closed for the festival")]


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("saels",), 1, "did you mean 'sales'"),
        (("sales", "--set", "by=fortnight"), 2, "fortnight"),
        (("sales", "--set", "bye=week"), 2, "did you mean 'by'"),
        (("sales", "more"), 2, "more"),
        (("sales", "--out", "sales.pdf"), 2, ".xlsx"),
        (("sales", "--as-of", "yesterday-ish"), 2, "yesterday-ish"),
    ],
)
def test_what_does_not_fit_is_told(
    crm: Crm, filled: Path, words: tuple[str, ...], code: int, reason: str
) -> None:
    refused = crm("report", *words, shop=filled)
    assert (refused.code, refused.out) == (code, "")
    assert reason in refused.err


def test_run_plugin_gives_the_report(crm: Crm, filled: Path) -> None:
    offered = crm("run-plugin", "sales", "--json", shop=filled).json["result"]
    assert [(one["name"], one["kind"]) for one in offered] == [("sales", "report")]
    # What to set is enough: it is the plugin's only report.
    done = crm("run-plugin", "sales", *MONTHS, "--json", shop=filled)
    assert (done.code, done.json["action"], done.json["warnings"]) == (0, "report", [])
    assert set(done.json["result"]) >= KEYS
    assert [row[1] for row in done.json["result"]["rows"]] == [1, 2]
    assert "359.90" in crm("run-plugin", "sales", "sales", *MONTHS, shop=filled).out
    assert "it has: sales" in crm("run-plugin", "sales", "sails", shop=filled).err
    assert crm("run-plugin", "sales", "--set", "bye=week", shop=filled).code == 2
