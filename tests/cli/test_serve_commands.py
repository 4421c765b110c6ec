"""`crm account` and the refusals of `crm serve`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Crm


def test_accounts_are_added_listed_and_removed(crm: Crm, shop_folder: Path) -> None:
    added = crm("account", "add", "amy", "--password-stdin", stdin="correct horse\n", shop=shop_folder)
    assert added.code == 0, added.err
    assert crm("account", "list", "--json", shop=shop_folder).json == {"accounts": [{"name": "amy"}]}
    assert (
        crm("account", "add", "amy", "--password-stdin", stdin="correct horse\n", shop=shop_folder).code == 1
    )
    changed = crm(
        "account", "password", "amy", "--password-stdin", "--json", stdin="another horse\n", shop=shop_folder
    )
    assert changed.json == {"name": "amy", "changed": True}
    assert crm("account", "remove", "amy", "--json", shop=shop_folder).json == {
        "name": "amy",
        "removed": True,
    }
    assert crm("account", "list", "--json", shop=shop_folder).json == {"accounts": []}


def test_a_password_is_never_an_argument_and_needs_somebody_to_type_it(crm: Crm, shop_folder: Path) -> None:
    refused = crm("account", "add", "amy", shop=shop_folder)
    assert refused.code == 2
    assert "--password-stdin" in refused.err


def test_serving_without_an_account_says_what_to_do(crm: Crm, shop_folder: Path) -> None:
    refused = crm("serve", shop=shop_folder)
    assert refused.code == 1
    assert "crm account add" in refused.err


def test_a_certificate_that_is_none_is_refused(crm: Crm, shop_folder: Path, tmp_path: Path) -> None:
    crm("account", "add", "amy", "--password-stdin", stdin="correct horse\n", shop=shop_folder)
    file = tmp_path / "cert.pem"
    file.write_text("nothing")
    refused = crm("serve", "--certificate", str(file), shop=shop_folder)
    assert refused.code == 1
    assert "cannot be used" in refused.err
    assert crm("serve", "--key", str(file), shop=shop_folder).code == 2
