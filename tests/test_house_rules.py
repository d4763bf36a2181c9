"""The rules of the house that no linter knows (docs/architecture.md, "House rules")."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.backends.postgresql import psycopg_any

from whistle.models import StatusTransition

ROOT = Path(settings.BASE_DIR)
OURS = ("kunming_portal", "whistle", "communities", "alliances", "property_services")
FILE_LINES, TEST_LINES, FUNCTION_LINES, TEMPLATE_LINES = 400, 600, 45, 160
# Each hides a concept that has a name
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "base", "core", "handlers", "managers"}
# Pieces, so that this file does not hold what it forbids
MACHINE = ["/ro" + "ot/", "/wo" + "rk/", "/ho" + "me/"]
REGISTRIES = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry." + "npm",
    "npm" + "mirror",
    "mirrors" + ".",
]
ONLY_FOR_TRIGGERS = {StatusTransition}
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def tracked() -> list[Path]:
    """Every file of the project, as git knows it."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


FILES = tracked()
PYTHON = [p for p in FILES if p.suffix == ".py" and "migrations" not in p.parts]
PRODUCT = [p for p in PYTHON if p.relative_to(ROOT).parts[0] in OURS]
TEMPLATES = [p for p in FILES if p.suffix == ".html"]
VENDORED = ROOT / "static" / "vendor"
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PYTHON}


def named(path: Path, line: int = 0) -> str:
    return f"{path.relative_to(ROOT)}:{line}" if line else str(path.relative_to(ROOT))


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def classes() -> Iterator[tuple[Path, ast.ClassDef]]:
    for path in PRODUCT:
        yield from ((path, node) for node in ast.walk(TREES[path]) if isinstance(node, ast.ClassDef))


def test_files_are_short() -> None:
    allowed = {path: FILE_LINES if path in PRODUCT else TEST_LINES for path in PYTHON}
    allowed |= dict.fromkeys(TEMPLATES, TEMPLATE_LINES)
    assert [named(path) for path, limit in allowed.items() if lines_of(path) > limit] == []


def test_functions_are_short() -> None:
    assert [
        named(path, node.lineno)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= FUNCTION_LINES
    ] == []


def test_names_say_what_is_inside() -> None:
    assert [
        named(path) for path in PYTHON if FORBIDDEN_NAMES & {path.stem, *path.relative_to(ROOT).parent.parts}
    ] == []


def test_nothing_listens_to_signals() -> None:
    """An effect is called where it happens, so that a reader sees it."""
    found = []
    for path in PRODUCT:
        for node in ast.walk(TREES[path]):
            if isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            elif isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            else:
                continue
            if any(m == "django.dispatch" or m.endswith(".signals") for m in modules):
                found.append(named(path, node.lineno))
    assert found == []


def is_register(path: Path) -> bool:
    """A register of workbooks saves a file of rows through its app's service; no model lives there."""
    return "registers" in path.with_suffix("").parts


def test_saving_a_row_saves_the_row() -> None:
    assert [
        named(path, item.lineno)
        for path, node in classes()
        if not is_register(path)
        for item in node.body
        if isinstance(item, ast.FunctionDef) and item.name in {"save", "delete"}
    ] == []


def test_lists_order_explicitly() -> None:
    assert [
        named(path, item.lineno)
        for path, node in classes()
        if node.name == "Meta"
        for item in node.body
        if isinstance(item, ast.Assign) and "ordering" in [getattr(t, "id", "") for t in item.targets]
    ] == []


def test_every_table_has_a_name_people_understand() -> None:
    ours = [m for m in apps.get_models() if m.__module__.split(".")[0] in OURS and m not in ONLY_FOR_TRIGGERS]
    assert ours
    assert [
        m.__name__ for m in ours if not {"verbose_name", "verbose_name_plural"} <= set(m._meta.original_attrs)
    ] == []


def test_templates_obey_the_content_security_policy() -> None:
    wrong = re.compile(r"\sstyle=|\son[a-z]+=|<script(?![^>]*(src=|nonce=|type=\"application/json\"))|<style")
    assert [
        named(path, number)
        for path in TEMPLATES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if wrong.search(line)
    ] == []


def test_one_database_driver() -> None:
    assert not psycopg_any.is_psycopg3


@pytest.mark.parametrize("forbidden", [MACHINE, REGISTRIES], ids=["machine", "registries"])
def test_the_project_knows_no_machine_and_no_registry(forbidden: list[str]) -> None:
    assert [
        named(path, number) for path, number, line in text_lines() if any(part in line for part in forbidden)
    ] == []


def test_nothing_is_left_for_later() -> None:
    assert [named(path, number) for path, number, line in text_lines() if UNFINISHED.search(line)] == []


def text_lines() -> Iterator[tuple[Path, int, str]]:
    for path in FILES:
        if VENDORED in path.parents or path.suffix in {".mo", ".png", ".woff2", ".ico", ".lock"}:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        yield from ((path, number, line) for number, line in enumerate(text.splitlines(), 1))
