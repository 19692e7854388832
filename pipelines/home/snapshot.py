"""Files kept twice, so that a run that dies or a damaged file costs nothing.

Lives here: noting the files that a run left whole, and going back to them.
Does not: what the files hold (`pipelines.linkage`, `pipelines.intake.ledger`).

Person ids and the record of deliveries can't be computed again from anything else. Copies are named
by their content, so that only what changed is copied; `snapshot.json` says which files they are.
"""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.errors import UserError
from pipelines.home.files import Fingerprint, remove, replacing, sha256

COPIES, STATE = "copy", "snapshot.json"
# Where homes made before version 0.2 hold the state.
_OLD_STATE = f"{COPIES}/state.json"


class Damaged(UserError):
    """A file and its copy are both damaged."""


class Snapshot:
    """The last whole state of the files that fit some patterns under a folder.

    Args:
        root: The folder.
        patterns: Which files belong to the state.
    """

    def __init__(self, root: Path, patterns: Sequence[str]) -> None:
        self._root, self._patterns = root, patterns
        self._copies = root / COPIES

    @property
    def files(self) -> dict[str, Fingerprint]:
        """Every file of the state by its path under the folder; none before the first commit."""
        return {name: Fingerprint(*one) for name, one in self._read().get("files", {}).items()}

    @property
    def note(self) -> dict[str, Any]:
        """What the last commit noted beside the files."""
        return {name: value for name, value in self._read().items() if name != "files"}

    def begin(self) -> None:
        """Put the files back as the last commit left them; without one, commit them as they are.

        Raises:
            Damaged: A file has to be put back, and its copy is not what it was.
        """
        if "files" not in self._read():
            self.commit()
            return
        files = self.files
        for path in self._present():
            if self._name(path) not in files:
                remove(path)
        for name, fingerprint in files.items():
            if not fingerprint.matches(self._root / name):
                self.restore(name)

    def commit(self, **note: Any) -> None:
        """Note that the files are whole as they are.

        Args:
            note: What to note beside them, as JSON holds it.
        """
        before, now = self.files, dict[str, Fingerprint]()
        for path in self._present():
            name = self._name(path)
            earlier = before.get(name)
            unchanged = earlier is not None and earlier.has_same_stat(path)
            now[name] = earlier if earlier and unchanged else Fingerprint.of(path)
            copy = self._copies / now[name].sha256
            if not copy.is_file() or copy.stat().st_size != now[name].bytes:
                _copy(path, copy)
        with replacing(self._root / STATE) as partial:
            files = {name: one.as_list() for name, one in now.items()}
            partial.write_text(json.dumps({**note, "files": files}))
        self._remove_copies_except({one.sha256 for one in now.values()})

    def restore(self, name: str) -> None:
        """Put one file back as the last commit left it.

        Raises:
            Damaged: Its copy is not what it was.
        """
        fingerprint, path = self.files[name], self._root / name
        copy = self._copies / fingerprint.sha256
        if not copy.is_file() or sha256(copy) != fingerprint.sha256:
            raise Damaged(
                f"{self._root.name}/{name} is damaged, and so is its copy. Bring "
                f"{self._root.name}/ back from a backup: it can't be computed again."
            )
        _copy(copy, path)
        os.utime(path, ns=(fingerprint.changed_ns, fingerprint.changed_ns))

    def _present(self) -> list[Path]:
        return sorted(path for pattern in self._patterns for path in self._root.glob(pattern))

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self._root))

    def _remove_copies_except(self, wanted: set[str]) -> None:
        for path in self._copies.iterdir() if self._copies.is_dir() else ():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name not in wanted:
                remove(path)

    def _read(self) -> dict[str, Any]:
        for name in (STATE, _OLD_STATE):
            try:
                return json.loads((self._root / name).read_text())
            except (FileNotFoundError, ValueError):
                continue
        return {}


def _copy(path: Path, to: Path) -> None:
    with replacing(to) as partial:
        shutil.copyfile(path, partial)
