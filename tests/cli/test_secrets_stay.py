"""No secret reaches the shop's folder, a log, a backup, or anything that is printed, whatever a channel does."""

from __future__ import annotations

import base64
import shutil
import urllib.parse
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from crmcore.errors import CrmError
from crmcore.messages.template import load_template
from crmcore.messages.trial import send_test
from crmcore.secrets import blackened, without
from crmcore.shop import Shop
from tests.cli.conftest import Crm

SECRET = "geheim/8837+täst"
FORMS = (
    SECRET,
    urllib.parse.quote(SECRET, safe=""),
    base64.b64encode(SECRET.encode()).decode(),
    SECRET.encode().hex(),
)
BOTH = {"zh": "茶到了", "en": "Tea is here"}
TEMPLATE = {"name": "tea", "title": BOTH, "purpose": "order", "text": BOTH}
PLUGINS = Path(__file__).parent.parent / "plugins"


SETTINGS = {
    "sms_aliyun": ("url=http://127.0.0.1:9", "sign=x", 'templates={"S": "hi"}'),
    "email": ("host=127.0.0.1", "port=9", "security=none", "sender=a@b.example"),
}
CHANNELS = ("tell_receipt", "tell_error", "tell_bug", "sms_aliyun", "email")


def told_by_channels(shop: Shop) -> Iterator[tuple[str, str]]:
    """What comes of a test message and of a trial of each channel: what was asked, and the answer."""
    for name in CHANNELS:
        to = "13800138009" if name == "sms_aliyun" else "boss@example.com"
        for what, act in (
            (f"test {name}", partial(send_test, shop, name, to, text="hi")),
            (f"check {name}", partial(shop.channels.probe, name)),
        ):
            try:
                yield what, str(act())
            except CrmError as error:
                yield what, f"{error} {getattr(error, 'detail', '')}"


def test_a_channel_that_tells_everything(
    crm: Crm, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "tell_tale,sms_aliyun,email")
    for name in ("tell_receipt", "tell_error", "tell_bug", "email", "other"):
        monkeypatch.setenv(f"CRM_SECRET_{name.upper()}_PASSWORD", SECRET)
    for name in ("KEY_ID", "KEY_SECRET"):
        monkeypatch.setenv(f"CRM_SECRET_SMS_ALIYUN_{name}", SECRET)
    shutil.copy(PLUGINS / "tell_tale.py", filled / "plugins")
    for plugin, pairs in SETTINGS.items():
        words = [word for pair in pairs for word in ("--set", pair)]
        assert crm("plugin", "settings", plugin, *words, shop=filled).code == 0
    said = [("check", crm("channel", "check", "tell_receipt", shop=filled).out)]
    with Shop.open(filled) as shop:
        said += told_by_channels(shop)
        shop.templates.save(load_template(TEMPLATE))
        said.append(("plugins", repr(shop.plugins.plugins()) + repr(shop.plugins.failures)))
    said.append(("list", crm("secret", "list", "--json", shop=filled).out))
    kept = [tmp_path / "kept.db", tmp_path / "kept.yaml"]
    assert crm("backup", kept[0], shop=filled).code == 0
    packed = crm("pack", "export", "kept", kept[1], shop=filled)
    assert packed.code == 0, packed.err
    assert "茶到了" in kept[1].read_text("utf-8")
    printed = capfd.readouterr()
    said.append(("terminal", printed.out + printed.err))
    for words, text in said:
        for form in FORMS:
            assert form not in text, words
    assert any("***" in text for _words, text in said)
    assert "[]" in dict(said)["test tell_receipt"]  # no other secret in its environment
    files = [one for one in (*filled.rglob("*"), *kept, *(tmp_path / "home").rglob("*")) if one.is_file()]
    assert len(files) > 4
    for file in files:
        content = file.read_bytes()
        for form in FORMS:
            assert form.encode() not in content, file
    assert "tell_bug" in (filled / "logs" / "plugins.log").read_text("utf-8")  # the failure itself is there


def test_forms_of_a_secret_are_blackened_and_short_ones_are_not() -> None:
    text = " ".join(FORMS)
    assert set(blackened(text, [SECRET]).split()) == {"***"}
    assert blackened("abc", ["abc"]) == "abc"  # every second word would be black
    assert blackened("longsecret-2 longsecret", ["longsecret", "longsecret-2"]) == "*** ***"


def test_a_process_for_plugins_has_no_secret_in_its_environment() -> None:
    given = {"PATH": "/bin", "CRM_SECRET_EMAIL_PASSWORD": "x", "crm_secret_b": "y", "CRM_SHOP": "z"}
    assert without(given) == {"PATH": "/bin", "CRM_SHOP": "z"}
