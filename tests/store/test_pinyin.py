from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from crmcore.store.pinyin import initials, initials_of_pinyin

ROOT = Path(__file__).parents[2]


def test_the_table_says_what_pypinyin_says() -> None:
    spec = importlib.util.spec_from_file_location("pinyin_table", ROOT / "scripts" / "pinyin_table.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.TARGET.read_text(encoding="ascii") == script.table()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("张小明", ["zxm"]),
        ("曾国藩", ["zgf", "cgf"]),
        ("单雄信", ["sxx", "dxx"]),
        ("尉迟恭", ["ycg", "wcg"]),
        ("Amy王", ["w"]),
        ("Tom", []),
        ("", []),
    ],
)
def test_names_have_initials(name: str, expected: list[str]) -> None:
    assert initials(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zhangxiaoming", "zxm"),
        ("lina", "ln"),
        ("ouyangnana", "oynn"),
        ("zxm", ""),
        ("tb88", ""),
        ("wang", ""),
    ],
)
def test_pinyin_written_out_has_initials(text: str, expected: str) -> None:
    assert initials_of_pinyin(text) == expected
