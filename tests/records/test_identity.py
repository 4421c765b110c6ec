from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import UsageError
from crmcore.records.identity import (
    buyer_identity,
    email_identity,
    is_masked,
    mask_key,
    mask_keys_for,
    name_address_value,
    normal_buyer,
    normal_email,
    normal_phone,
    phone_identity,
    squeeze,
)

TEXT = st.text(max_size=30)
MOBILES = st.from_regex("1[3-9][0-9]{9}", fullmatch=True)


@given(text=TEXT)
def test_normal_forms_stay_as_they_are(text: str) -> None:
    for normal in (squeeze, normal_buyer, normal_email, normal_phone):
        once = normal(text)
        if once:
            assert normal(once) == once


@given(mobile=MOBILES, before=st.sampled_from(["", "+86", "86", "0086", "+86 ", "+86-"]))
def test_a_mainland_mobile_has_one_form_however_it_is_written(mobile: str, before: str) -> None:
    spaced = f"{mobile[:3]} {mobile[3:7]}-{mobile[7:]}"
    full_width = mobile.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    for written in (mobile, spaced, full_width, f"'{mobile}", f"（{mobile}）"):
        assert normal_phone(before + written if written[0] not in "'（" else written) == "+86" + mobile


@pytest.mark.parametrize(
    ("text", "currency", "expected"),
    [
        ("020 7946 0958", "GBP", "+442079460958"),
        ("+44 20 7946 0958", "CNY", "+442079460958"),
        ("0044 20 7946 0958", "CNY", "+442079460958"),
        ("+1 (415) 555-0100", "CNY", "+14155550100"),  # not a mobile of the mainland
        ("001 415 555 0100", "USD", "+14155550100"),
        ("13800000001.0", "CNY", "+8613800000001"),
        ("(212) 555-0123", "USD", "+12125550123"),
        ("010-12345678", "CNY", "+861012345678"),
        ("12", "CNY", None),
        ("abc", "CNY", None),
        ("", "CNY", None),
    ],
)
def test_phones_are_read_in_the_shops_country(text: str, currency: str, expected: str | None) -> None:
    assert normal_phone(text, currency) == expected


@given(
    full=st.text(alphabet=st.characters(exclude_characters="*＊•●×"), min_size=2, max_size=12), data=st.data()
)
def test_every_mask_of_a_value_is_found_by_the_full_value(full: str, data: st.DataObject) -> None:
    full = full.lower()
    head = data.draw(st.integers(0, len(full) - 1))
    tail = data.draw(st.integers(0, len(full) - head - 1))
    stars = data.draw(st.integers(1, 6))
    masked = full[:head] + "*" * stars + full[len(full) - tail :]
    if head + tail and not masked.startswith(("##", "$$", "~")):
        assert is_masked(masked)
        assert mask_key(masked) in mask_keys_for(full)


def test_a_hidden_mail_address_is_found_by_the_full_one() -> None:
    assert mask_key("zh***@mail.example.com") in mask_keys_for("zhangsan@mail.example.com")


@pytest.mark.parametrize("text", ["***", "＊＊", "##a8f0c2==", "~x", "$$abc"])
def test_a_value_of_which_nothing_is_visible_has_no_key(text: str) -> None:
    assert is_masked(text)
    assert mask_key(text) is None


def test_values_become_identities() -> None:
    phone = phone_identity("138-0013-8000")
    assert (phone.value, phone.shown, phone.strong, phone.mask_key) == (
        "+8613800138000",
        "138-0013-8000",
        True,
        None,
    )
    hidden = phone_identity("1******6198")
    assert (hidden.strong, hidden.mask_key) == (False, "1*6198")
    assert email_identity("Mailto:A.B@Example.COM").value == "a.b@example.com"
    assert not email_identity("x1y2@marketplace.amazon.de").strong
    buyer = buyer_identity("  TB  小花 ", "taobao")
    assert (buyer.value, buyer.namespace, buyer.strong) == ("tb 小花", "taobao", True)
    assert not buyer_identity("小***7", "taobao").strong


def test_what_is_no_value_is_refused() -> None:
    for make, text, message in [
        (phone_identity, "12", "not a phone number"),
        (email_identity, "a@b", "not an e-mail"),
        (lambda t: buyer_identity(t, "x"), "  ", "cannot be empty"),
    ]:
        with pytest.raises(UsageError, match=message):
            make(text)


def test_name_and_address_identify_only_when_both_are_told() -> None:
    assert name_address_value("王芳", "西湖区 文一路12号") == "王芳|西湖区文一路12号"
    for name, address in [
        ("王", "西湖区文一路12号"),
        ("王芳", "杭州"),
        ("王*", "西湖区文一路12号"),
        ("王芳", "西湖区文一路***"),
    ]:
        assert name_address_value(name, address) is None


@given(text=TEXT)
def test_squeezed_text_holds_nothing_that_upsets_a_terminal(text: str) -> None:
    assert not re.search(r"[\x00-\x1f\x7f]|^\s|\s$|\s\s", squeeze(text))
