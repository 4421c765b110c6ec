"""What an importer makes of a file: our fields row by row, the way staging reads them."""

from __future__ import annotations

from pathlib import Path

from crmcore.hooks.importer_check import validate
from crmcore.hooks.table_importer import TableImporter
from crmcore.importing.reading import bind
from tests.reading.helpers import read_all


def fields_of(path: Path, importer: TableImporter, work_dir: Path) -> list[dict[str, str]]:
    """The filled fields of each row: a method's answer wins over the mapped column."""
    validate(importer)
    found = []
    for one in read_all(path, work_dir, importer):
        binding = bind(importer, one.part.columns)
        for row in one.rows:
            ours = {
                field: next((row[column].strip() for column in columns if row[column].strip()), "")
                for field, columns in binding.ours.items()
            }
            for computed, sources in binding.computed:
                asked = [row[source].strip() if source else "" for source in sources]
                if any(asked):
                    answer = getattr(importer, computed.method)(*asked)
                    filled = answer if isinstance(answer, dict) else {computed.fields[0]: answer}
                    ours |= {field: value for field, value in filled.items() if value is not None}
            found.append({field: value for field, value in ours.items() if value})
    return found
