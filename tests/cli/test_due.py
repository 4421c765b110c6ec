"""crm due: what is to do today as a list and as JSON, and moving one thing on."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Crm


def test_what_is_due_is_listed_and_moved_on(crm: Crm, shop_folder: Path) -> None:
    assert "Nothing due today." in crm("due", shop=shop_folder).out
    number = crm("customer", "add", "--name", "王芳", "--json", shop=shop_folder).json["id"]
    words = ("log", number, "promise", "two masks", "--due", "today", "--set", "owner=Bob", "--json")
    promise = crm(*words, shop=shop_folder).json["id"]
    shown = crm("due", shop=shop_folder).out
    assert "Promises 1" in shown
    assert "two masks" in shown
    found = crm("due", "--json", shop=shop_folder).json
    assert (found["open"], found["done"]) == (1, 0)
    (task,) = next(one["tasks"] for one in found["queues"] if one["name"] == "promises")
    assert (task["interaction_id"], task["customer_id"], task["owner"]) == (promise, number, "Bob")
    assert crm("due", "--mine", "--json", shop=shop_folder).json["open"] == 0
    assert crm("due", promise, "--owner", "", shop=shop_folder).code == 0
    assert crm("due", "--mine", "--json", shop=shop_folder).json["open"] == 1
    assert crm("due", promise, "--state", "kept", "--json", shop=shop_folder).json["state"] == "kept"
    found = crm("due", "--json", shop=shop_folder).json
    assert (found["open"], found["done"]) == (0, 1)


def test_what_cannot_be_is_refused(crm: Crm, shop_folder: Path) -> None:
    number = crm("customer", "add", "--name", "王芳", "--json", shop=shop_folder).json["id"]
    promise = crm("log", number, "promise", "two masks", "--json", shop=shop_folder).json["id"]
    for words, code, said in (
        (["--state", "kept"], 2, "name the interaction"),
        ([promise], 2, "say what becomes of it"),
        ([promise, "--state", "won"], 1, "from there it can go to kept, dropped"),
        ([99, "--state", "kept"], 1, "no interaction 99"),
        ([promise, "--until", "soon"], 2, "not a time"),
    ):
        shown = crm("due", *words, shop=shop_folder)
        assert (shown.code, shown.out) == (code, "")
        assert said in shown.err
