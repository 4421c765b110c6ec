"""Templates in YAML files, as people and packs write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crmcore.errors import FileError
from crmcore.i18n import gettext as _
from crmcore.messages.template import Template, TemplateError, dump_template, load_template

LARGEST = 2_000_000  # bytes


def template_from_file(path: Path) -> Template:
    """The template in a YAML file. Raises `FileError` for one that cannot be read, `TemplateError`."""
    try:
        if path.stat().st_size > LARGEST:
            raise FileError(_("{path} is too big for a template").format(path=path))
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise FileError(
            _("{path} cannot be read: {reason}").format(path=path, reason=error.strerror or error)
        ) from None
    except UnicodeDecodeError:
        raise FileError(_("{path} is not UTF-8 text: save it as UTF-8").format(path=path)) from None
    try:
        return load_template(parsed(text))
    except TemplateError as error:
        raise TemplateError(_("{path}: {reason}").format(path=path, reason=error)) from None


def parsed(text: str) -> Any:
    """What YAML text stands for: plain values only; raises `TemplateError`."""
    import yaml

    from crmcore.rules.strict_yaml import StrictLoader

    try:
        return yaml.load(text, StrictLoader)  # a SafeLoader
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise TemplateError(_("this is not YAML: {reason}").format(reason=reason)) from None
    except (RecursionError, ValueError) as error:  # nested without end; a day such as 2024-13-45
        raise TemplateError(_("this YAML cannot be read: {reason}").format(reason=error)) from None


def as_yaml(template: Template) -> str:
    """The template as YAML text."""
    import yaml

    return str(yaml.safe_dump(dump_template(template), allow_unicode=True, sort_keys=False, width=100))
