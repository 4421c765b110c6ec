"""`crm campaign rules`."""

from __future__ import annotations

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option, set_option
from crmcore.cli.output import print_json, say
from crmcore.i18n import mark


@crm_command(
    mark(
        "Show or change what holds for every sender: cap (promotions a customer gets at most) within "
        "cap_window (30d, or month), quiet_from and quiet_to on her clock, refund_days, quiet (on, off)."
    )
)
@set_option
@json_option
@pass_app
def command(app: App, values: dict[str, str], as_json: bool) -> None:
    """Show them; with --set change some."""
    campaigns = app.shop.campaigns
    rules = campaigns.change_rules(values) if values else campaigns.rules()
    if as_json:
        print_json(rules.as_json())
        return
    for name, value in rules.as_json().items():
        say(f"{name} = {value}")
