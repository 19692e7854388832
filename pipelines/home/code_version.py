"""Which code made something: hashes that change when it does, and not when only its words do.

Lives here: versions of contracts, gate, linkage and models. Does not: comparing them with anything.
"""

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import schemas
from pipelines.settings import DBT_PROJECT, PROJECT

_SCHEMAS = Path(schemas.__file__).parent
_PACKAGES = PROJECT / "pipelines"
_DIGITS = 12
# Facts of a feed by which no row is judged: a change to one takes no delivery in again.
_NOT_JUDGED_BY = frozenset(
    {
        "due_after_days",
        "example",
        "impacts",
        "order",
        "profile",
        "quarantine_limit",
        "references",
        "row_floor",
    }
)
_NOT_JUDGING = {_SCHEMAS / "data_impact.py", _SCHEMAS / "policy.py"}


@cache
def contract(feed: str) -> str:
    """Return the version of a feed's contract: of its module and of all of `schemas` it reads."""
    modules = _reachable(_SCHEMAS / "feeds" / f"{feed}.py") | _reachable(_SCHEMAS / "encoded.py")
    return _of_python(modules - _NOT_JUDGING)


@cache
def gate(feed: str) -> str:
    """Return the version of what judges a feed: its contract and the code that applies it."""
    code = _of_python((_PACKAGES / "intake").rglob("*.py"))
    layouts = _of_layouts(feed)
    return sha256(f"{contract(feed)} {code} {layouts}".encode()).hexdigest()[:_DIGITS]


@cache
def linkage() -> str:
    """Return the version of what decides who is one person."""
    splink = version("splink")
    names = _PACKAGES / "intake" / "names.py"
    code = _of_python([*(_PACKAGES / "linkage").glob("*.py"), names])
    return sha256(f"{code} {splink}".encode()).hexdigest()[:_DIGITS]


@cache
def build() -> str:
    """Return the version of models, seeds and tests, and of what runs them."""
    runs_them = " ".join(version(name) for name in ("dbt-core", "dbt-duckdb", "duckdb"))
    return _of_files(runs_them, {DBT_PROJECT: {".sql", ".csv", ".yml", ".md"}})


@cache
def selection() -> str:
    """Return the version of what decides which cells are public."""
    folder = _PACKAGES / "disclosure"
    code = _of_python([folder / "blocks.py", *(folder / "choice").glob("*.py")])
    return sha256(f"{code} {version('highspy')}".encode()).hexdigest()[:_DIGITS]


@cache
def release() -> str:
    """Return the version of all code and models that a release depends on."""
    return _of_files(
        "",
        {
            _SCHEMAS: {".py", ".yml", ".yaml"},
            _PACKAGES: {".py"},
            DBT_PROJECT: {".sql", ".csv", ".yml"},
        },
    )


@cache
def site() -> str:
    """Return the version of what draws pages: code, templates, words and outlines."""
    return _of_files("", {_PACKAGES / "site": {".py", ".j2", ".yml", ".geojson"}})


def _of_files(beside: str, suffixes: Mapping[Path, set[str]]) -> str:
    """Return a hash of all files of some folders that have these endings, dbt's own left out."""
    digest = sha256(beside.encode())
    for folder, endings in suffixes.items():
        for path in sorted(folder.rglob("*")):
            if path.suffix in endings and "target" not in path.parts:
                digest.update(path.read_bytes())
    return digest.hexdigest()[:_DIGITS]


def _of_layouts(feed: str) -> str:
    """Return a hash of what derives a feed's rows from layouts: their models, and those with it."""
    of_feed = [text for text in _layouts() if "\nfeeds:\n" not in text or f"\n  {feed}:\n" in text]
    return (
        _of_python((_SCHEMAS / "layouts").glob("*.py"))
        + sha256("".join(of_feed).encode()).hexdigest()
    )


@cache
def _layouts() -> list[str]:
    return [path.read_text() for path in sorted((_SCHEMAS / "layouts").glob("*.y*ml"))]


def _of_python(paths: Iterable[Path]) -> str:
    digest = sha256()
    for path in sorted(paths):
        digest.update(_code(path))
    return digest.hexdigest()[:_DIGITS]


# Many feeds share a module: parsed once, all versions take a fifth of the time.
@cache
def _code(path: Path) -> bytes:
    return ast.dump(_without_words(ast.parse(path.read_bytes()))).encode()


def _without_words(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:]
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Feed":
            node.keywords = [fact for fact in node.keywords if fact.arg not in _NOT_JUDGED_BY]
    return tree


def _reachable(path: Path) -> set[Path]:
    """Return a module of `schemas` and all of `schemas` that it imports, however far."""
    reached, to_read = set[Path](), [path]
    while to_read:
        module = to_read.pop()
        if module in reached or not module.exists():
            continue
        reached.add(module)
        to_read += _imported(module)
    return reached


@cache
def _imported(module: Path) -> list[Path]:
    """Return what may be the files of `schemas` that a module imports."""
    paths = []
    for node in ast.walk(ast.parse(module.read_bytes())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "schemas":
            folder = _SCHEMAS.joinpath(*str(node.module).split(".")[1:])
            paths += [folder.with_suffix(".py")]
            paths += [folder / f"{alias.name}.py" for alias in node.names]
    return paths
