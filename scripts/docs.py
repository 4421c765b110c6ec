"""Write the reference pages from the code they describe: `python scripts/docs.py`, `--check` to compare only.

A page is a file under docs/ and a function that returns its text. What has its reference elsewhere joins by
a line below `PAGES`: module and function, called without arguments.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

DOCS = Path(__file__).resolve().parent.parent / "docs"
# The labels at which the parts of a hook's docstring begin; a spec without one of them is not complete.
PARTS = ("When", "Gets", "Returns", "None", "When it raises")

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
`days_since_X` and `days_until_X`, X being its name without `_at`; `birthday` gives `age`.
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

    parts = [f"# Fields\n\n{_WRITTEN}\n", _FACTS, *_table(_field_row(one) for one in CORE_FIELDS)]
    for stream in CORE_STREAMS:
        parts.append(f"\n## Events: `{stream.name}`\n")
        parts.append(f'For `where("{stream.name}").any(where("…") …)`, and for `Fold`.\n')
        parts += _table(_field_row(one) for one in stream.fields.stored.values())
    parts.append(_COLUMNS)
    parts += _table(
        (f"`{one.name}`", one.type, one.zh, one.en, ", ".join(sorted(one.records))) for one in FIELDS.values()
    )
    return "\n".join(parts) + "\n"


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
