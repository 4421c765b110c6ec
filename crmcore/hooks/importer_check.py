"""Whether an importer's attributes make sense, before any file is read with it.

The same check serves mapping files and plugin classes: both get the key, the reason and the choices.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmcore.errors import MappingError
from crmcore.hooks.import_fields import OPEN_PREFIX, RECORDS, fields_of
from crmcore.hooks.table_importer import ComputedColumn, TableImporter
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.records.order import OrderStatus

AMOUNTS = ("repeated", "first_line", "per_line")
PAID = ("gross", "net", "auto")
DECIMALS = (".", ",")
JOINS = ("orders",)
# What figures cannot be without.
_SUBJECT = {"traffic": "day", "product": "sku", "market": "keyword"}

# A word of the files, not a state of ours: it was paid, all of it went back, and the order is closed.
REFUNDED = "refunded"

# The signs of strptime that every reader of ours knows.
_DATE_SIGN = re.compile(r"%(?:[aAbBcdfgGHIjmMnpSuUVwWxXyYzZ%]|-[dHIjmMSy])")

# key -> the shapes it may have
_TEXT, _NAMES, _WORDS = "text", "a list of texts", "a text or a list of texts"
SHAPES: dict[str, str] = {
    "name": _TEXT,
    "platform": _TEXT,
    "record": _TEXT,
    "title": "a text, or zh and en",
    "recognise": "a list of header names, or a list of such lists",
    "refuse": _NAMES,
    "currency": _TEXT,
    "time_zone": _TEXT,
    "date_format": _WORDS,
    "encoding": _TEXT,
    "delimiter": _TEXT,
    "header": "a line number or a list of names",
    "sheet": _WORDS,
    "statuses": "their word: ours",
    "order_amounts": _TEXT,
    "paid_amount": _TEXT,
    "key": _NAMES,
    "columns": "our name: their name, or a list of names",
    "not_goods": _NAMES,
    "decimal": _TEXT,
    "skip_rows": _WORDS,
    "join": _TEXT,
    "kind": _TEXT,
}


def nearest(name: str, choices: Iterable[str], count: int = 1) -> list[str]:
    """Up to `count` of the choices that look most like `name`."""
    options = {choice.lower(): choice for choice in choices}
    return [options[hit] for hit in difflib.get_close_matches(name.lower(), list(options), count, 0.55)]


def refuse_name(where: str, name: str, choices: Iterable[str]) -> MappingError:
    """The error for a name that is none of the choices: it shows the nearest one, and all of them."""
    known = list(choices)
    hint = nearest(name, known)
    if hint:
        text = _("{where}: there is no {name!r}; did you mean {hint!r}? Choices: {choices}")
        return MappingError(text.format(where=where, name=name, hint=hint[0], choices=joined(known)))
    text = _("{where}: there is no {name!r}. Choices: {choices}")
    return MappingError(text.format(where=where, name=name, choices=joined(known)))


def validate(importer: TableImporter) -> None:
    """Check an importer's attributes; raises `MappingError` naming the key, the reason and the choices."""
    name = importer.name or type(importer).__name__
    for key in ("platform", "record"):
        if not getattr(importer, key):
            raise MappingError(_("importer {name}: the key {key!r} is missing").format(name=name, key=key))
    for key, shape in SHAPES.items():
        check_shape(name, key, getattr(importer, key), shape)
    _check_words(name, importer)
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.:-]*", importer.platform):
        text = _("importer {name}: platform {platform!r} may hold small letters, digits, _ - . only")
        raise MappingError(text.format(name=name, platform=importer.platform))
    _check_fields(name, importer)
    _check_identity(name, importer)
    _check_patterns(name, importer)


def check_shape(name: str, key: str, value: Any, shape: str) -> None:
    """Check that the value of a key has the shape it must have; None stands for "not given"."""
    if value is None or _has_shape(key, value, shape):
        return
    text = _("importer {name}: the key {key!r} must be {shape}, not {value!r}")
    raise MappingError(text.format(name=name, key=key, shape=_(shape), value=value))


def _has_shape(key: str, value: Any, shape: str) -> bool:
    if shape == _TEXT:
        return isinstance(value, str)
    if shape == _NAMES:
        return _is_names(value)
    if shape == _WORDS:
        return isinstance(value, str) or _is_names(value)
    if key == "recognise":
        return _is_names(value) or (_is_list(value) and all(_is_names(group) and group for group in value))
    if key == "header":
        line = isinstance(value, int) and not isinstance(value, bool) and value >= 1
        return line or (_is_names(value) and len(value) > 0)
    if not isinstance(value, Mapping):
        return False
    lists = key == "columns"
    return all(
        isinstance(k, str) and (isinstance(v, str) or (lists and _is_names(v))) for k, v in value.items()
    )


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_names(value: Any) -> bool:
    return _is_list(value) and all(isinstance(one, str) for one in value)


def _check_words(name: str, importer: TableImporter) -> None:
    choices: list[tuple[str, Any, Sequence[str]]] = [
        ("record", importer.record, RECORDS),
        ("order_amounts", importer.order_amounts, AMOUNTS),
        ("paid_amount", importer.paid_amount, PAID),
        ("decimal", importer.decimal, DECIMALS),
    ]
    if importer.join is not None:
        choices.append(("join", importer.join, JOINS))
    statuses = [*(status.value for status in OrderStatus), REFUNDED]
    choices += [("statuses", ours, statuses) for ours in importer.statuses.values()]
    for key, value, allowed in choices:
        if value not in allowed:
            raise refuse_name(
                _("importer {name}, key {key!r}").format(name=name, key=key), str(value), allowed
            )


def _check_fields(name: str, importer: TableImporter) -> None:
    allowed = fields_of(importer.record)
    computed = importer.computed()
    if not importer.columns and not computed:
        text = _(
            "importer {name}: the key 'columns' is missing: it says which column is which (ours: theirs)"
        )
        raise MappingError(text.format(name=name))
    where = _("importer {name}, key 'columns', record {record!r}").format(name=name, record=importer.record)
    for ours in [*importer.columns, *(field for one in computed for field in one.fields)]:
        if ours.startswith(OPEN_PREFIX) and len(ours) > len(OPEN_PREFIX):
            continue
        if ours not in allowed:
            raise refuse_name(where, ours, [*allowed, "extra.ANY"])
    for field in importer.key:
        if not importer.names_of(field) and not any(field in one.fields for one in computed):
            text = _("importer {name}: the key names {field!r}, which is not among its columns")
            raise MappingError(text.format(name=name, field=field))
    for one in computed:
        if not one.theirs:
            text = _("importer {name}: @column on {method!r} names no column of the file")
            raise MappingError(text.format(name=name, method=one.method))
        _check_plain(name, one)


# What Python's patterns have and RE2's have not: looking around, and what was found before once more.
_NOT_RE2 = re.compile(r"\(\?(?:[=!>(#]|<[=!]|P=)|\\[1-9]|\\[AZzXCpP]")


def _check_plain(name: str, one: ComputedColumn) -> None:
    """Check the patterns of what a method need not be asked about."""
    if not one.plain:
        return
    where = _("importer {name}: `plain` of @column on {method!r}").format(name=name, method=one.method)
    if len(one.plain) != len(one.theirs):
        text = _(
            "{where} has {got} patterns for {wanted} columns: one for each, None where anything may stand"
        )
        raise MappingError(text.format(where=where, got=len(one.plain), wanted=len(one.theirs)))
    told: list[str] = []
    for pattern in one.plain:
        try:
            told += re.compile(pattern or "").groupindex
        except (re.error, TypeError) as error:
            text = _("{where}: {pattern!r} is no pattern: {reason}")
            raise MappingError(text.format(where=where, pattern=pattern, reason=error)) from None
        if pattern and _NOT_RE2.search(pattern):
            text = _("{where}: {pattern!r} looks around or back, which the database cannot do")
            raise MappingError(text.format(where=where, pattern=pattern))
    for field in told:
        if field not in one.fields:
            raise refuse_name(where, field, list(one.fields))
    if not told:
        raise MappingError(
            _("{where}: no pattern has a named group, such as (?P<email>…)").format(where=where)
        )


def _check_identity(name: str, importer: TableImporter) -> None:
    """Check that its rows can be told apart, and belong to somebody or something."""
    mapped = set(importer.columns) | {field for one in importer.computed() for field in one.fields}
    if importer.record == "interaction" and not importer.kind and "kind" not in mapped:
        text = _(
            "importer {name}: say what kind of interactions these are: 'kind: review', or a column 'kind'"
        )
        raise MappingError(text.format(name=name))
    needs: tuple[str, ...] = ()
    if importer.record in ("order", "order_line") and not importer.key:
        needs = ("order_ref",)
    elif importer.record == "customer":
        needs = ("buyer_ref", "email", "phone", "name", "nickname")
    elif importer.record == "interaction":
        needs = ("at",)
    elif importer.record in _SUBJECT:
        needs = (_SUBJECT[importer.record],)
    if needs and not mapped.intersection(needs):
        text = _("importer {name}: a {record} needs one of these among its columns: {needs}")
        if needs == ("order_ref",):
            text = _("importer {name}: map 'order_ref', or name the fields that identify a row under 'key'")
        elif needs == ("at",):
            text = _("importer {name}: an interaction needs 'at' among its columns: when it happened")
        elif importer.record in _SUBJECT:
            text = _("importer {name}: a {record} needs {needs!r} among its columns")
        raise MappingError(text.format(name=name, record=importer.record, needs=joined(needs)))


def _check_formats(name: str, importer: TableImporter) -> None:
    formats = importer.date_format
    for form in (formats,) if isinstance(formats, str) else formats or ():
        rest, signs = _DATE_SIGN.subn("", form)
        if signs and "%" not in rest:
            continue
        text = _('importer {name}: date_format {form!r} is none; one that works is "%Y-%m-%d %H:%M:%S"')
        raise MappingError(text.format(name=name, form=form))


def _may_take_for_ever(pattern: str) -> bool:
    """Whether matching could take more than the square of a text's length.

    These patterns are matched in the shop's own process, with the first cell of every row.
    """
    bare = re.sub(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\[^1-9]", "x", pattern, flags=re.DOTALL)
    return re.search(r"\)[*+{]|\\[1-9]|\(\?P=", bare) is not None or len(re.findall("[*+{]", bare)) > 2


def _check_patterns(name: str, importer: TableImporter) -> None:
    words = (importer.skip_rows,) if isinstance(importer.skip_rows, str) else importer.skip_rows
    for word in words:
        try:
            re.compile(word)
        except re.error as error:
            text = _("importer {name}: 'skip_rows' {word!r} is not a pattern: {error}")
            raise MappingError(text.format(name=name, word=word, error=error)) from None
        if _may_take_for_ever(word):
            text = _(
                "importer {name}: 'skip_rows' {word!r} could take for ever: nothing may repeat a bracket or "
                "come back to one, and at most two of * + {{ may stand in it"
            )
            raise MappingError(text.format(name=name, word=word))
    if importer.currency is not None and not re.fullmatch("[A-Z]{3}", importer.currency):
        text = _("importer {name}: currency {code!r} is not a code such as CNY")
        raise MappingError(text.format(name=name, code=importer.currency))
    _check_formats(name, importer)
    if importer.encoding is not None:
        try:
            # Some are no encodings of text: idna, punycode and the like.
            if "a,b\r\n..1".encode(importer.encoding).decode(importer.encoding) != "a,b\r\n..1":
                raise LookupError
        except (LookupError, UnicodeError):
            text = _(
                "importer {name}: unknown encoding {encoding!r}; usual ones: utf-8, gb18030, cp1252, cp932"
            )
            raise MappingError(text.format(name=name, encoding=importer.encoding)) from None
    if importer.delimiter is not None and len(importer.delimiter) != 1:
        text = _("importer {name}: 'delimiter' must be one character ({choices}), not {value!r}")
        choices = "',' ';' '\\t' '|' ' '"
        raise MappingError(text.format(name=name, choices=choices, value=importer.delimiter))
