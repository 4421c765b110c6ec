"""Write the reference pages from the code they describe: `python scripts/docs.py`, `--check` to compare only.

A page is a file under docs/ and a function that returns its text. What has its reference elsewhere joins by
a line below `PAGES`: module and function, called without arguments.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

DOCS = Path(__file__).resolve().parent.parent / "docs"
# The labels at which the parts of a hook's docstring begin; a spec without one of them is not complete.
PARTS = ("When", "Gets", "Returns", "None", "When it raises")

# The classes whose objects plugins read and call, and fields of theirs that are nobody else's business.
_HANDED = (
    *("History", "OrderView", "Line", "ShopView", "Sample", "Batch", "ReportData"),
    *(
        "Channel",
        "Contact",
        "Address",
        "Outgoing",
        "Problem",
        "Checked",
        "Receipt",
        "Sent",
        "Happened",
        "Fetched",
    ),
    *("Limits", "Outcome", "Gateway", "Answer"),
)
_INNER = ("zone", "seconds", "minor")

_WRITTEN = "<!-- Written by scripts/docs.py from the code; change it there. -->"
_INTRODUCTION = f"""# Hooks

{_WRITTEN}

A plugin is a module with functions named after hooks and marked with `@hookimpl`; how to write one is told in
[plugins.md](plugins.md), the names of facts and columns in [fields.md](fields.md). Each plugin is asked
alone: what one does wrong costs no other its answer. Of two things with one name the one loaded first keeps
it (built-in plugins, then installed packages by name, then the shop's own files); answers are listed the
other way round, the shop's own first. An implementation names only the arguments it needs. Hook wrappers are
not offered.
"""
_FACTS = """## Facts of a customer

Names for `where("…")` and for rules in YAML. Every fact of type instant, date or anniversary gives two more:
`days_since_X` and `days_until_X`, X being its name without `_at`; `birthday` gives `age`. Every instant and
date gives `X_during`, the occasion of the calendar it falls into: `last_order_during: {eq: double_11 2024}`,
and for events `during`. The calendar (`crm calendar list`) gives `occasions_today`, and for each of its names
`days_since_NAME` and `days_until_NAME`, counted on the day of the question. Every `city` gives `city_tier`,
every `province` gives `area`.
"""
_RULES = """# Fields, rules and mappings

{written}

What a rule can ask and an importer can fill, and the forms in which both are written.

## A rule in YAML

The keys are `name`, `title` (a text, or `{{zh: …, en: …}}`), `description`, `params` and `where`.
A condition is `fact: {{operator: value}}`, a group `all:`, `any:` or `none:` with a list of conditions, or
`segment: name`. The name of a stream of events with `any` asks about single events:
`lines: {{any: {{category: {{eq: dress}}}}}}`; with a list of conditions all of them hold of one and the same
event. `$x` stands for the parameter `x`; its default is a value, or
`{{top_share: {{field: total_spent, share: 0.8}}}}`: the fewest customers who bring that share. A comparison
with an absent value does not hold. Money is written in major units, a day as 2026-11-20, an instant as
"2026-11-20 18:00" on the shop's clock.

| Type | Operators |
| --- | --- |
"""
_MAPPING = """
## Keys of a mapping file

The same names are the attributes of a `TableImporter`. Needed: `platform`, `record`, `columns`.

| Key | Shape | Meaning |
| --- | --- | --- |
"""
_COLUMNS = """
## Columns that a file can fill

The left side of an importer's `columns`, and what a `@column` method can be named after; `extra.ANY` keeps
anything else.
"""


def hooks_page() -> str:
    """docs/hooks.md: every hook, from the docstrings of the spec modules; every public name."""
    from crmcore.hooks.contributions import SPEC_MODULES

    parts = [_INTRODUCTION]
    for name in SPEC_MODULES:
        module = import_module(name)
        parts.append(f"## {_heading(module)}\n")
        parts += [_hook_text(hook, function) for hook, function in hooks_of(module)]
    parts.append("## What a plugin's functions are given\n")
    parts += _handed_over()
    parts.append("## Public names\n")
    parts.append(
        "Everything a plugin may import, from `crmcore` itself; the rest is the inside and may change.\n"
    )
    parts.append("\n".join(_public_names()) + "\n")
    return "\n".join(parts)


def fields_page() -> str:
    """docs/fields.md: the facts and events that rules can name, and the columns that importers can fill."""
    from crmcore.hooks.import_fields import FIELDS
    from crmcore.rules.catalogue import CORE_FIELDS, CORE_STREAMS

    parts = [_RULES.format(written=_WRITTEN).rstrip(), *_operator_rows(), ""]
    parts += [_FACTS, *_table(_field_row(one) for one in CORE_FIELDS)]
    for stream in CORE_STREAMS:
        parts.append(f"\n## Events: `{stream.name}`\n")
        parts.append(f'For `where("{stream.name}").any(where("…") …)`, and for `Fold`.\n')
        parts += _table(_field_row(one) for one in stream.fields.stored.values())
    parts.append(_COLUMNS)
    parts += _table(
        (f"`{one.name}`", one.type, one.zh, one.en, ", ".join(sorted(one.records))) for one in FIELDS.values()
    )
    parts += [_MAPPING.rstrip("\n"), *_mapping_rows()]
    return "\n".join(parts) + "\n"


def _operator_rows() -> Iterator[str]:
    """Which operators go with which type of fact."""
    from crmcore.rules.tree import Op
    from crmcore.rules.values import OPERATORS

    for kind, fitting in OPERATORS.items():
        yield f"| {kind.value} | {', '.join(f'`{op.value}`' for op in Op if op in fitting)} |"


def _mapping_rows() -> Iterator[str]:
    """The attributes of `TableImporter` with the comments that stand above them."""
    from crmcore.hooks import table_importer
    from crmcore.hooks.importer_check import SHAPES

    comment: list[str] = []
    told = ""
    for line in inspect.getsource(table_importer.TableImporter).splitlines():
        words = line.strip()
        if words.startswith("# "):
            comment.append(words[2:])
            continue
        name = words.partition(":")[0]
        if name in SHAPES:  # two may share a comment
            told = " ".join(comment) or told
            cells = (f"`{name}`", SHAPES[name], told)
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        comment = []


def _handed_over() -> Iterator[str]:
    """The classes that a plugin's functions are given: what they hold and what they can be asked."""
    import crmcore

    for name in _HANDED:
        value = getattr(crmcore, name)
        yield f"### {name}\n\n{inspect.getdoc(value)}\n"
        if name == "Channel":
            yield from _channel_rows()
        known = [] if not is_dataclass(value) else [f for f in fields(value) if not _is_inner(f.name)]
        yield from (f"- `{one.name}`: {one.type}" for one in known)
        for member, what in vars(value).items():
            if member.startswith("_") or any(one.name == member for one in known):
                continue
            first = (inspect.getdoc(what) or "").partition("\n")[0]
            if isinstance(what, property):
                yield f"- `{member}`: {first}"
            elif inspect.isfunction(what):
                told = ", ".join(str(one) for one in list(inspect.signature(what).parameters.values())[1:])
                plain = re.sub(r"'", "", told)
                yield f"- `{member}({plain})`: {first}"
        yield ""


def _channel_rows() -> Iterator[str]:
    """The attributes of `Channel` with their defaults and the comments that stand above them."""
    from crmcore.hooks.channels import Channel

    told: list[str] = []
    for line in inspect.getsource(Channel).partition("    @property")[0].splitlines():
        words = line.strip()
        if words.startswith("# "):
            told.append(words[2:])
        elif found := re.match(r"(\w+): [^=]+ = (.*)$", words):
            yield f"- `{found[1]} = {found[2]}`" + (f": {' '.join(told)}" if told else "")
            told = []
        else:
            told = []


def _is_inner(name: str) -> bool:
    """Whether a field is how the class keeps something, not what a plugin is to read."""
    return name in _INNER or name.endswith(("_seconds", "_minor")) or name.startswith("all_")


def _field_row(field: Any) -> tuple[str, ...]:
    return (f"`{field.name}`", field.type.value, field.zh, field.en, field.description)


def _table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| Name | Type | 中文 | English | |"
    yield "| --- | --- | --- | --- | --- |"
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def hooks_of(module: ModuleType) -> list[tuple[str, Callable[..., object]]]:
    """The hooks that a spec module declares, in the order of the file."""
    return [(name, value) for name, value in vars(module).items() if hasattr(value, "crmcore_spec")]


def signature_of(name: str, function: Callable[..., object]) -> str:
    """A hook as its implementation writes it: `crm_importers(settings) -> list[TableImporter] | None`."""
    signature = inspect.signature(function)
    return f"{name}({', '.join(signature.parameters)}) -> {signature.return_annotation}"


def _heading(module: ModuleType) -> str:
    # """Family `importers`: files of a platform become …"""
    first = inspect.getdoc(module) or ""
    return first.partition("\n")[0].rstrip(".")


def _hook_text(name: str, function: Callable[..., object]) -> str:
    doc = inspect.getdoc(function) or ""
    for part in PARTS:
        if f"\n{part}: " not in doc:
            raise SystemExit(f"{name}: its docstring does not say {part!r}")
    prose, _, example = doc.partition("\n    ")
    for part in PARTS:
        prose = prose.replace(f"\n{part}: ", f"\n**{part}**: ", 1)
    code = inspect.cleandoc("\n    " + example)
    return f"### {name}\n\n`{signature_of(name, function)}`\n\n{prose.strip()}\n\n```python\n{code}\n```\n"


def _public_names() -> Iterator[str]:
    import crmcore

    for name in crmcore.__all__:
        value = getattr(crmcore, name)
        doc = inspect.getdoc(value) if callable(value) else ""
        first = " ".join(re.split(r"\n\s*\n", doc or "")[0].split())
        yield f"- `{name}`" + (f": {first}" if first else f" = {value!r}" if not callable(value) else "")


def _from(module: str, function: str) -> Callable[[], str]:
    return lambda: str(getattr(import_module(module), function)())


PAGES: dict[str, Callable[[], str]] = {"hooks.md": hooks_page, "fields.md": fields_page}
# Pages of parts that may not stand yet: file, module, function.
for _file, _module, _function in (("cli.md", "crmcore.cli.reference", "reference"),):
    if find_spec(_module) is not None:
        PAGES[_file] = _from(_module, _function)


def main(arguments: list[str]) -> int:
    """Write the pages, or say which of them are out of date; names of pages: only those."""
    stale = []
    named = [argument for argument in arguments if argument in PAGES]
    for file, page in PAGES.items():
        if named and file not in named:
            continue
        path = DOCS / file
        text = page()
        if path.exists() and path.read_text("utf-8") == text:
            continue
        if "--check" in arguments:
            stale.append(file)
        else:
            DOCS.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"wrote docs/{file}")
    for file in stale:
        print(f"docs/{file} is out of date: make docs")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
