"""Mapping files: a table importer written in YAML by somebody who does not program.

The keys are the attributes of `TableImporter`, plus `format` (the version of this form, 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crmcore.errors import FileError, MappingError
from crmcore.hooks.importer_check import SHAPES, check_shape, refuse_name, validate
from crmcore.hooks.table_importer import TableImporter
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.written import text_in

FORMAT = 1
_LARGEST = 2_000_000  # bytes
_REQUIRED = ("platform", "record", "columns")


class MappedImporter(TableImporter):
    """An importer made from a mapping file; `mapping` is what the file says."""

    def __init__(self, mapping: Mapping[str, Any]) -> None:
        self.mapping = dict(mapping)
        for key, value in self.mapping.items():
            setattr(self, key, value)


def load_mapping(source: Path | str | Mapping[str, Any], name: str | None = None) -> TableImporter:
    """The importer that a mapping describes: a file's path, the YAML text itself, or its content.

    `name` is used where the mapping has none (by default the file's name). Raises `MappingError` with the
    file, the key, the reason and the choices.
    """
    where = name or "mapping"
    if isinstance(source, Path):
        where = source.name
        name = name or source.stem
        source = _text_of(source)
    if isinstance(source, str):
        source = _parse(source, where)
    mapping = {key: _texts(value) for key, value in source.items() if value is not None}
    form = mapping.pop("format", FORMAT)
    if form != FORMAT:
        text = _("{where}: format {form} is newer than this program reads ({ours}): update crm")
        raise MappingError(text.format(where=where, form=form, ours=FORMAT))
    for key in mapping:
        if not isinstance(key, str) or key not in SHAPES:
            raise refuse_name(where, str(key), SHAPES)
    for key in _REQUIRED:
        if key not in mapping:
            text = _("{where}: the key {key!r} is missing; a mapping needs {needs}")
            raise MappingError(text.format(where=where, key=key, needs=joined(_REQUIRED)))
    if isinstance(mapping.get("title"), str):
        mapping["title"] = {"zh": mapping["title"], "en": mapping["title"]}
    for key, shape in SHAPES.items():
        check_shape(where, key, mapping.get(key), shape)
    mapping.setdefault("name", name or mapping["platform"])
    importer = MappedImporter(mapping)
    validate(importer)
    return importer


def dump_mapping(importer: TableImporter) -> str:
    """The YAML of an importer's attributes, without those left at their default.

    What a plugin does in Python (`@column`, `sniff`, `read`) cannot be told in a mapping and is left out.
    """
    import yaml

    content: dict[str, Any] = {}
    for key in SHAPES:
        value = getattr(importer, key)
        if value == getattr(TableImporter, key) or value in (None, (), {}, []):
            continue
        content[key] = _plain(value)
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)


def _texts(value: Any) -> Any:
    """Turn numbers into texts inside lists and maps: a status or a product code may look like a number."""
    if isinstance(value, Mapping):
        return {_number_text(key): _texts(_number_text(one)) for key, one in value.items()}
    if isinstance(value, list):
        return [_texts(_number_text(one)) for one in value]
    return value


def _number_text(value: Any) -> Any:
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


def _text_of(path: Path) -> str:
    try:
        return text_in(path, _LARGEST)
    except FileError as error:
        raise MappingError(str(error)) from None


def _parse(text: str, where: str) -> Mapping[str, Any]:
    from crmcore.rules.strict_yaml import NotYamlError, values_in

    try:
        content = values_in(text)
    except NotYamlError as error:
        raise MappingError(_("{path}: {reason}").format(path=where, reason=error)) from None
    if not isinstance(content, Mapping):
        message = _("{where}: a mapping is a list of 'key: value' lines with {needs}")
        raise MappingError(message.format(where=where, needs=joined(_REQUIRED)))
    return content
