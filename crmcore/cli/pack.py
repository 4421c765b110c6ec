"""`crm pack`: config packs, made, looked at, checked, installed and shared."""

from __future__ import annotations

from crmcore.cli.base import group
from crmcore.i18n import mark

_HERE = "crmcore.cli.packs"

command = group(
    mark(
        "Config packs: what a shop has learned (segments, templates, calendars, articles …) in plain files. "
        "A pack is a folder, a .crmpack file, a YAML file, or the name of one that comes with a package."
    ),
    lazy={
        "list": (
            f"{_HERE}.list",
            mark("List the installed packs, or with --available those to choose from."),
        ),
        "inspect": (f"{_HERE}.inspect", mark("Show what a pack is and what it would bring.")),
        "check": (f"{_HERE}.check", mark("Put a pack to this shop's data and run its own tests.")),
        "diff": (f"{_HERE}.diff", mark("Show, text by text, what installing or upgrading would change.")),
        "install": (f"{_HERE}.install", mark("Install a pack under the shop's own words.")),
        "upgrade": (f"{_HERE}.upgrade", mark("Put a newer version in place; what the shop edited stays.")),
        "remove": (f"{_HERE}.remove", mark("Take a pack away; what the shop wrote stays.")),
        "verify": (f"{_HERE}.verify", mark("Check that installed packs are what their sources say.")),
        "new": (f"{_HERE}.new", mark("Make a pack to start from.")),
        "export": (
            f"{_HERE}.export",
            mark("Write the shop's playbook down as a pack, without anybody's data."),
        ),
    },
)
