"""Phones and e-mail addresses are found within texts as people write them; other numbers are left."""

from __future__ import annotations

import pytest

from crmcore.records.contact_texts import without_contacts


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("13800138000", "***"),
        ("tb13800138000", "tb***"),
        ("电话13800138000，晚上打", "电话***,晚上打"),
        ("138 0013-8000", "***"),
        ("+86 138 0013 8000", "***"),
        ("１３８００１３８０００", "***"),
        ("138\u200b0013\u200b8000", "***"),
        ("+44 20 7946 0958", "***"),
        ("(021) 6200 1234", "***"),
        ("02188886666", "***"),
        ("家里075512345678转3", "家里***转3"),
        ("(0755)12345678", "***"),
        ("03711234567", "***"),
        ("01088886666、13800138000", "***、***"),
        ("微信a.b@example.com或QQ", "微信***或QQ"),
        ("x＠example.org", "***"),
    ],
)
def test_what_reaches_somebody_is_hidden(text: str, shown: str) -> None:
    assert without_contacts(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "张三，老客",
        "2026-11-11 20:00:00",
        "20261111",
        "双11",
        "订单 20261111000123456789",
        "0.02188886666",
        "00021888866660",
        "01234567",
        "满 299 减 30",
        "",
    ],
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert without_contacts(text) == text
