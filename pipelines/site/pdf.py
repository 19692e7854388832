"""Briefs as PDF, printed by a Chromium that the machine has.

Lives here: printing. Does not: a brief (`pipelines.site.pages.regions`). Chromium prints one in
0.3 s as its page looks; WeasyPrint takes 1.1 s and draws SVG without the style of the page.
"""

import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from pipelines.errors import UserError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_PRINTED = "pdf/printed.json"
_SECONDS = 120


def print_briefs(site: Path) -> tuple[int, int]:
    """Print every brief of a built site into its `pdf/`.

    Returns:
        How many briefs there are, and how many of them changed and were printed.

    Raises:
        UserError: There is no Chromium on the path, or it could not print a page.
    """
    program = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if program is None:
        raise UserError("Briefs are printed by Chromium, and none is on the path.")
    record = site / _PRINTED
    known = json.loads(record.read_text()) if record.exists() else {}
    pages = sorted(path for path in site.rglob("region/*/*.html"))
    printed = {}
    for page in pages:
        name = str(page.relative_to(site).with_suffix(".pdf"))
        content = hashlib.sha256(page.read_bytes()).hexdigest()
        if known.get(name) != content or not (site / "pdf" / name).exists():
            _print(program, page, site / "pdf" / name)
            printed[name] = content
            record.write_text(json.dumps(known | printed))
    return len(pages), len(printed)


def _print(program: str, page: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="chromium-") as profile:
        command = [
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-background-networking", "--no-first-run", f"--user-data-dir={profile}",
            "--no-pdf-header-footer", f"--print-to-pdf={target}", page.resolve().as_uri(),
        ]  # fmt: skip
        ended = subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603
    if ended.returncode or not target.exists():
        raise UserError(f"Chromium could not print {page.name}; it exits with {ended.returncode}.")
