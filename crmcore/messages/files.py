"""Templates in YAML files, as people and packs write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crmcore.i18n import gettext as _
from crmcore.messages.template import Template, TemplateError, dump_template, load_template
from crmcore.written import text_in

LARGEST = 2_000_000  # bytes


def template_from_file(path: Path) -> Template:
    """The template in a YAML file. Raises `FileError` for one that cannot be read, `TemplateError`."""
    text = text_in(path, LARGEST)
    try:
        return load_template(parsed(text))
    except TemplateError as error:
        raise TemplateError(_("{path}: {reason}").format(path=path, reason=error)) from None


def parsed(text: str) -> Any:
    """What YAML text stands for: plain values only; raises `TemplateError`."""
    from crmcore.rules.strict_yaml import NotYamlError, values_in

    try:
        return values_in(text)
    except NotYamlError as error:
        raise TemplateError(str(error)) from None


def as_yaml(template: Template) -> str:
    """The template as YAML text."""
    import yaml

    return str(yaml.safe_dump(dump_template(template), allow_unicode=True, sort_keys=False, width=100))
