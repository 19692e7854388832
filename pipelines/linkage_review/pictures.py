"""The stored charts of the linkage model, drawn again only after it was estimated anew.

Lives here: where they are and whether they are current. Does not: drawing (`charts`), which takes
2 s of a processor and loads matplotlib.
"""

from base64 import b64encode
from pathlib import Path

from pipelines.linkage.store import Store

NAMES = ("weights", "pairs", "unlinkables", "threshold")


def of_model(store: Store) -> dict[str, Path]:
    """Return where each chart of the model is: as of its estimation, or drawn now."""
    paths = {name: store.identity / "pictures" / f"{name}.png" for name in NAMES}
    estimated = store.model.stat().st_mtime_ns
    if all(path.exists() and path.stat().st_mtime_ns >= estimated for path in paths.values()):
        return paths
    from pipelines.linkage_review import charts

    charts.draw_model(store, paths)
    return paths


def as_markdown(path: Path) -> str:
    """Return a PNG as Markdown that holds it."""
    return f"![{path.stem}](data:image/png;base64,{b64encode(path.read_bytes()).decode()})"
