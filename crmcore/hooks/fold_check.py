"""Whether a fold makes sense, and what its value is, before any SQL is made of it.

A fold that reached the database broken would break every customer's card, not its plugin's figure alone.
"""

from __future__ import annotations

from functools import lru_cache

from crmcore.errors import RuleError
from crmcore.hooks.facts import Fold
from crmcore.i18n import gettext as _
from crmcore.rules.bind import bind_events
from crmcore.rules.bound import Bound, Comparison, PythonTest, leaves
from crmcore.rules.catalogue import CORE_STREAMS, Catalogue, Stream
from crmcore.rules.fields import Field, Fields, FieldType

_T = FieldType
# What the streams have beside what rules of segments may ask.
_MORE = {
    "orders": (
        Field("placed_at", _T.INSTANT, "下单时间", "Placed"),
        Field("platform", _T.TEXT, "平台", "Platform"),
    ),
    "lines": (Field("platform", _T.TEXT, "平台", "Platform"),),
    "refunds": (Field("order_id", _T.INT, "订单", "Order"),),
    "interactions": (Field("contact", _T.BOOL, "算作联系", "Contact"),),
}
# Which columns each way of folding can work on; `count` takes any, and `last`.
_COLUMNS = {
    "sum": (_T.INT, _T.MONEY),
    "median": (_T.INT, _T.MONEY, _T.INSTANT),
    "min": (_T.INT, _T.MONEY, _T.INSTANT, _T.DATE, _T.TEXT),
    "max": (_T.INT, _T.MONEY, _T.INSTANT, _T.DATE, _T.TEXT),
    "set": (_T.TEXT,),
    "days": (_T.INSTANT,),
    "gap": (_T.INSTANT,),
}
# Types whose values are kept alike: a fold may name another one of its kind.
_ALIKE = (
    {_T.INT, _T.MONEY, _T.INSTANT},
    {_T.TEXT, _T.DATE, _T.ANNIVERSARY},
    {_T.BOOL},
    {_T.LIST},
    {_T.NUMBER},
)


@lru_cache(maxsize=1)
def stream_fields() -> Catalogue:
    """The streams with every field that a fold may use."""
    streams = []
    for stream in CORE_STREAMS:
        fields = {field.name: field for field in _MORE[stream.name]} | stream.fields.stored
        streams.append(Stream(stream.name, stream.zh, stream.en, Fields(fields.values(), stream.name)))
    return Catalogue((), streams)


def column_type(fold: Fold) -> FieldType:
    """The type of the fold's column; raises `RuleError` when its stream has none of that name."""
    return stream_fields().streams[fold.stream].fields.get(fold.column or "at").type


def fold_type(fold: Fold) -> FieldType:
    """What the fold's value is. Raises `RuleError` when its stream has no such column."""
    return fold.type or _natural_type(fold)


def _natural_type(fold: Fold) -> FieldType:
    if fold.how in ("count", "days", "gap"):
        return _T.INT
    return _T.LIST if fold.how == "set" else column_type(fold)


def validate(fold: Fold) -> None:
    """Check a fold's column, type and rule; raises `RuleError` naming the fold and what does not fit."""
    try:
        natural, column = _natural_type(fold), column_type(fold)
    except RuleError as error:
        raise RuleError(_("fold {name}: {reason}").format(name=fold.name, reason=error)) from None
    if column not in _COLUMNS.get(fold.how, (column,)):
        message = _("fold {name}: {how} does not work on {column}, which is {type}")
        raise RuleError(
            message.format(name=fold.name, how=fold.how, column=fold.column or "at", type=column.value)
        )
    if fold.type and not any({FieldType(fold.type), natural} <= alike for alike in _ALIKE):
        message = _("fold {name}: its value is {natural}, it cannot be called {type}")
        raise RuleError(
            message.format(name=fold.name, natural=natural.value, type=FieldType(fold.type).value)
        )
    if fold.where is not None:
        try:
            # The currency tells how many decimals amounts have: any will do for a check.
            bound = bind_events(fold.where.tree, fold.stream, stream_fields(), currency="CNY")
        except RuleError as error:
            raise RuleError(_("fold {name}: {reason}").format(name=fold.name, reason=error)) from None
        check_rule(fold, bound)


def check_rule(fold: Fold, bound: Bound) -> None:
    """Refuse what a database cannot decide for good; raises `RuleError`."""
    for leaf in leaves(bound):
        if isinstance(leaf, PythonTest):
            message = _("fold {name}: the database cannot run {test}; write a Fact for that")
            raise RuleError(message.format(name=fold.name, test=leaf.label))
        if isinstance(leaf, Comparison) and leaf.field.base is not None:
            message = _("fold {name}: {field} changes from day to day by itself; compare {base} with a date")
            raise RuleError(message.format(name=fold.name, field=leaf.field.name, base=leaf.field.base.name))
