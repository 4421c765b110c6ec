"""Rules as people write them in YAML: segments, packs, `crm segment check`.

    name: lapsed_big
    title: {zh: 沉睡大客, en: Lapsed big spenders}
    params: {from: 90, to: 180}
    where:
      all:
        - days_since_last_order: {gte: $from, lt: $to}
        - none: [{segment: complaint_open}]

The files come from strangers: no Python object, no alias, no key twice, and a size that no person exceeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _
from crmcore.i18n import title_of
from crmcore.rules.fields import suggestion
from crmcore.rules.names import check_slug
from crmcore.rules.tree import Node, TopShare
from crmcore.rules.yaml_tree import dump_tree, dumped, load_tree

LONGEST = 200_000
_KEYS = ("name", "title", "description", "params", "where")


@dataclass(frozen=True)
class RuleDocument:
    """A segment as it is written down: its slug, titles, parameters with their defaults, and its rule."""

    name: str
    tree: Node
    zh: str = ""
    en: str = ""
    description: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The title in the language in force, else the slug."""
        return title_of(self.zh, self.en) or self.name


def load_rule(source: str | Mapping[str, Any]) -> RuleDocument:
    """Read one rule from YAML text, or from the mapping it stands for. Raises `RuleError`."""
    body = _parsed(source) if isinstance(source, str) else source
    if not isinstance(body, Mapping):
        raise RuleError(_("a rule is a mapping with the keys name and where"))
    for key in body:
        if key not in _KEYS:
            raise RuleError(
                _("a rule has no key {key}{hint}").format(key=repr(key), hint=suggestion(str(key), _KEYS))
            )
    if "where" not in body:
        raise RuleError(_("the rule says nothing: the key where is missing"))
    title = _texts(body.get("title", {}), "title")
    return RuleDocument(
        name=check_slug(body.get("name")),
        tree=load_tree(body["where"]),
        zh=title.get("zh", ""),
        en=title.get("en", ""),
        description=_texts(body.get("description", {}), "description"),
        params=_params(body.get("params") or {}),
    )


def dump_rule(document: RuleDocument) -> dict[str, Any]:
    """The mapping that `load_rule` reads, made of plain JSON values. Raises `RuleError` for Python tests."""
    body: dict[str, Any] = {"name": document.name}
    if title := {key: text for key, text in (("zh", document.zh), ("en", document.en)) if text}:
        body["title"] = title
    if document.description:
        body["description"] = dict(document.description)
    if document.params:
        body["params"] = {name: _dumped_param(value) for name, value in document.params.items()}
    return body | {"where": dump_tree(document.tree)}


def to_yaml(document: RuleDocument) -> str:
    """The rule as YAML text."""
    import yaml

    return str(yaml.safe_dump(dump_rule(document), allow_unicode=True, sort_keys=False, width=100))


def _texts(value: Any, key: str) -> dict[str, str]:
    if isinstance(value, str):
        return {"zh": value, "en": value}
    if isinstance(value, Mapping) and all(k in ("zh", "en") and isinstance(t, str) for k, t in value.items()):
        return dict(value)
    raise RuleError(_("{key} is a text or {{zh: …, en: …}}").format(key=key))


def _params(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise RuleError(_("params is a mapping of names and values"))
    return {name: _param(name, default) for name, default in value.items()}


def _param(name: str, default: Any) -> Any:
    if not isinstance(default, Mapping):
        return tuple(default) if isinstance(default, list) else default
    match default.get("top_share"):
        case {"field": str(of), "share": float() | int() as share} if len(default) == 1:
            return TopShare(of, float(share))
    raise RuleError(
        _("parameter {name} is a value or {{top_share: {{field: total_spent, share: 0.8}}}}").format(
            name=name
        )
    )


def _parsed(text: str) -> Any:
    from crmcore.rules.strict_yaml import NotYamlError, values_in

    if len(text) > LONGEST:
        raise RuleError(_("the rule is longer than {most} signs").format(most=LONGEST))
    try:
        return values_in(text)
    except NotYamlError as error:
        raise RuleError(str(error)) from None


def _dumped_param(value: Any) -> Any:
    if isinstance(value, TopShare):
        return {"top_share": {"field": value.field, "share": value.share}}
    if isinstance(value, str):  # defaults are values, never references: no $ to be escaped
        return value
    return [_dumped_param(one) for one in value] if isinstance(value, list | tuple) else dumped(value)
