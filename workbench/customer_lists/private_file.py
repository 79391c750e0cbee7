"""Files that hold digests: readable by their owner only, and there whole or not at all.

A digest is personal data (see `workbench.identity.hashing`), so whatever the user's umask says, nobody else is let in.
"""

import contextlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from workbench.errors import InputFileError

OWNER_ONLY_FILE: Final = 0o600
OWNER_ONLY_FOLDER: Final = 0o700


@contextmanager
def private_file(destination: Path, what: str) -> Iterator[BinaryIO]:
    """Open a hidden file beside a destination, whose name it takes when it is complete and on disk.

    Parameters
    ----------
    destination : Path
        Where the file will be; an older one stays as it is until then.
    what : str
        What to call it in a refusal, such as "the cleaned list".

    Yields
    ------
    binary file
        To be written.

    Raises
    ------
    InputFileError
        If the file cannot be written.
    """
    unfinished = destination.with_name(f".{secrets.token_hex(8)}.part")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # or a power cut could leave the new name on an empty file
        unfinished.replace(destination)
    except InputFileError:
        raise  # an OSError too
    except OSError as failure:
        reason = os.strerror(failure.errno).lower() if failure.errno else type(failure).__name__
        raise InputFileError(
            f"expected to write {what} to {destination}, but: {reason}; choose another place"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
