"""The house: packages are floors, folders and functions are small, and the gate loads quickly.

`python tests/contracts/test_house.py` prints the floors with the arrows between them.
"""

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

# Each package or module of `pipelines` imports only from floors below its own.
FLOORS = {
    -2: ["errors"],
    -1: ["token_key", "lake_settings"],
    0: ["settings"],
    1: ["home"],
    2: ["intake", "alerts"],
    3: ["checks", "linkage", "feedback", "release", "disclosure"],
    4: ["linkage_review", "maintenance", "site", "ui", "lake", "spark"],
    5: ["defs"],
    6: ["definitions"],
    7: ["commands"],
    8: ["cli"],
    9: ["docs", "__main__"],
}
FLOOR_OF = {name: floor for floor, names in FLOORS.items() for name in names}
MODULES_IN_FOLDER, LINES_IN_MODULE, LINES_IN_FUNCTION, MODELS_IN_FOLDER = 12, 350, 50, 12
# One for each feed, or written by a macro: nobody looks for one in a list.
MANY_MODULES, MANY_MODELS = {"feeds"}, {"staging", "aggregates"}
MAY_IMPORT = {
    "schemas": {"schemas"},
    "pipelines": {"pipelines", "schemas"},
    "sample_data": {"sample_data"},
}
# dbt and Splink take seconds to load, and a submitter who checks a file uses neither.
NOT_LOADED = {"splink", "dagster", "dbt", "matplotlib"}
# Words of the glossary's second column that named results here: a name says what it holds.
NO_NAME = {"told", "found", "kept", "made", "in_force", "standing", "upkeep", "lens"}


def modules(folder: str) -> list[Path]:
    """Return the Python files under a folder of the project."""
    return sorted((PROJECT / folder).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """Return a file's syntax."""
    return ast.parse(path.read_text())


@cache
def imports(path: Path) -> set[str]:
    """Return the project's modules that a file imports, imports inside functions included."""
    names = set[str]()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] in {*MAY_IMPORT, "tests", "benchmarks"}}


def dotted(path: Path) -> str:
    """Return a file's name as it is imported."""
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")


def arrows() -> dict[str, set[str]]:
    """Return the packages that each package of `pipelines` imports from."""
    drawn: dict[str, set[str]] = {}
    for path in modules("pipelines"):
        package, *rest = path.relative_to(PROJECT / "pipelines").with_suffix("").parts
        if package == "__init__":
            continue
        targets = {name.split(".")[1] for name in imports(path) if name.startswith("pipelines.")}
        drawn.setdefault(package, set()).update(targets - ({package} if rest else set()))
    return drawn


def drawing() -> str:
    """Return the floors from the top down, each package with those it imports from."""
    drawn = arrows()
    lines = [
        f"{floor:>2}  {name:<15} → {', '.join(sorted(drawn[name], key=lambda n: -FLOOR_OF[n]))}"
        for floor, names in sorted(FLOORS.items(), reverse=True)
        for name in names
        if name in drawn
    ]
    return "\n".join(lines)


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each function of a file with its lines, from `def` to its end."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_every_package_has_a_floor_and_imports_from_floors_below() -> None:
    drawn = arrows()
    assert set(drawn) <= set(FLOOR_OF)
    wrong = [
        f"{name} (floor {FLOOR_OF[name]}) imports {other} (floor {FLOOR_OF[other]})"
        for name, others in drawn.items()
        for other in others
        if FLOOR_OF[other] >= FLOOR_OF[name]
    ]
    assert not wrong, drawing()


def test_no_module_imports_itself_by_way_of_others() -> None:
    for folder in MAY_IMPORT:
        known = {dotted(path): imports(path) for path in modules(folder)}
        # A package's docstring imports nothing: only modules can be in a circle.
        graph = {name: others & set(known) - {name} for name, others in known.items()}
        list(graphlib.TopologicalSorter(graph).static_order())


def test_arrows_between_the_top_folders_run_one_way() -> None:
    wrong = [
        f"{dotted(path)} imports {name}"
        for folder, allowed in MAY_IMPORT.items()
        for path in modules(folder)
        for name in imports(path)
        if name.split(".")[0] not in allowed
    ]
    assert not wrong


def test_the_audit_of_disclosure_imports_nothing_of_the_project() -> None:
    own = "pipelines.disclosure.audit"
    names = set(chain.from_iterable(map(imports, modules("pipelines/disclosure/audit"))))
    assert not {name for name in names if not name.startswith(own)}


def test_folders_modules_and_functions_are_small() -> None:
    wrong = []
    for folder in MAY_IMPORT:
        paths = modules(folder)
        for parent in {path.parent for path in paths}:
            count = sum(path.name != "__init__.py" for path in parent.glob("*.py"))
            if count > MODULES_IN_FOLDER and parent.name not in MANY_MODULES:
                wrong.append(f"{parent.relative_to(PROJECT)}: {count} modules")
        for path in paths:
            lines = len(path.read_text().splitlines())
            if lines > LINES_IN_MODULE:
                wrong.append(f"{dotted(path)}: {lines} lines")
            wrong += [
                f"{dotted(path)}.{name}: {lines} lines"
                for name, lines in functions(path)
                if lines > LINES_IN_FUNCTION
            ]
    assert not wrong


def test_folders_of_models_are_small() -> None:
    models = PROJECT / "dbt_project" / "models"
    folders = {path.parent for path in models.rglob("*.sql")}
    counts = {
        str(folder.relative_to(models)): len(list(folder.glob("*.sql")))
        for folder in folders
        if folder.name not in MANY_MODELS
    }
    assert {name: n for name, n in counts.items() if n > MODELS_IN_FOLDER} == {}


def test_names_say_what_they_hold() -> None:
    wrong = [
        f"{dotted(path)}:{node.lineno}: {name}"
        for path in chain(*map(modules, MAY_IMPORT))
        for node, name in named(path)
        if name.strip("_") in NO_NAME
    ]
    assert not wrong


def named(path: Path) -> Iterator[tuple[ast.expr | ast.stmt | ast.arg, str]]:
    """Yield what gives a name in a file, with the name: assignments, parameters, functions."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node, node.id
        elif isinstance(node, ast.arg):
            yield node, node.arg
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node, node.name


def test_a_package_is_a_docstring() -> None:
    """`schemas` alone lists its feeds there, which is what everything else iterates."""
    wrong = [
        dotted(path)
        for path in [*modules("pipelines"), *modules("sample_data"), *modules("schemas")]
        if path.name == "__init__.py" and dotted(path) != "schemas"
        if len(tree(path).body) != 1
    ]
    assert not wrong


def test_modules_open_with_a_docstring() -> None:
    silent = [
        dotted(p) for p in map(Path, chain(*map(modules, MAY_IMPORT))) if not has_docstring(p)
    ]
    assert not silent


def has_docstring(path: Path) -> bool:
    """Return whether a file opens with a docstring."""
    return ast.get_docstring(tree(path)) is not None


def test_only_the_floors_of_dagster_import_it() -> None:
    above = {"defs", "definitions", "commands", "ui"}
    outside = [
        dotted(path)
        for path in modules("pipelines")
        if path.relative_to(PROJECT / "pipelines").with_suffix("").parts[0] not in above
        and "dagster" in top_imports(path)
    ]
    assert not outside


def test_there_is_one_way_to_fail() -> None:
    """Whatever a user can mend is a `UserError`; the others are defects of a release's models."""
    direct = {
        node.name
        for path in modules("pipelines")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base) in {"Exception", "RuntimeError"} for base in node.bases)
    }
    assert direct == {"UserError", "NotForRelease", "ViewsWithoutTables"}


def top_imports(path: Path) -> set[str]:
    """Return the top-level packages that a file imports."""
    nodes = list(ast.walk(tree(path)))
    names = [alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names]
    names += [str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}


def test_the_gate_and_the_command_line_load_neither_splink_nor_dagster_nor_dbt() -> None:
    program = (
        "import sys, pipelines.intake.accept, pipelines.feedback.precheck, pipelines.cli; "
        f"print(*sorted({NOT_LOADED!r} & set(sys.modules)))"
    )
    run = [sys.executable, "-c", program]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=PROJECT)
    assert done.stdout.split() == []


if __name__ == "__main__":
    sys.stdout.write(f"{drawing()}\n")
