"""What stands on the screen: tables that fit, nothing that steers the terminal, plain text in pipes."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from crmcore import wide
from crmcore.cli import output
from tests.cli.conftest import Crm

EVIL = "\x1b[31mred\x1b]0;title\x07\x9b2J\u202eevil"
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize(
    ("room", "widths"),
    [
        (60, [10, 20, 12]),
        (40, [10, 14, 12]),  # the widest gives way
        (32, [10, 9, 9]),  # then whichever is the widest; the first stays whole
        (10, [10, 6, 8]),  # no further than this, however narrow it is
    ],
)
def test_columns_give_way_down_to_their_least(room: int, widths: list[int]) -> None:
    assert output.fitted([10, 20, 12], [10, 6, 8], room) == widths


def test_wide_characters_count_two() -> None:
    assert wide.width("小葵a") == 5
    assert wide.width("e\u0301") == 1
    assert wide.pad("小葵", 6) == "小葵  "
    assert wide.pad("12", 4, right=True) == "  12"


def test_cut_never_exceeds_and_marks_what_is_missing() -> None:
    assert wide.cut("小葵爱护肤", 10) == "小葵爱护肤"
    assert wide.cut("小葵爱护肤", 9) == "小葵爱护…"
    assert wide.cut("小葵爱护肤", 8) == "小葵爱…"
    assert wide.width(wide.cut("a小b葵c", 4)) <= 4


def test_wrap_breaks_chinese_anywhere_but_before_closing_punctuation() -> None:
    lines = wide.wrap("把店铺的数据库备份成一个文件，别人可以继续工作。 crm restore 取回", 20)
    assert all(wide.width(line) <= 20 for line in lines)
    assert not any(line[0] in "，。" for line in lines)
    assert "".join(lines).replace(" ", "") == "把店铺的数据库备份成一个文件，别人可以继续工作。crmrestore取回"
    assert wide.wrap("no words are broken here", 8) == ["no words", "are", "broken", "here"]
    assert wide.wrap("", 8) == []


def test_what_steers_terminals_is_neutralised() -> None:
    assert not CONTROL.search(wide.clean(EVIL + "\r\n\t"))
    assert "red" in wide.clean(EVIL)


def test_a_pipe_gets_aligned_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    columns = [output.Column("名字"), output.Column("n", right=True), output.Column("last")]
    output.table(columns, [("小葵", 5, None), ("Ann Lee", 1234, EVIL)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["名字        n  last", "小葵        5"]
    assert wide.width(lines[2].split("1234")[0]) == wide.width("小葵       ") - 2
    assert not CONTROL.search("".join(lines))


def test_json_is_one_document_without_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    document = {"name": EVIL, "lone": "\ud800", "名": "小葵"}
    output.print_json(document)
    printed = capsys.readouterr().out
    assert json.loads(printed) == document
    assert not CONTROL.search(printed)
    assert "小葵" in printed


def test_json_is_json_whatever_a_plugin_returns(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json(
        {"x": math.nan, "y": [math.inf, 1.5], "day": date(2026, 1, 2), "price": Decimal("9.90")}
    )

    def refuse(name: str) -> None:
        raise AssertionError(name)

    printed = json.loads(capsys.readouterr().out, parse_constant=refuse)
    assert printed == {"x": None, "y": [None, 1.5], "day": "2026-01-02", "price": "9.90"}


def test_evil_names_reach_no_terminal(crm: Crm, shop_folder: Path) -> None:
    crm("customer", "add", "--name", EVIL, "--set", f"note={EVIL}", shop=shop_folder)
    crm("log", 1, "note", EVIL, shop=shop_folder)
    for words in (
        ["customer", "show", 1],
        ["customer", "show", 1, "--json"],
        ["customer", "find", "red"],
        ["customer", "export", 1],
        ["changes", "list"],
    ):
        shown = crm(*words, shop=shop_folder)
        assert shown.code == 0, (words, shown.err)
        assert not CONTROL.search(shown.out), words
    wrong = crm("segment", "count", EVIL, shop=shop_folder)
    assert not CONTROL.search(wrong.err)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo terminals in the standard library")
@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {}])
def test_a_terminal_gets_a_table_that_fits(shop_folder: Path, crm: Crm, environ: dict[str, str]) -> None:
    import fcntl
    import pty
    import struct
    import termios

    long = "很长的名字" * 30
    crm("customer", "add", "--name", long, shop=shop_folder)
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    words = [sys.executable, "-m", "crmcore.cli.main", "--shop", str(shop_folder), "customer", "find", "很长"]
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    environ = {**kept, "TERM": "xterm-256color", **environ}
    with subprocess.Popen(words, stdout=follower, stderr=subprocess.PIPE, env=environ) as process:
        os.close(follower)
        written = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            written += piece
        process.wait(timeout=60)
    os.close(leader)
    text = written.decode("utf-8")
    bare = re.sub("\x1b\\[[0-9;]*m", "", text)
    assert "很长的名字" in bare
    assert long not in bare
    assert all(wide.width(line) <= 60 for line in bare.splitlines())
    if "NO_COLOR" in environ:
        assert not re.search("\x1b\\[(3|4|9)\\d", text)


def test_a_pipe_never_gets_control_codes(
    crm: Crm, crm_process: Crm, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("TERM", "xterm-256color"), ("FORCE_COLOR", "1")):
        monkeypatch.setenv(name, value)
    shown = [crm_process("--shop", filled, "customer", "show", "1")]
    for words in (["stats"], ["segment", "list"], ["imports", "list"], ["--help"]):
        shown.append(crm(*words, shop=filled))
    for one in shown:
        assert one.code == 0
        assert one.out
        assert "\x1b" not in one.out + one.err


def test_progress_is_for_people_only(crm_process: Crm, filled: Path, tmp_path: Path) -> None:
    shown = crm_process("--shop", filled, "backup", tmp_path / "b.db", "--json")
    assert shown.err == ""
    assert shown.json["bytes"] > 0
