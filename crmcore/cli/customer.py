"""`crm customer`: finding, showing and keeping customers."""

from __future__ import annotations

from crmcore.cli.base import group
from crmcore.i18n import mark

_HERE = "crmcore.cli.customers"

command = group(
    mark("Customers: everybody who ever dealt with the shop."),
    lazy={
        "find": (f"{_HERE}.find", mark("Find customers by name, phone, e-mail, buyer id or order number.")),
        "show": (f"{_HERE}.show", mark("Show a customer's card and timeline.")),
        "add": (f"{_HERE}.add", mark("Add a customer.")),
        "edit": (f"{_HERE}.edit", mark("Change a customer's profile, identities and tags.")),
        "consent": (f"{_HERE}.consent", mark("Write down what a customer allowed or refused.")),
        "merge": (f"{_HERE}.merge", mark("Make two records of one person one.")),
        "split": (f"{_HERE}.split", mark("Take merged records apart again.")),
        "duplicates": (f"{_HERE}.duplicates", mark("List records that may be one person.")),
        "export": (f"{_HERE}.export", mark("Give out everything that is held on a customer.")),
        "forget": (f"{_HERE}.forget", mark("Erase who a customer is; what she bought goes on counting.")),
    },
)
