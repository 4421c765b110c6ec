"""What a worker does for the shop: the jobs, each a generator of answers. This runs in the worker process.

Plugin code that was given customers' data must not carry them out in a message: see `guard`.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib import import_module
from typing import Any

from crmcore.errors import PluginFailure
from crmcore.hooks.fact_values import checked_value
from crmcore.hooks.frames import Broken
from crmcore.hooks.guard import reason_of
from crmcore.hooks.manager import PluginManager
from crmcore.hooks.norms import NormTable, tables_for
from crmcore.hooks.self_description import describe
from crmcore.hooks.shop_view import ShopView
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.records.history import History
from crmcore.rules.tree import python_tests

Ask = Callable[[str, tuple[Any, ...]], Any]
# A job of a higher floor that asks the shop for more while it works: `asking module:function`.
ASKING = "asking "
# Facts and column values are sent in parts: a part is sent when it is this old, so that silence means a hang.
_PART_SECONDS = 0.25


class WrongType(TypeError):  # noqa: N818 - what the plugin did, not an error of ours
    """Plugin code returned something else than its contract says; the message holds no data."""


def run(manager: PluginManager, plugin: str, job: str, args: tuple[Any, ...], ask: Ask) -> Iterator[Any]:
    """The answers of one job."""
    if job == "call":
        yield _call(manager, plugin, *args)
    elif job == "stream":
        yield from _stream(manager, plugin, *args)
    elif job == "facts":
        yield from _facts(manager, plugin, *args)
    elif job == "facts_together":
        yield from _facts_together(manager, plugin, *args)
    elif job == "column":
        yield from _column(manager, plugin, *args)
    elif job == "tests":
        yield from _tests(manager, plugin, *args)
    elif job == "describe":
        yield describe(manager, plugin, *args)
    elif job == "action":
        yield _action(manager, plugin, ask, *args)
    elif job == "shown":
        hook, name = args
        yield find_item(manager, plugin, hook, name).shown(ShopView(ask))
    elif job == "send":
        from crmcore.hooks import channel_jobs

        yield from channel_jobs.send(manager, plugin, ask, *args)
    elif job.startswith(ASKING):
        yield from _elsewhere(job.removeprefix(ASKING))(manager, plugin, ask, *args)
    else:
        yield from _elsewhere(job)(manager, plugin, *args)


def _elsewhere(job: str) -> Callable[..., Iterator[Any]]:
    """A job of a higher floor: `module:function` of crmcore, called as `function(manager, plugin, *args)`."""
    module, _colon, name = job.partition(":")
    if not name or not module.startswith("crmcore."):
        raise LookupError(job)
    function: Callable[..., Iterator[Any]] = getattr(import_module(module), name)
    return function


def find_item(manager: PluginManager, plugin: str, hook: str, name: str) -> Any:
    """The thing of that name that the plugin brings; raises `PluginFailure` when it does not."""
    results = manager.call(hook)
    for owner, item in results.values:
        if owner == plugin and item.name == name:
            return item
    for failure in manager.failures:
        if failure.plugin == plugin:
            raise failure
    raise PluginFailure(plugin, hook, _("it does not bring {name!r}").format(name=name))


def _call(manager: PluginManager, plugin: str, hook: str, item: str, method: str, *args: Any) -> object:
    result = getattr(find_item(manager, plugin, hook, item), method)(*args)
    return check_sniff(result) if method == "sniff" else result


def _stream(
    manager: PluginManager, plugin: str, hook: str, item: str, method: str, *args: Any
) -> Iterator[object]:
    results = getattr(find_item(manager, plugin, hook, item), method)(*args)
    if not hasattr(results, "__iter__"):
        raise WrongType(_("it returned {got}; batches are expected").format(got=type(results).__name__))
    for result in results:
        if method != "read" or check_batch(result):
            yield result


def check_sniff(result: object) -> float | None:
    """The certainty that `sniff` returned; raises `WrongType`."""
    if result is None:
        return None
    if isinstance(result, int | float) and 0 <= result <= 1:
        return float(result)
    raise WrongType(
        _("it returned {got}; a number from 0 to 1, or None, is expected").format(got=_kind(result))
    )


def check_batch(result: object) -> bool:
    """Whether the batch holds rows; raises `WrongType` for what is no proper batch."""
    from crmcore.hooks.table_importer import MAX_BATCH, Batch

    if not isinstance(result, Batch):
        raise WrongType(_("it gave {got}; Batch is expected").format(got=_kind(result)))
    columns = result.columns
    if not isinstance(columns, dict) or not all(isinstance(name, str) for name in columns):
        raise WrongType(_("the columns of a batch must be a dict of names"))
    if not all(isinstance(cells, list) for cells in columns.values()):
        raise WrongType(_("a column of a batch must be a list"))
    sizes = {len(cells) for cells in columns.values()}
    if len(sizes) > 1:
        raise WrongType(_("the columns of a batch have different lengths"))
    if sizes and max(sizes) > MAX_BATCH:
        raise WrongType(_("a batch has more than {largest} rows").format(largest=MAX_BATCH))
    if type(result.first_line) is not int:
        raise WrongType(_("the first line of a batch must be a number"))
    for name, cells in columns.items():
        if wrong := {type(cell).__name__ for cell in cells if cell is not None and type(cell) is not str}:
            raise WrongType(
                _("column {name!r} of a batch holds {got}; text or None is expected").format(
                    name=name, got=joined(sorted(wrong))
                )
            )
    return bool(sizes and max(sizes))


def _facts(
    manager: PluginManager,
    plugin: str,
    name: str,
    settings: Mapping[str, object] | None,
    norms: Mapping[str, NormTable] | None,
    histories: Sequence[object],
    part: int,
) -> Iterator[list[object]]:
    value = _fact(manager, plugin, name, settings, norms)
    yield from _each(value, [(history,) for history in histories], part)


def _facts_together(
    manager: PluginManager,
    plugin: str,
    asked: Sequence[tuple[str, Mapping[str, object], Mapping[str, NormTable]]],
    sent: bytes,
    part: int,
) -> Iterator[list[object]]:
    """Rows of a value a fact: each customer's facts one after the other, so that they can share work.

    `sent` are packed histories. What one plugin worked out for her is not another's to see.
    """
    facts = [_fact(manager, plugin, *one) for one in asked]
    histories = [replace(one, _once={}) for one in _unpacked(sent)]

    def row(history: object) -> tuple[object, ...]:
        return tuple(_value_or_broken(fact, history) for fact in facts)

    yield from _each(row, [(history,) for history in histories], part)


@lru_cache(maxsize=1)
def _unpacked(sent: bytes) -> tuple[History, ...]:
    """The shop's histories, unpacked once for all plugins that are asked about them."""
    return tuple(pickle.loads(sent))  # our own process sent it


def _fact(
    manager: PluginManager,
    plugin: str,
    name: str,
    settings: Mapping[str, object] | None,
    norms: Mapping[str, NormTable] | None,
) -> Callable[[object], object]:
    fact = find_item(manager, plugin, "crm_segment_rules", name)
    given = manager.fact_settings(plugin, fact) if settings is None else dict(settings)
    given |= tables_for(fact.norms, norms)
    return lambda history: checked_value(fact.type, fact.function(history, **given))


def _column(
    manager: PluginManager,
    plugin: str,
    importer: str,
    method: str,
    values: Sequence[tuple[str, ...]],
    part: int,
) -> Iterator[list[object]]:
    function = getattr(find_item(manager, plugin, "crm_importers", importer), method)

    def value(*cells: str) -> object:
        return _cell_or_cells(function(*cells))

    yield from _each(value, values, part)


def _tests(
    manager: PluginManager, plugin: str, segment: str, place: int, values: Sequence[object]
) -> Iterator[list[object]]:
    found = find_item(manager, plugin, "crm_segment_rules", segment)
    test = list(python_tests(found.rule.tree))[place].test

    def value(one: object) -> object:
        return bool(test(one))

    yield from _each(value, [(one,) for one in values], len(values))


def _each(
    function: Callable[..., object], argument_lists: Sequence[tuple[Any, ...]], part: int
) -> Iterator[list[object]]:
    """The function of each, in parts; `Broken` where it raises, so that one bad value costs no other."""
    done: list[object] = []
    since = time.monotonic()
    for arguments in argument_lists:
        done.append(_value_or_broken(function, *arguments))
        if len(done) >= part or time.monotonic() - since > _PART_SECONDS:
            yield done
            done, since = [], time.monotonic()
    if done:
        yield done


def _value_or_broken(function: Callable[..., object], *arguments: object) -> object:
    try:
        return function(*arguments)
    except BaseException as error:  # noqa: BLE001 - the seam between plugins and the shop
        return Broken(_safe_reason(error))


def _safe_reason(error: BaseException) -> str:
    own = isinstance(error, TypeError | ValueError) and error.__traceback__ is not None
    if own and _last_module(error).startswith("crmcore."):
        return str(error)  # our own check of the result: it holds no data
    return reason_of(error, private=True)


def _last_module(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return str(trace.tb_frame.f_globals.get("__name__", "")) if trace else ""


def _cell_or_cells(result: object) -> object:
    if isinstance(result, dict):
        return {str(name): _cell(one) for name, one in result.items()}
    return _cell(result)


def _cell(value: object) -> str | None:
    """A cell as text: numbers and days are taken too, as a person would write them."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise WrongType(_("it returned {got}; text or None is expected").format(got=_kind(value)))


def _action(
    manager: PluginManager, plugin: str, ask: Ask, name: str, parameters: Mapping[str, object]
) -> object:
    import msgspec

    action = find_item(manager, plugin, "crm_actions", name)
    shop = ShopView(ask)
    if action.parameters is None:
        result = action.function(shop)
    else:
        result = action.function(shop, msgspec.convert(dict(parameters), action.parameters))
    try:
        return msgspec.to_builtins(result)
    except (TypeError, ValueError):
        raise WrongType(
            _("it returned {got}; text, numbers, days, and lists or dicts of them are expected").format(
                got=_kind(result)
            )
        ) from None


def _kind(value: object) -> str:
    """What a value is, without showing it."""
    return _("a number out of range") if type(value) in (int, float) else type(value).__name__
