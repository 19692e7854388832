"""The state of linkage kept twice, so that a run that dies or a damaged file costs nothing.

Lives here: writing down the state that a run left whole, and going back to it.
Does not: what the files hold (`pipelines.linkage`).

Person ids can't be made again from anything else. A run writes its files one after the other; what
it left is in force once `state.json` names it, and the next run first puts every file back that is
not as it says. Copies are named by their content, so that only what changed is copied.
"""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from pipelines.errors import UserError
from pipelines.home import code_version
from pipelines.home.files import Print, remove, replacing, sha256

STATE = "state.json"


class Damaged(UserError):
    """A file of linkage and its copy are both damaged."""


class Safe:
    """Copies of the files that fit some patterns under a folder.

    Args:
        root: The folder.
        patterns: What belongs to the state.
    """

    def __init__(self, root: Path, patterns: Sequence[str]) -> None:
        self._root, self._patterns = root, patterns
        self._copies = root / "copy"

    def begin(self) -> None:
        """Put the files back as the last whole run left them; take them as they are at first.

        Raises:
            Damaged: A file has to be put back, and its copy is not what it was.
        """
        state = self._state()
        if state is None:
            self.commit()
            return
        for path in self._files():
            if str(path.relative_to(self._root)) not in state:
                remove(path)
        for name, was in state.items():
            if not was.fits(self._root / name):
                self._put_back(name, was)

    def commit(self) -> None:
        """Write down that the files are whole as they are."""
        before = self._state() or {}
        now: dict[str, Print] = {}
        for path in self._files():
            name, stat = str(path.relative_to(self._root)), path.stat()
            was = before.get(name)
            same = was and (was.bytes, was.changed_ns) == (stat.st_size, stat.st_mtime_ns)
            now[name] = was if was and same else Print.of(path)
            self._copy(path, self._copies / now[name].sha256)
        with replacing(self._copies / STATE) as partial:
            files = {name: one.as_list() for name, one in now.items()}
            partial.write_text(json.dumps({"version": code_version.linkage(), "files": files}))
        kept = {STATE, *(one.sha256 for one in now.values())}
        for path in self._copies.iterdir():
            if path.name not in kept:
                remove(path)

    @property
    def is_of_this_code(self) -> bool:
        """Whether the code that links now made the state."""
        return self._read().get("version") == code_version.linkage()

    @property
    def prints(self) -> dict[str, Print]:
        """What every file of the state is."""
        return self._state() or {}

    def _put_back(self, name: str, was: Print) -> None:
        copy = self._copies / was.sha256
        if not copy.is_file() or sha256(copy) != was.sha256:
            raise Damaged(
                f"identity/{name} is damaged, and so is its copy. Bring identity/ back from a "
                "backup: person ids can't be made again."
            )
        self._copy(copy, self._root / name, anew=True)
        os.utime(self._root / name, ns=(was.changed_ns, was.changed_ns))

    def _copy(self, path: Path, to: Path, anew: bool = False) -> None:
        if anew or not to.is_file() or to.stat().st_size != path.stat().st_size:
            with replacing(to) as partial:
                shutil.copyfile(path, partial)

    def _files(self) -> list[Path]:
        return sorted(path for pattern in self._patterns for path in self._root.glob(pattern))

    def _state(self) -> dict[str, Print] | None:
        files = self._read().get("files")
        return None if files is None else {name: Print(*was) for name, was in files.items()}

    def _read(self) -> dict:
        try:
            return json.loads((self._copies / STATE).read_text())
        except (FileNotFoundError, ValueError):
            return {}
