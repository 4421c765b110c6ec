"""How many parts a text message takes, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore import Channel, sms_parts
from tests.channels.sms import HELLO


@pytest.fixture(scope="module")
def aliyun_with() -> Callable[[str, str], Channel]:
    from crm_channels.sms_aliyun import AliyunSms, Settings

    return lambda sign, added: AliyunSms(Settings(sign=sign, adds_way_out=added))


@pytest.mark.parametrize(
    ("text", "parts", "mainland"),
    [
        ("", 0, 0),
        ("a" * 160, 1, 3),
        ("a" * 161, 2, 3),
        ("a" * 306, 2, 5),
        ("a" * 307, 3, 5),
        ("€" * 80, 1, 2),
        ("€" * 81, 2, 2),
        ("茶" * 70, 1, 1),
        ("茶" * 71, 2, 2),
        ("茶" * 134, 2, 2),
        ("茶" * 135, 3, 3),
        ("a" * 70 + "茶", 2, 2),
        ("😀" * 35, 1, 1),
        ("😀" * 36, 2, 2),
        ("茶" * 66 + "😀" + "茶" * 66, 3, 3),  # the pair is not cut in half: 66 + 68 would
    ],
)
def test_parts(text: str, parts: int, mainland: int) -> None:
    assert (sms_parts(text), sms_parts(text, gsm7=False)) == (parts, mainland)


# A table of its own, from the standard's columns: what fits into seven bits, and what needs an escape before it.
SEVEN = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ" + "".join(map(chr, range(0x20, 0x5B))).replace("`", "")
    + "".join(map(chr, range(0x61, 0x7B))) + "ÄÖÑÜ§¿äöñüà¡¤"
)  # fmt: skip
ESCAPED = "\x0c^{}\\[~]|€"


def counted(text: str, *, gsm7: bool) -> int:
    """Parts by the rule, filled one after the other; no character is cut in half."""
    if gsm7 and set(text) <= set(SEVEN) | set(ESCAPED):
        sizes, one, each = [2 if char in ESCAPED else 1 for char in text], 160, 153
    else:
        sizes, one, each = [len(char.encode("utf-16-le")) // 2 for char in text], 70, 67
    if sum(sizes) <= one:
        return min(1, len(sizes))
    parts: list[list[int]] = [[]]
    for size in sizes:
        if sum(parts[-1]) + size > each:
            parts.append([])
        parts[-1].append(size)
    return len(parts)


near_the_edges = st.lists(
    st.one_of(
        st.sampled_from(["a", "€", "茶", "😀", "[", "é", "`", "\t"]).flatmap(
            lambda char: st.integers(1, 170).map(lambda times: char * times)
        ),
        st.text(max_size=5),
    ),
    max_size=5,
).map("".join)


@given(near_the_edges, st.booleans())
def test_parts_are_what_an_independent_count_gives(text: str, gsm7: bool) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert sms_parts(text, gsm7=gsm7) == counted(text, gsm7=gsm7)


@given(
    st.text("茶a😀", min_size=1, max_size=150),
    st.text("林A", min_size=1, max_size=8),
    st.sampled_from(["", "拒收请回复R"]),
)
def test_signature_and_way_out_are_counted_and_paid_for(
    aliyun_with: Callable[[str, str], Channel], text: str, sign: str, added: str
) -> None:
    checked = aliyun_with(sign, added).check(replace(HELLO, text=text))
    parts = counted(f"【{sign}】{text}{added}", gsm7=False)
    assert (checked.parts, checked.cost) == (parts, parts * Decimal("0.045"))


@given(st.text(max_size=400))
def test_a_longer_text_never_takes_fewer_parts(text: str) -> None:
    assert sms_parts(text, gsm7=False) <= sms_parts(text + "x", gsm7=False)
    assert sms_parts(text) <= sms_parts(text, gsm7=False)
