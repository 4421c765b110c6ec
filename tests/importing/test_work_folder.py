"""What a killed import leaves behind goes with the next one; what is somebody's work stays."""

from __future__ import annotations

import os
import time
from pathlib import Path

from crmcore.importing.history import this_process
from crmcore.importing.work_folder import remove_left_behind, work_folder


def made(place: Path, name: str, owner: str | None, days_old: int = 0) -> Path:
    folder = place / name
    folder.mkdir()
    (folder / "rows.csv").write_text("name,phone\n", "utf-8")
    if owner is not None:
        (folder / "owner").write_text(owner, "utf-8")
    then = time.time() - days_old * 86_400
    os.utime(folder, (then, then))
    return folder


def test_folders_of_dead_imports_are_removed(tmp_path: Path) -> None:
    host, pid, began = this_process().rsplit(":", 2)
    # The process id was given to another process since.
    gone = made(tmp_path, "crm-import-gone", f"{host}:{pid}:{int(began) - 3600}")
    old = made(tmp_path, "crm-import-old", None, days_old=3)
    broken = made(tmp_path, "crm-import-broken", "\x00", days_old=3)
    at_work = made(tmp_path, "crm-import-at-work", this_process(), days_old=3)
    elsewhere = made(tmp_path, "crm-import-elsewhere", "other-host:1:2", days_old=3)
    just_made = made(tmp_path, "crm-import-just-made", None)
    other = made(tmp_path, "photos", f"{host}:{pid}:0")
    link = tmp_path / "crm-import-link"
    link.symlink_to(other)
    remove_left_behind(tmp_path)
    assert [one.exists() for one in (gone, old, broken)] == [False, False, False]
    assert all((one / "rows.csv").exists() for one in (at_work, elsewhere, just_made, other, link))


def test_a_folder_says_whose_it_is_and_goes_with_its_import() -> None:
    with work_folder() as folder:
        assert (folder / "owner").read_text("utf-8") == this_process()
        remove_left_behind(folder.parent)
        assert folder.exists()
    assert not folder.exists()
