"""What lies in static/ and templates/ keeps the rules of interface.md §3 and the strict policy."""

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings

from kunming_portal.ui import icons, vendor

BASE = Path(settings.BASE_DIR)
STYLES = sorted((BASE / "static" / "css").glob("*.css"))
FOLDERS = [BASE / "templates", *BASE.glob("*/templates"), *BASE.glob("kunming_portal/*/templates")]
TEMPLATES = sorted(file for folder in FOLDERS for file in folder.rglob("*.html"))
SCRIPTS = sorted((BASE / "static" / "js").glob("*.js"))

HEX = re.compile(r"(?<![&\w\"'/])#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})\b")
STYLE_ATTRIBUTE = re.compile(r"\sstyle\s*=", re.IGNORECASE)
HANDLER = re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]*)>", re.IGNORECASE)
LONGEST_TEMPLATE = 160


def named(files: list[Path]) -> list[object]:
    return [pytest.param(file, id=str(file.relative_to(BASE))) for file in files]


@pytest.mark.parametrize("file", named([file for file in STYLES if file.name != "tokens.css"]))
def test_colours_live_in_the_tokens_only(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*[;}])", text)
    assert not re.search(r"\b(?:rgba?|hsla?)\(", text)


@pytest.mark.parametrize("file", named(TEMPLATES))
def test_a_template_keeps_the_strict_policy(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not STYLE_ATTRIBUTE.search(text), "style attribute"
    assert not HANDLER.search(text), "inline handler"
    assert "<style" not in text
    for script in SCRIPT.finditer(text):
        assert re.search(r"\bsrc=|\bnonce=", script["attributes"]), "inline script"
    assert not HEX.search(re.sub(r"&#\w+;", "", text)), "a colour outside the tokens"


@pytest.mark.parametrize("file", named(TEMPLATES))
def test_a_template_stays_short(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST_TEMPLATE


@pytest.mark.parametrize("file", named(SCRIPTS))
def test_scripts_write_no_styles_and_no_markup_of_others(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert 'setAttribute("style"' not in text
    assert "eval(" not in text
    assert "new Function" not in text


def test_every_style_sheet_is_linked_once_and_targets_come_last() -> None:
    links = re.findall(
        r'"css/([\w-]+\.css)"', (BASE / "templates/ui/styles.html").read_text(encoding="utf-8")
    )
    of_the_admin = {"admin.css"}  # linked by templates/admin alone
    assert sorted(links) == sorted(file.name for file in STYLES if file.name not in of_the_admin)
    assert links[0] == "tokens.css"
    assert links[-1] == "targets.css"


def test_style_sheets_use_only_tokens_that_exist() -> None:
    known = set(
        re.findall(r"(--kp-[\w-]+)\s*:", (BASE / "static/css/tokens.css").read_text(encoding="utf-8"))
    )
    used = {
        name
        for file in STYLES
        for name in re.findall(r"var\((--kp-[\w-]+)", file.read_text(encoding="utf-8"))
    }
    assert used <= known


def test_vendored_files_are_what_was_fetched() -> None:
    folder = BASE / "static" / "vendor"
    lock = vendor.read_lock(folder)
    wanted = vendor.read_packages(folder)
    assert sorted(lock) == sorted(package.folder for package in wanted)
    for package in wanted:
        recorded = lock[package.folder]
        hashes = recorded["sha256"]
        assert isinstance(hashes, dict)
        assert recorded["licence"] == package.licence
        assert sorted(hashes) == sorted(f"{package.folder}/{Path(name).name}" for name in package.members)
        for name, digest in hashes.items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


def test_nothing_else_lies_among_the_vendored_files() -> None:
    folder = BASE / "static" / "vendor"
    recorded = {name for entry in vendor.read_lock(folder).values() for name in dict(entry["sha256"])}  # type: ignore[call-overload]
    lying = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert lying - {"vendor.toml", "vendor.lock"} == recorded


def test_a_licence_lies_beside_every_package() -> None:
    folder = BASE / "static" / "vendor"
    for package in vendor.read_packages(folder):
        assert (folder / package.folder / "LICENSE").is_file()


def test_source_maps_are_stripped() -> None:
    assert vendor.without_source_map(b"a();\n//# sourceMappingURL=a.js.map\n") == b"a();\n"
    assert vendor.without_source_map(b"a{}\n/*# sourceMappingURL=a.css.map */") == b"a{}\n"
    for file in (BASE / "static" / "vendor").rglob("*.min.*"):
        assert b"sourceMappingURL" not in file.read_bytes()


def test_every_icon_named_in_a_template_exists() -> None:
    for file in TEMPLATES:
        for name in re.findall(r'{% icon "([\w-]+)"', file.read_text(encoding="utf-8")):
            assert icons.read(name)
