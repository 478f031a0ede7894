"""Folders to write to, and writing a file whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from assistant.contract import InputError

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EACCES: "there is no permission to write there",
    errno.EPERM: "there is no permission to write there",
    errno.EROFS: "the disk is read-only",
    errno.ENAMETOOLONG: "the name is too long",
}


def make_folder(folder: Path) -> None:
    """Make a folder to write to; InputError with a sentence when that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InputError(f"{folder} cannot be used as a folder: a file is in the way.") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"The folder {folder} cannot be made: {reason}.") from error


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a file name beside ``path`` to write to; it takes the name ``path`` when all went well.

    Whoever reads ``path`` sees the old file or the whole new one, never a half. Raises InputError
    with a sentence when the folder is missing or read-only, or the disk is full.
    """
    path = Path(path)
    if reason := _what_is_in_the_way(path):
        raise InputError(f"Cannot write {path}: {reason}.")
    # The suffix stays: libraries choose the format by it.
    part = path.with_name(f".{path.stem[:64]}.{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise InputError(f"Cannot write {path}: {_reason(error)}.") from error
    finally:
        with suppress(OSError):
            part.unlink()


def write_error(folder: Path, size_bytes: int, otherwise: str) -> OSError:
    """Return the failure of a library that does not say whether the disk was full."""
    with suppress(OSError):
        if shutil.disk_usage(folder).free < size_bytes:
            return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return OSError(otherwise)


def _what_is_in_the_way(path: Path) -> str:
    """Return why a file cannot have this name; "" when it can."""
    try:
        if not path.parent.is_dir():
            return f"there is no folder {path.parent}"
        return "it is a folder" if path.is_dir() else ""
    except OSError as error:
        return _reason(error)


def _reason(error: OSError) -> str:
    return _REASONS.get(error.errno or 0, error.strerror or str(error))
