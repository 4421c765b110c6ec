"""What an importer's methods need not be asked about: cells of the form that their `plain` describes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from crmcore.errors import MappingError
from crmcore.hooks.table_importer import ComputedColumn, TableImporter
from crmcore.i18n import gettext as _
from crmcore.importing.staging.scratch import Scratch, literal, name

_WHOLE = "_"  # what the whole pattern matched, beside its groups


@dataclass
class Plain:
    """SQL over the columns `ask_N_I`: cell I of what method N is asked about.

    `taken` are further columns to be selected beside those; the rest is written in terms of them. `tests`: by
    the method's number, whether it need not be asked. `answers`: a field, that test, and what the field holds
    then (NULL: nothing is said of it).
    """

    taken: list[str] = field(default_factory=list)
    tests: dict[int, str] = field(default_factory=dict)
    answers: list[tuple[str, str, str]] = field(default_factory=list)


def plain(computed: Sequence[tuple[ComputedColumn, Sequence[str | None]]]) -> Plain:
    """The plain forms of these methods; where two fill one field, they are asked in their order."""
    found = Plain()
    fillers = Counter(filled for one, _theirs in computed for filled in one.fields)
    for number, (one, _theirs) in enumerate(computed):
        if one.plain and all(fillers[filled] == 1 for filled in one.fields):
            _add(found, number, one.plain)
    return found


def refuse_patterns(scratch: Scratch, importer: TableImporter) -> None:
    """Raise `MappingError` for a pattern that RE2 cannot read, or that is too large for it.

    Only the database knows all of these; when plugins are checked it is not there yet. What it takes runs in
    a time that grows with the cell alone.
    """
    for one in importer.computed():
        for pattern in filter(None, one.plain):
            try:
                scratch.run(f"SELECT regexp_matches('', {literal(_whole(pattern))})")
            except (duckdb.BinderException, duckdb.InvalidInputException) as error:
                where = _("importer {name}: `plain` of @column on {method!r}")
                text = _("{where}: {pattern!r} is no pattern: {reason}")
                where = where.format(name=importer.name, method=one.method)
                raise MappingError(text.format(where=where, pattern=pattern, reason=error)) from None


def _whole(pattern: str) -> str:
    return f"^({pattern})$"


def _add(found: Plain, number: int, patterns: Sequence[str | None]) -> None:
    tests, answers = [], []
    for index, pattern in enumerate(patterns):
        asked = f"ask_{number}_{index}"
        if pattern == "":
            tests.append(f"{asked} = ''")
        elif pattern is not None:
            taken = f"took_{number}_{index}"
            names = _group_names(pattern)
            listed = ", ".join(literal(one) for one in (_WHOLE, *names))
            found.taken.append(f"regexp_extract({asked}, {literal(_whole(pattern))}, [{listed}]) AS {taken}")
            test = f"{taken}.{name(_WHOLE)} <> ''"
            tests.append(f"({test} OR {asked} = '')" if re.fullmatch(pattern, "") else test)
            answers += [(one, f"nullif({taken}.{name(one)}, '')") for one in names if one[0] != _WHOLE]
    test = " AND ".join(tests)
    found.tests[number] = test
    found.answers += [(filled, test, value) for filled, value in answers]


def _group_names(pattern: str) -> list[str]:
    """A name for each group, in their order: one that has none is only counted."""
    groups = re.compile(pattern)
    names = {place: one for one, place in groups.groupindex.items()}
    return [names.get(place, f"{_WHOLE}{place}") for place in range(1, groups.groups + 1)]
