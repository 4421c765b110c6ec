"""Exit codes, what goes where, and which language it is in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crmcore.cli import main as cli_main
from crmcore.cli.base import Command
from crmcore.i18n import language
from crmcore.wide import width
from tests.cli.conftest import Crm


def test_help_is_on_stdout_and_names_every_command(crm: Crm) -> None:
    shown = crm("--help")
    assert shown.code == 0
    assert shown.err == ""
    for name in cli_main.COMMANDS:
        assert f"  {name} " in shown.out


def test_version(crm: Crm) -> None:
    assert crm("--version").out.startswith("crm 0.")


def test_unknown_command_is_a_usage_error_with_the_nearest_name(crm: Crm) -> None:
    shown = crm("stat")
    assert shown.code == 2
    assert shown.out == ""
    assert "stats" in shown.err


@pytest.mark.parametrize("line", [["stats", "--nonsense"], ["backup"], ["--lang", "fr", "stats"]])
def test_wrong_usage_is_exit_2_with_empty_stdout(crm: Crm, line: list[str]) -> None:
    shown = crm(*line)
    assert (shown.code, shown.out) == (2, "")
    assert "Error: " in shown.err


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (["customer", "add", "--name", "\udcff"], "--name"),
        (["customer", "add", "--set", "size=\udcff"], "--set"),
        (["customer", "find", "\udcff"], "TEXT"),
        (["suppress", "add", "a@example.com", "\udcff"], "ADDRESSES"),
        (["figures", "set", "traffic", "--set", "\udcff=1"], "--set"),
    ],
)
def test_bytes_that_are_no_text_are_wrong_usage(
    crm: Crm, shop_folder: Path, line: list[str], named: str
) -> None:
    shown = crm(*line, shop=shop_folder)
    assert (shown.code, shown.out) == (2, "")
    assert named in shown.err
    assert "no text in UTF-8" in shown.err


@pytest.mark.skipif(sys.platform != "linux", reason="file names of other systems are always text")
def test_names_of_files_and_shops_may_be_no_text(crm: Crm, shop_folder: Path) -> None:
    folder = shop_folder.rename(shop_folder.parent / "\udcff")
    assert crm("backup", "\udcfe.db", shop=folder).code == 0
    assert Path("\udcfe.db").stat().st_size
    assert crm("stats", "--json").json["customers"] == 0, "opened last: no need to name it"
    assert "there is no pack" in crm("pack", "inspect", "\udcfe.zip", shop=folder).err
    Path("\udcfe.yaml").write_text("name: hi\npurpose: service\ntext: Hi\n")
    assert crm("template", "check", "\udcfe.yaml", "--json", shop=folder).json["template"] == "hi"
    assert crm("template", "preview", "\udcfe", shop=folder).code == 1, "a name that nobody has"


def test_no_shop_lists_the_ways_on(crm: Crm) -> None:
    shown = crm("stats")
    assert (shown.code, shown.out) == (1, "")
    assert "crm demo" in shown.err
    assert "crm init" in shown.err


def test_failure_is_one_line_on_stderr_and_keeps_stdout_empty_with_json(crm: Crm, tmp_path: Path) -> None:
    shown = crm("stats", "--json", shop=tmp_path / "nothing")
    assert (shown.code, shown.out) == (1, "")
    assert shown.err.count("\n") == 1
    assert "Traceback" not in shown.err


def _failing(error: BaseException) -> Command:
    def fail() -> None:
        raise error

    return Command("stats", callback=fail)


def test_own_fault_keeps_its_traceback_in_a_log(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(
        cli_main.crm.commands,
        "stats",
        _failing(ZeroDivisionError("of 13800138000 and 'Li Lei'\nDETAIL: Han Meimei")),
    )
    shown = crm("stats")
    assert shown.code == 70
    assert shown.out == ""
    assert "ZeroDivisionError" in shown.err
    assert "13800138000" not in shown.err
    logs = list((tmp_path / "home").rglob("crm.log"))
    assert len(logs) == 1
    assert str(logs[0]) in shown.err
    log = logs[0].read_text("utf-8")
    assert "in fail" in log
    assert "ZeroDivisionError: of … and …" in log
    for word in ("13800138000", "Li Lei", "Han Meimei"):
        assert word not in log.replace("raise error", "")


def test_interruption_is_130(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli_main.crm.commands, "stats", _failing(KeyboardInterrupt()))
    assert crm("stats").code == 130


def test_what_a_plugin_says_about_the_interruption_is_told(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """click makes an `Abort` of it: what hung is still named."""
    monkeypatch.setitem(cli_main.crm.commands, "stats", _failing(KeyboardInterrupt("plugin 'tea' hung")))
    shown = crm("stats")
    assert shown.code == 130
    assert "plugin 'tea' hung" in shown.err


def test_what_the_system_refuses_is_no_bug_of_ours(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refused = PermissionError(13, "Permission denied", str(tmp_path / "exports"))
    monkeypatch.setitem(cli_main.crm.commands, "stats", _failing(refused))
    shown = crm("stats")
    assert (shown.code, shown.out) == (1, "")
    assert shown.err == f"Error: {tmp_path / 'exports'}: you have no right to it\n"
    assert len(list((tmp_path / "home").rglob("crm.log"))) == 1


@pytest.mark.parametrize("words", [["stats"], ["stats", "--json"], ["--help"]])
@pytest.mark.skipif(os.name == "nt", reason="a shell there cannot close them")
def test_closed_streams_and_full_disks_cost_the_output_only(shop_folder: Path, words: list[str]) -> None:
    line = [sys.executable, "-m", "crmcore.cli.main", "--shop", str(shop_folder), *words]
    closed = subprocess.run(
        ["/bin/sh", "-c", '"$@" 2>&1 >&-', "sh", *line], capture_output=True, check=False, timeout=60
    )
    assert (closed.returncode, closed.stdout, closed.stderr) == (0, b"", b"")
    if Path("/dev/full").exists():
        with Path("/dev/full").open("w") as full:
            told = subprocess.run(line, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
        assert (told.returncode, told.stderr) == (1, b"Error: there is no room left on the disk\n")


@pytest.mark.parametrize(
    "words",
    [
        ["customer", "show"],
        ["customer", "merge", "1"],
        ["segment", "explain", "once"],
        ["imports", "undo"],
        ["changes", "show"],
    ],
)
def test_a_number_that_no_record_can_have_is_wrong_usage(
    crm: Crm, shop_folder: Path, words: list[str]
) -> None:
    shown = crm(*words, 10**20, shop=shop_folder)
    assert (shown.code, shown.out) == (2, "")
    assert str(10**20) in shown.err


def test_a_limit_beyond_all_numbers_is_no_limit(crm: Crm, filled: Path) -> None:
    assert crm("changes", "list", "--limit", 10**20, "--json", shop=filled).json["changes"]
    assert crm("segment", "members", "once", "--limit", 10**20, shop=filled).code == 0
    assert crm("customer", "show", 1, "--limit", 10**20, shop=filled).code == 0


@pytest.mark.skipif(os.name == "nt", reason="closing a pipe early is told otherwise there")
def test_a_reader_that_goes_away_is_no_error(shop_folder: Path) -> None:
    words = [sys.executable, "-m", "crmcore.cli.main", "--shop", str(shop_folder), "stats", "--json"]
    read_end, write_end = os.pipe()
    os.close(read_end)
    with subprocess.Popen(words, stdout=write_end, stderr=subprocess.PIPE) as process:
        os.close(write_end)
        _out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")


def test_output_is_utf8_on_every_code_page(crm_process: Crm, shop_folder: Path) -> None:
    shown = crm_process("--shop", shop_folder, "--lang", "zh", "stats", PYTHONIOENCODING="gbk", LC_ALL="C")
    assert shown.code == 0
    assert "客户" in shown.out


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"LANG": "zh_CN.UTF-8"}, ["--help"]),
        ({"LC_ALL": "zh_TW.UTF-8", "LANG": "en_US"}, ["--help"]),
        ({"LANG": "en_US.UTF-8"}, ["--lang", "zh", "--help"]),
        ({"LANG": "en_US.UTF-8"}, ["--lang=zh", "--help"]),
    ],
)
def test_help_speaks_chinese_where_asked(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], words: list[str]
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    shown = crm(*words)
    assert "用法" in shown.out
    assert "命令" in shown.out
    assert "Show" not in shown.out


def test_the_shop_decides_the_language_before_the_locale(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, shop_folder: Path
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "Usage" in crm("--help", shop=shop_folder).out
    monkeypatch.chdir(shop_folder / "exports")
    assert "Usage" in crm("--help").out
    assert "用法" in crm("--lang", "zh", "--help").out


def test_usage_errors_speak_the_language_too(crm: Crm) -> None:
    shown = crm("--lang", "zh", "backup")
    assert shown.code == 2
    assert "错误" in shown.err
    assert "Missing" not in shown.err


def test_languages_of_two_runs_do_not_mix(crm: Crm) -> None:
    before = language(), os.environ.get("LANGUAGE")
    assert "用法" in crm("--lang", "zh", "stats", "--help").out
    assert (language(), os.environ.get("LANGUAGE")) == before
    shown = crm("--lang", "en", "stats", "--help").out
    assert "Show this message and exit." in shown
    assert not any("\u4e00" <= char <= "\u9fff" for char in shown)


def test_every_command_has_help_and_json(crm: Crm) -> None:
    for name in cli_main.COMMANDS:
        shown = crm(name, "--help")
        assert shown.code == 0, (name, shown.err)
        assert name == "serve" or "COMMAND [ARGS]" in shown.out or "--json" in shown.out, name


def test_chinese_help_fits_the_screen(crm: Crm) -> None:
    for name in cli_main.COMMANDS:
        shown = crm("--lang", "zh", name, "--help")
        assert max(width(line) for line in shown.out.splitlines()) <= 80, shown.out
