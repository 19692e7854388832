"""The token key as a file, and the mark by which a data home knows its key.

Lives here: reading, generating and marking a key. Does not: which key an installation uses
(`pipelines.settings`), replacing one (`pipelines.maintenance.rotate_key`).

A mark is a keyed hash of a constant: it differs for every key and reveals nothing of it.
"""

import hmac
import os
import secrets
import tempfile
from pathlib import Path

from pipelines.errors import UserError

# Below 32 characters a key could be guessed, and nine-digit numbers under it then be recovered.
LENGTH = 32
FILE, MARK, ENCODING_FILE = "token_key", "token_key.mark", "encoding_key"
_GENERATED = 2 * LENGTH


class UnusableKey(UserError):
    """The token key is gone, damaged, or not the one the data home was made with."""


def read(path: Path) -> bytes | None:
    """Return the key in a file, or None where there is no file.

    Raises:
        UnusableKey: It can't be read, is empty, short, half-written or not text.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        if path.is_symlink():
            raise UnusableKey(f"{path} is a link to a file that is not there.") from None
        return None
    except OSError as error:
        raise UnusableKey(f"{path} can't be read: {error.strerror}.") from None
    key = text.strip()
    is_text = all(32 <= byte < 127 for byte in key)
    # A generated key has 64 hex digits and no end of line: fewer are what a dying process left.
    is_cut = text == key and len(key) < _GENERATED and all(b in b"0123456789abcdef" for b in key)
    if len(key) < LENGTH or not is_text or is_cut:
        raise UnusableKey(
            f"{path} holds no whole key ({len(key)} characters): it is empty, short or half "
            "written. Put your copy of the key there."
        )
    return key


def read_or_generate(home: Path, has_data: bool) -> bytes:
    """Return the key of a data home, generated and marked before its first use.

    Args:
        home: The data home.
        has_data: Whether rows under a key are there: then none is generated.

    Raises:
        UnusableKey: The key is damaged, or gone from a home that was made with one.
    """
    path = home / FILE
    key = read(path)
    if key is not None:
        return key
    if has_data or (home / MARK).exists():
        raise UnusableKey(
            f"{home} was made with a token key that is neither in {path} nor in "
            "PATHWAYS_TOKEN_KEY. Put your copy back: a new key would change every person."
        )
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    write(path, secrets.token_hex(LENGTH).encode(), is_new=True)
    generated = read(path)
    assert generated is not None
    return generated


def mark(key: bytes, purpose: str = "home") -> str:
    """Return the mark of a key for a purpose, 32 hex digits."""
    return hmac.digest(key, f"mark of a {purpose}".encode(), "sha256").hex()[:32]


def check(home: Path, **keys: bytes) -> None:
    """Compare keys with the marks of a data home; one without a mark accepts any.

    Args:
        home: The data home.
        keys: Keys by what they are for, `token` or `encoding`.

    Raises:
        UnusableKey: A key is another one than the home was made with.
    """
    marks = _marks(home)
    for name, key in keys.items():
        if name in marks and not hmac.compare_digest(marks[name], mark(key, f"{name} key")):
            raise UnusableKey(
                f"{home} was made with another {name} key than this one. Put that key back; "
                "another one would change every person. `pathways keys rotate` replaces a key."
            )


def write_marks(home: Path, **keys: bytes) -> None:
    """Mark a data home with the keys it is made with, unless it is marked."""
    if not _marks(home):
        lines = [f"{name} {mark(key, f'{name} key')}\n" for name, key in keys.items()]
        write(home / MARK, "".join(lines).encode())


def write(path: Path, content: bytes, is_new: bool = False) -> None:
    """Write a small file whole, for its owner alone, and on disk before it has its name.

    Args:
        path: The file.
        content: What it holds.
        is_new: Leave a file that is there: of two processes that generate a key, one wins.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            try:
                os.link(partial, path)
            except FileExistsError:
                return
        else:
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _marks(home: Path) -> dict[str, str]:
    try:
        lines = (home / MARK).read_text(encoding="ascii").splitlines()
        marks = dict(line.split(" ") for line in lines)
    except FileNotFoundError:
        return {}
    except ValueError:
        marks = {}
    if not marks:
        raise UnusableKey(f"{home / MARK} is damaged. Bring it back from a backup.")
    return marks
