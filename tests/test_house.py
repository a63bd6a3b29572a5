"""The floors of the house: who may import whom, that nothing runs in a circle, and that no name shadows another."""

from __future__ import annotations

import ast
import importlib.metadata
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("airlock", "gql", "infra", "migrations", "models", "sanitizer_lambda", "workers")

# What each room may import of ours, itself apart; a longer name is a narrower door.
MAY_IMPORT = {
    "airlock": set(ROOMS),
    "gql": {"models", "infra", "sanitizer_lambda.contract"},
    "workers": {"models", "infra", "sanitizer_lambda.contract"},
    "models": {"sanitizer_lambda.contract"},
    "migrations": {"models", "sanitizer_lambda.contract"},
    "infra": set(),
    "sanitizer_lambda": set(),
    "sanitizer_lambda.contract": set(),
}


def modules() -> dict[str, Path]:
    """Return every module of ours by its dotted name."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(path: Path, *, at_load: bool = False) -> Iterator[str]:
    """Yield the dotted names a file imports; with ``at_load``, only those imported when the module is loaded."""
    nodes = _load_time(ast.parse(path.read_text()).body) if at_load else ast.walk(ast.parse(path.read_text()))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module


def _load_time(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        for name in ("body", "orelse", "handlers", "finalbody"):
            yield from _load_time(getattr(node, name, []))


def is_ours(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in ROOMS


def within(name: str, doors: set[str]) -> bool:
    return any(name == door or name.startswith(f"{door}.") for door in doors)


def floor_of(module: str) -> str:
    return max((room for room in MAY_IMPORT if within(module, {room})), key=len)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_room_imports_only_the_floors_below_it(module: str) -> None:
    floor = floor_of(module)
    for name in imports(MODULES[module]):
        if is_ours(name) and not within(name, {floor}):
            room = floor.split(".")[0]
            inside = floor == room and within(name, {room})
            assert inside or within(name, MAY_IMPORT[floor]), f"{module} imports {name}"


@pytest.mark.parametrize("module", sorted(name for name in MODULES if not within(name, {"airlock", "infra.local"})))
def test_only_the_front_door_and_the_tests_know_the_local_cloud(module: str) -> None:
    assert not [name for name in imports(MODULES[module]) if within(name, {"infra.local"})]


@pytest.mark.parametrize("module", sorted(name for name in MODULES if within(name, {"sanitizer_lambda.contract"})))
def test_the_contract_needs_the_standard_library_alone(module: str) -> None:
    for name in imports(MODULES[module]):
        top = name.split(".")[0]
        assert top in sys.stdlib_module_names or within(name, {"sanitizer_lambda.contract"}), f"{module}: {name}"


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {
        module: {name for name in imports(path, at_load=True) if name in MODULES and name != module}
        for module, path in MODULES.items()
    }
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, f"circle: {' -> '.join((*trail[trail.index(module) :], module))}"
        if module not in done:
            for following in sorted(graph[module]):
                visit(following, (*trail, module))
            done.add(module)

    for module in sorted(graph):
        visit(module, ())


def test_no_room_has_the_name_of_an_installed_package() -> None:
    owners = importlib.metadata.packages_distributions()
    assert {room: owners[room] for room in ROOMS if set(owners.get(room, [])) - {"csv-airlock"}} == {}


def test_no_test_folder_has_the_name_of_a_room() -> None:
    folders = {path.name for path in (ROOT / "tests").rglob("*") if path.is_dir()}
    assert folders & {*ROOMS, *sys.stdlib_module_names} == set()


@pytest.mark.parametrize(
    ("vendors", "knowing"),
    [
        ({"arq"}, {"workers.main"}),
        ({"boto3", "botocore", "aiobotocore"}, {"sanitizer_lambda.handler", "infra.aws"}),
        ({"redis"}, {"infra.bus", "workers.main"}),
        ({"nh3"}, {"sanitizer_lambda.cleaning.markup"}),
    ],
)
def test_one_file_alone_knows_a_vendor(vendors: set[str], knowing: set[str]) -> None:
    found = {
        module
        for module, path in MODULES.items()
        if not within(module, {"infra.local"})
        for name in imports(path)
        if name.partition(".")[0] in vendors
    }
    assert found == knowing


def test_every_file_is_short_enough_to_be_read_at_once() -> None:
    long = {name: len(path.read_text().splitlines()) for name, path in MODULES.items() if "migrations" not in name}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}
