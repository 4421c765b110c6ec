"""Writing a pack down: as a folder, as one `.crmpack` file, or as one YAML file."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.packs.files import ENDING, MANIFEST, YAML_ENDINGS
from crmcore.packs.layout import TESTS
from crmcore.temporary import draft_of

# The same pack is the same bytes on every day.
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stand as they read; aliases, which a pack must not have, are never written."""

    def ignore_aliases(self, data: Any) -> bool:
        """No alias for anything."""
        del data
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text.strip() and not re.search(r"[ \t]\n", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def as_yaml(value: Any) -> str:
    """Plain values as YAML that people like to read."""
    return str(
        yaml.dump(
            value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100, default_flow_style=False
        )
    )


def files_of(
    manifest: Mapping[str, Any], documents: Mapping[str, Mapping[str, Any]], tests: list[Any]
) -> dict[str, str]:
    """The files of a pack: the manifest, and one for each family."""
    files = {MANIFEST: as_yaml({key: value for key, value in manifest.items() if value not in ("", {}, [])})}
    for family, bodies in documents.items():
        if bodies:
            unnamed = {
                name: {key: value for key, value in body.items() if key != "name"}
                for name, body in bodies.items()
            }
            files[f"{family}.yaml"] = as_yaml(unnamed)
    if tests:
        files[f"{TESTS}.yaml"] = as_yaml(tests)
    return files


def write_pack(files: Mapping[str, str], target: Path) -> None:
    """Write the files to a folder that is not there yet, to NAME.crmpack or to NAME.yaml.

    Nothing half-written is ever seen. Raises `CrmError` where something stands already, `FileError` where it
    cannot be written.
    """
    if target.exists() or target.is_symlink():
        raise CrmError(_("{path} is there already: choose another name").format(path=target))
    target.parent.mkdir(parents=True, exist_ok=True)
    with draft_of(target) as draft:
        if target.suffix == ENDING:
            _write_archive(files, draft)
        elif target.suffix in YAML_ENDINGS:
            draft.write_text(_in_one(files), "utf-8")
        else:
            draft.mkdir()
            for name, text in files.items():
                (draft / name).parent.mkdir(parents=True, exist_ok=True)
                (draft / name).write_text(text, "utf-8")


def _write_archive(files: Mapping[str, str], path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), text.encode(), zipfile.ZIP_DEFLATED)


def _in_one(files: Mapping[str, str]) -> str:
    """All files as one: what stands in `segments.yaml` stands under the key `segments`."""
    parts = [files[MANIFEST]]
    for name, text in files.items():
        if name != MANIFEST:
            inner = "".join(f"  {line}" if line.strip() else line for line in text.splitlines(keepends=True))
            parts.append(f"{name.removesuffix('.yaml')}:\n{inner}")
    return "".join(parts)
