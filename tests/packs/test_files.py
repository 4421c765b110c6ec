"""A pack's files from strangers: nothing outside the pack is read, nothing is unpacked without end."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from crmcore.errors import CrmError, FileError
from crmcore.packs import files as pack_files
from crmcore.packs.files import read_files
from crmcore.packs.pack import load_pack
from crmcore.packs.sources import find_source
from tests.packs.conftest import BIG, MANIFEST, Write


def archive(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return path


def refused(path: Path) -> str:
    with pytest.raises(CrmError) as error:
        read_files(path)
    return str(error.value)


def test_a_folder_a_file_and_an_archive_are_the_same_pack(write: Write, tmp_path: Path) -> None:
    folder = write(segments=BIG)
    (folder / "README.md").write_text("how to")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.bin").write_bytes(b"\x00")
    one = tmp_path / "one.yaml"
    one.write_text(MANIFEST + "segments:\n" + "".join(f"  {line}\n" for line in BIG.splitlines()), "utf-8")
    split = write_split(tmp_path / "split")
    flat = archive(tmp_path / "flat.crmpack", **{"pack.yaml": MANIFEST, "segments.yaml": BIG})
    deep = archive(
        tmp_path / "deep.crmpack", **{"tea/pack.yaml": MANIFEST, "tea/segments.yaml": BIG, "tea/README": "x"}
    )
    mac = tmp_path / "mac.crmpack"
    shutil.copyfile(deep, mac)
    with zipfile.ZipFile(mac, "a") as made:
        made.writestr("__MACOSX/tea/._pack.yaml", b"\x00\x05")
    packs = [load_pack(path) for path in (folder, one, split, flat, deep, mac)]
    assert len({pack.digest for pack in packs}) == 1
    assert packs[0].where("segments", "big") == "segments.yaml:1"
    assert packs[1].where("segments", "big") == "pack.yaml:6"
    assert packs[2].where("segments", "big") == "segments/big.yaml:1"


def write_split(folder: Path) -> Path:
    (folder / "segments").mkdir(parents=True)
    (folder / "pack.yaml").write_text(MANIFEST, "utf-8")
    (folder / "segments" / "big.yaml").write_text(
        "title: {zh: 大客户, en: Big}\nwhere: {orders: {gte: 5}}\n", "utf-8"
    )
    return folder


@pytest.mark.parametrize(
    "name",
    [
        "../evil.yaml",
        "/etc/evil.yaml",
        "a/../../evil.yaml",
        "c:\\evil.yaml",
        "a\\b.yaml",
        "./x.yaml",
        "a//b.yaml",
        "x\n.yaml",
    ],
)
def test_a_name_that_leads_out_of_the_archive_is_refused(name: str, tmp_path: Path) -> None:
    path = archive(tmp_path / "t.crmpack", **{"pack.yaml": MANIFEST, name: "x: 1"})
    assert "leads out of the pack" in refused(path)
    assert not (tmp_path / "evil.yaml").exists()


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.crmpack"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("pack.yaml", MANIFEST)
        link = zipfile.ZipInfo("segments.yaml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    assert "segments.yaml: a link has no place in a pack" in refused(path)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_links_in_a_folder_are_refused_and_not_followed(write: Write, tmp_path: Path) -> None:
    folder = write()
    (tmp_path / "secret.yaml").write_text("password: x")
    (folder / "segments.yaml").symlink_to(tmp_path / "secret.yaml")
    assert "segments.yaml: a link has no place" in refused(folder)
    (folder / "segments.yaml").unlink()
    (folder / "segments").symlink_to(tmp_path)
    assert "segments: a link has no place" in refused(folder)
    (tmp_path / "linked").symlink_to(write())
    assert "is a link: name the pack itself" in refused(tmp_path / "linked")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders there")
def test_a_pipe_in_a_folder_is_refused_and_not_waited_for(write: Write) -> None:
    folder = write()
    os.mkfifo(folder / "segments.yaml")
    assert "no ordinary file" in refused(folder)


def test_a_pack_of_fifty_megabytes_is_refused_quickly(write: Write, tmp_path: Path) -> None:
    folder = write()
    with (folder / "articles.yaml").open("wb") as file:
        file.truncate(50_000_000)
    assert "articles.yaml: the file is bigger than 1 MB" in refused(folder)
    (folder / "articles.yaml").unlink()
    for number in range(5):
        (folder / f"texts_{number}.yaml").write_bytes(b"#" * 999_000)
    assert "bigger than 4 MB" in refused(folder)


def test_a_bomb_in_an_archive_is_not_unpacked(tmp_path: Path) -> None:
    path = archive(tmp_path / "t.crmpack", **{"pack.yaml": MANIFEST, "texts.yaml": "#" * 60_000_000})
    assert path.stat().st_size < 100_000
    assert "texts.yaml: the file is bigger than 1 MB" in refused(path)
    many = {f"texts_{number}.yaml": "#" * 900_000 for number in range(9)}
    assert "bigger than 4 MB" in refused(archive(tmp_path / "u.crmpack", **{"pack.yaml": MANIFEST, **many}))


def test_an_archive_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "t.crmpack", **{"pack.yaml": MANIFEST, "texts.yaml": "#" * 5_000_000})
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<L", 5_000_000), struct.pack("<L", 5)))
    assert "damaged" in refused(path) or "bigger" in refused(path)


def test_too_many_files_and_files_that_are_no_yaml_are_refused(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack_files, "MOST_FILES", 3)
    many = archive(
        tmp_path / "t.crmpack", **{"pack.yaml": MANIFEST, **{f"articles/a{n}.yaml": "x" for n in range(4)}}
    )
    assert "more than 3 files" in refused(many)
    folder = write(segments=BIG, tags="", texts="")
    assert "more than 3 files" in refused(folder)
    (folder / "run.py").write_text("import os")
    assert "run.py: a pack holds YAML files and nothing else" in refused(folder)
    assert "run.sh: a pack holds YAML" in refused(
        archive(tmp_path / "u.crmpack", **{"pack.yaml": MANIFEST, "run.sh": "x"})
    )


def test_a_damaged_or_missing_pack_is_told_plainly(tmp_path: Path, write: Write) -> None:
    (tmp_path / "t.crmpack").write_bytes(b"PK\x03\x04 not really")
    assert "damaged" in refused(tmp_path / "t.crmpack")
    with pytest.raises(FileError, match="there is no pack at"):
        read_files(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    assert "it has no pack.yaml" in refused(tmp_path / "empty")
    folder = write()
    (folder / "texts.yaml").write_bytes(b"a: 1\nb: \xff\xfe")
    assert "texts.yaml:2: this is not UTF-8" in refused(folder)
    twice = tmp_path / "twice.crmpack"
    with zipfile.ZipFile(twice, "w") as made:
        made.writestr("pack.yaml", MANIFEST)
        with pytest.warns(UserWarning, match="Duplicate"):
            made.writestr("pack.yaml", MANIFEST)
    assert "stands twice" in refused(twice)


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-16", "segments.yaml:1: this is UTF-16 text"),
        ("utf-16-le", "segments.yaml:1: this is UTF-16 text"),
        ("utf-16-be", "segments.yaml:1: this is UTF-16 text"),
        ("gbk", "segments.yaml:2: this is not UTF-8 text"),
        ("latin-1", "segments.yaml:2: this is not UTF-8 text"),
    ],
)
def test_a_file_in_another_encoding_is_told_with_its_line(
    write: Write, tmp_path: Path, encoding: str, said: str
) -> None:
    text = BIG.replace("大客户", "Grösse") if encoding == "latin-1" else BIG
    folder = write()
    (folder / "segments.yaml").write_bytes(text.encode(encoding))
    packed = tmp_path / "t.crmpack"
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("pack.yaml", MANIFEST)
        made.writestr("segments.yaml", text.encode(encoding))
    assert refused(folder) == refused(packed) == f"{said}: save it as UTF-8"
    (folder / "segments.yaml").write_bytes(BIG.encode("utf-8-sig"))  # as Notepad writes UTF-8
    assert "big" in load_pack(folder).documents()["segments"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("segments/nul.yaml", "no file may be called that on Windows"),
        ("CON.yaml", "no file may be called that on Windows"),
        ("segments/aux.big.yaml", "no file may be called that on Windows"),
        ("Com1/x.yaml", "no file may be called that on Windows"),
        ("segments/big.yaml.", "a pack holds YAML files and nothing else"),
        ("segments/big.yaml ", "a pack holds YAML files and nothing else"),
        ("segments./big.yaml", "a pack has no place for this file: did you mean 'segments'?"),
        ("SEGMENTS.yaml", "a pack has no place for this file: did you mean 'segments'?"),
        ("segments/BIG.yaml", "'BIG' is no name"),
        ("Pack.yaml", "a pack has no place for this file"),
    ],
)
def test_names_that_are_none_or_another_file_on_other_systems_are_refused(
    tmp_path: Path, name: str, said: str
) -> None:
    body = BIG.split("\n", 1)[1]
    path = archive(tmp_path / "t.crmpack", **{"pack.yaml": MANIFEST, "segments/big.yaml": body, name: body})
    with pytest.raises(CrmError) as error:
        load_pack(path)
    assert str(error.value).startswith(name)
    assert said in str(error.value)


def test_an_archive_that_is_locked_too_big_or_holds_a_bomb_of_aliases_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "t.crmpack", **{"pack.yaml": MANIFEST})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert refused(path) == "pack.yaml: the file is locked with a password"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    assert "is bigger than 16 MB: that is no pack" in refused(path)
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))
    path = archive(tmp_path / "u.crmpack", **{"pack.yaml": MANIFEST, "tags.yaml": f"x: 1\n{levels}"})
    with pytest.raises(CrmError, match=r"tags.yaml:2: anchors"):
        load_pack(path)


def test_files_that_have_no_place_are_refused(write: Write) -> None:
    folder = write(segmnets=BIG)
    with pytest.raises(CrmError, match=r"segmnets.yaml:1: a pack has no place.*'segments'"):
        load_pack(folder)


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_an_archive_with_a_broken_byte_is_damaged_or_whole(tmp_path: Path, packing: int) -> None:
    path = tmp_path / "one.crmpack"
    with zipfile.ZipFile(path, "w", packing) as made:
        made.writestr("pack.yaml", MANIFEST)
        made.writestr("segments.yaml", BIG * 20)
    data = path.read_bytes()
    for place in range(0, len(data), 3):
        for other in (0x00, 0xFF):
            path.write_bytes(data[:place] + bytes([other]) + data[place + 1 :])
            with suppress(CrmError):
                read_files(path)


@pytest.mark.parametrize("named", ["~nobody_of_that_name/pack", "a" * 300, "a" * 300 + ".yaml", "a/" * 3000])
def test_a_name_that_can_be_no_file_is_told(named: str) -> None:
    with pytest.raises(CrmError, match="there is no pack"):
        find_source(named)
