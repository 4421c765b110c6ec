"""template, channel, secret: what they say, what they refuse, what they leave as exit code."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from tests.cli.conftest import Crm

PLUGINS = Path(__file__).parent.parent / "plugins"
TEMPLATE = """\
name: spring
title: {zh: 春茶, en: Spring tea}
purpose: promotion
text: "#客户姓名#，春茶到了，{{ offer }}"
values: {offer: 满200减30}
"""


class Drawer(KeyringBackend):
    """A keyring in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError
        del self.kept[service, username]


@pytest.fixture
def drawer() -> Iterator[Drawer]:
    before, made = keyring.get_keyring(), Drawer()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def shop(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The corner shop with the board as a channel."""
    monkeypatch.setenv("CRM_PLUGINS", "channels,phone")
    shutil.copy(PLUGINS / "channels.py", filled / "plugins")
    return filled


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "spring.yaml"
    path.write_text(TEMPLATE, "utf-8")
    return path


def test_a_template_from_its_file_to_the_preview(crm: Crm, shop: Path, file: Path) -> None:
    assert crm("template", "save", file, "--json", shop=shop).json == {"template": "spring", "findings": []}
    [listed] = crm("template", "list", "--json", shop=shop).json["templates"]
    assert (listed["name"], listed["purpose"], listed["error"]) == ("spring", "promotion", None)
    assert "Spring tea" in crm("template", "list", shop=shop).out
    assert "#客户姓名#" in crm("template", "show", "spring", shop=shop).out
    checked = crm("template", "check", "spring", "--channel", "board", "--json", shop=shop)
    assert (checked.code, checked.json["usable"], checked.json["tried"]) == (0, True, 2)
    assert checked.json["cost"] == "0.045"
    shown = crm("template", "preview", "spring", "1", "--channel", "board", shop=shop).out
    assert "李雷，春茶到了，满200减30" in shown
    [one] = crm("template", "preview", "spring", "1", "--json", shop=shop).json["previews"]
    assert (one["customer"], one["problem"]) == (1, None)
    assert crm("template", "remove", "spring", "--json", shop=shop).json == {
        "template": "spring",
        "removed": True,
    }
    assert crm("template", "show", "spring", shop=shop).code == 1


def test_what_is_wrong_with_it_is_said_and_ends_in_one(crm: Crm, shop: Path, file: Path) -> None:
    file.write_text(TEMPLATE.replace("满200减30", "全网最低").replace("#客户姓名#", "{{ nane }}"), "utf-8")
    checked = crm("template", "check", file, shop=shop)
    assert checked.code == 1
    assert "✗ there is no variable 'nane': did you mean 'name'?" in checked.out
    assert "全网最低: the Advertising Law forbids it" in checked.out
    assert "template spring cannot be sent like this" in checked.err
    kept = crm("template", "save", file, shop=shop)  # half finished: kept, and told
    assert (kept.code, "全网最低" in kept.err) == (0, True)
    file.write_text("name: [", "utf-8")
    assert crm("template", "save", file, shop=shop).code == 1


def test_words_are_the_shop_s_to_edit(crm: Crm, shop: Path) -> None:
    assert crm("template", "words", "add", "清仓", "--json", shop=shop).json == {"words": ["清仓"]}
    crm("template", "words", "allow", "全网最低", shop=shop)
    words = crm("template", "words", "list", "--json", shop=shop).json
    assert {"word": "清仓", "list": "shop"} in words["words"]
    assert words["allowed"] == ["全网最低"]
    assert "全网最低" not in {one["word"] for one in words["words"]}
    assert "小林茶铺" in crm("template", "words", "shop", "小林茶铺", shop=shop).out


def test_channels_say_what_they_are_good_for(crm: Crm, shop: Path) -> None:
    found = {one["name"]: one for one in crm("channel", "list", "--json", shop=shop).json["channels"]}
    assert set(found) == {"board", "letters", "phone"}
    assert found["board"]["missing_secrets"] == ["board_pin"]
    assert found["phone"]["manual"] is True
    said = crm("channel", "info", "phone", shop=shop).out
    assert "big customers only" in said
    assert "w Wrong number" in said
    assert "Purposes: " in said
    assert "missing: crm secret set board_pin" in crm("channel", "info", "board", shop=shop).out
    assert "只打给大客户" in crm("--lang", "zh", "channel", "info", "phone", shop=shop).out
    assert "did you mean 'phone'" in crm("channel", "info", "fone", shop=shop).err


def test_a_connection_is_tried_with_its_secret(crm: Crm, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = crm("channel", "check", "board", shop=shop)
    assert (missing.code, "crm secret set board_pin" in missing.err) == (1, True)
    monkeypatch.setenv("CRM_SECRET_BOARD_PIN", "sesame-8837")
    assert crm("channel", "check", "board", shop=shop).out == "board: hello ***\n"


def test_a_test_message_goes_to_staff_and_never_to_who_said_no(
    crm: Crm, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_SECRET_BOARD_PIN", "sesame-8837")
    sent = crm("channel", "test", "board", "--to", "boss@example.com", "--json", shop=shop)
    assert (sent.code, sent.json["state"], sent.json["reference"][:9]) == (0, "accepted", "ref-test-")
    assert "sesame" not in sent.out
    assert crm("channel", "test", "board", "--to", "nonsense", shop=shop).code == 2
    assert crm("channel", "test", "letters", "--to", "x", shop=shop).code == 2  # worked by hand
    said_no = ("customer", "consent", 1, "board", "denied", "--reason", "asked")
    assert crm(*said_no, shop=shop).code == 0
    refused = crm("channel", "test", "board", "--to", "13800138000", shop=shop)
    assert (refused.code, "belongs to customer 1, who wants no messages" in refused.err) == (1, True)


def test_secrets_live_in_the_keyring_and_are_never_shown(crm: Crm, shop: Path, drawer: Drawer) -> None:
    assert (
        crm("secret", "set", "board_pin", shop=shop, stdin="sesame-8837\n").out
        == "Kept board_pin in the keyring.\n"
    )
    assert list(drawer.kept.values()) == ["sesame-8837"]
    listed = crm("secret", "list", "--json", shop=shop)
    assert {"name": "board_pin", "channel": "board", "needed": True, "place": "keyring"} in listed.json[
        "secrets"
    ]
    assert "sesame" not in listed.out
    assert crm("channel", "check", "board", shop=shop).out == "board: hello ***\n"
    assert crm("secret", "remove", "board_pin", "--json", shop=shop).json == {
        "name": "board_pin",
        "removed": True,
    }
    assert crm("secret", "remove", "board_pin", shop=shop).out == "The keyring has no board_pin.\n"
    assert crm("secret", "set", "Bad Name", shop=shop, stdin="x\n").code == 2
    assert crm("secret", "set", "board_pin", shop=shop, stdin="\n").code == 2


def test_a_locked_keyring_is_told_where_it_matters(
    crm: Crm, shop: Path, drawer: Drawer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_words: str) -> str:
        raise KeyringLocked("board_pin of somebody")

    for name in ("get_password", "set_password"):
        monkeypatch.setattr(drawer, name, locked)
    assert crm("channel", "list", "--json", shop=shop).code == 0
    kept = crm("secret", "set", "board_pin", shop=shop, stdin="sesame\n")
    assert (kept.code, kept.err) == (1, "Error: the keyring does not answer (KeyringLocked)\n")


def test_without_a_keyring_the_variable_is_named(
    crm: Crm, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    try:
        refused = crm("secret", "set", "board_pin", shop=shop, stdin="x-y-z\n")
    finally:
        keyring.set_keyring(before)
    assert (refused.code, "CRM_SECRET_BOARD_PIN" in refused.err) == (1, True)
