"""Reading what a list is linked to: a file, all files of a pattern, or a query."""

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from workbench.customer_lists.query import read_query
from workbench.customer_lists.source_link import FileSource, GlobSource, QuerySource, SourceLink
from workbench.errors import InputFileError
from workbench.identity import CheckedList, Digests, SuppressionList, read_list
from workbench.progress import Progress, ignore_progress


class SourcePart(NamedTuple):
    """A file of a source, or its query.

    Parameters
    ----------
    place : str
        Its path, or the address of its database.
    checked : CheckedList
        What was found there.
    """

    place: str
    checked: CheckedList


class ReadSource(NamedTuple):
    """All that a source held.

    Parameters
    ----------
    parts : tuple of SourcePart
        In the order of their names.
    suppression : SuppressionList or None
        Who was left out.
    """

    parts: tuple[SourcePart, ...]
    suppression: SuppressionList | None

    @property
    def digests(self) -> Digests:
        """The digests of the valid records of all parts, one after the other."""
        parts = [part.checked.digests for part in self.parts]
        return Digests(np.concatenate([part.kinds for part in parts]), np.concatenate([part.values for part in parts]))


def read_source(link: SourceLink, on_progress: Progress = ignore_progress) -> ReadSource:
    """Read all that a list is linked to.

    Parameters
    ----------
    link : SourceLink
        What to read, and how.
    on_progress : Progress
        Called while each part is read.

    Raises
    ------
    InputFileError
        If a file or all of them are missing, or a database refuses.
    ListFileError
        If a part breaks a rule that holds for a whole list.
    DefinitionError
        If a query cannot be asked.
    """
    suppression = None
    if link.suppression_file is not None:
        suppression = SuppressionList.read(link.suppression_file, link.list_type, on_progress=on_progress)
    match link.source:
        case QuerySource() as source:
            checked = read_query(source, link, suppression, on_progress)
            return ReadSource((SourcePart(source.url, checked),), suppression)
        case FileSource(path=path):
            paths: Sequence[str] = [path]
        case GlobSource(pattern=pattern):
            paths = _paths(pattern)
    parts = [
        SourcePart(
            path,
            read_list(path, link.list_type, profile=link.profile, suppression=suppression, on_progress=on_progress),
        )
        for path in paths
    ]
    return ReadSource(tuple(parts), suppression)


def _paths(pattern: str) -> list[str]:
    matches = glob.glob(pattern, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    found = sorted(path for path in matches if not Path(path).is_dir())
    if not found:
        raise InputFileError(f"expected files like {pattern}, found none; see whether the export ran")
    return found
