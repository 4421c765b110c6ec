"""Family `segment_rules`: figures about a customer, and the groups of customers they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcore.hooks.markers import hookspec

if TYPE_CHECKING:
    from crmcore.hooks.facts import Fact, Fold, SegmentRule
    from crmcore.hooks.norms import Norm


@hookspec
def crm_segment_rules(settings: Any) -> list[Fact | Fold | SegmentRule | Norm] | None:
    """Facts about a customer, and segments: rules over facts.

    When: once after the shop was opened, the first time somebody asks which facts or segments there are.

    Gets: `settings`, the plugin's own `Settings` with the shop's values, None where the module defines none.
    Leave the parameter out when you do not need it.

    Returns: a list that may mix `Fold` (a figure counted or added up from events: fast, always right), `Fact`
    (a Python function of one customer's `History`), `SegmentRule`, and `Norm` (what is usual over all
    customers, for the facts and advice of the same plugin). Names are shared by all plugins, but for those of
    norms: of two with one name the one loaded first keeps it.

    None: the plugin has no rules for this shop; same as an empty list.

    When it raises: the plugin's facts and segments are left out, those of all other plugins stand. The
    function of a `Fact` runs later, in a worker process: where it raises or hangs, that one customer has no
    such fact. A function or regular expression in a rule (`test`, `matches`, `search`) runs there too, over
    the customers that the rest of the rule left over: where it raises, or takes more than 3 seconds for one
    value, the question is not answered and the plugin named.

        @hookimpl
        def crm_segment_rules():
            silent = where("days_since_last_order") >= 90
            return [SegmentRule("silent", silent, zh="沉默客户", en="Silent customers")]
    """
