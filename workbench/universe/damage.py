"""What a damaged table looks like.

Arrow and DuckDB find out at very different places and in many words; people should read one sentence.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyarrow as pa

from workbench.errors import InputFileError, UniverseError, WorkbenchError

# DuckDB reports damage as it reports a wrong question; only the words differ.
_WORDS_OF_DAMAGE: Final = re.compile(
    r"Failed to read file|Could not read enough bytes|[Ii]nvalid string encoding|orrupt"
)
_FILE_IN_WORDS: Final = re.compile(r'"([^"]+\.parquet)"')


@contextmanager
def refusing_damage(path: Path) -> Iterator[None]:
    """While inside, whatever Arrow or DuckDB say about unreadable bytes becomes one refusal.

    Parameters
    ----------
    path : Path
        The table that is being read, or the folder of several.

    Raises
    ------
    UniverseError
        If the file is damaged: a page cannot be decoded, or a text is not UTF-8.
    InputFileError
        If the system does not let it be read.
    """
    try:
        yield
    except WorkbenchError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno:
            reason = os.strerror(error.errno).lower()
            raise InputFileError(
                f"expected tables that can be read, but the system refused {error.filename or path} ({reason});"
                " see to the file"
            ) from None
        if not is_damage(error):
            raise
        named = _FILE_IN_WORDS.search(str(error))
        file = named[1] if named else path
        which = "a file in it" if path.is_dir() and not named else "the file"
        # None: what the libraries say of a damaged page may hold values from it.
        raise UniverseError(
            f"expected a whole Parquet file with text in UTF-8 in {file}, but {which} is damaged; write it again"
        ) from None


def is_damage(error: Exception) -> bool:
    """Tell whether an error says that a file's bytes make no sense."""
    import duckdb

    if isinstance(error, MemoryError):
        return False
    if isinstance(error, duckdb.Error):
        # The plain base class stands for what the decoder of pages throws.
        return type(error) is duckdb.Error or bool(_WORDS_OF_DAMAGE.search(str(error)))
    return isinstance(error, pa.ArrowException | OSError | UnicodeDecodeError)
