"""An upload: a file that somebody shares with the platform, after having read its terms.

Every way from a file to an audience leads through here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from workbench.customer_lists.terms import require_acknowledgement
from workbench.identity import CheckedList, IncomingFile, ListProfile, ListType, SuppressionList, read_list
from workbench.progress import Progress, ignore_progress


class ReadUpload(NamedTuple):
    """What an upload held, and who was left out of it."""

    checked: CheckedList
    suppression: SuppressionList | None


@dataclass(frozen=True, slots=True)
class Upload:
    """A customer list to be shared.

    Parameters
    ----------
    list_file : Path or IncomingFile
        The file: one identifier per line, no header.
    list_type : ListType
        What it holds.
    profile : ListProfile
        Whose rules count where the platform has two.
    suppression_file : Path or SuppressionList, optional
        The people who opted out, as a list of the same type, or what was read from one.
    are_terms_acknowledged : bool
        Whether somebody said that the platform's terms were read.
    """

    list_file: Path | IncomingFile
    list_type: ListType = ListType.EMAIL
    profile: ListProfile = ListProfile.HELP_PAGE
    suppression_file: Path | SuppressionList | None = None
    are_terms_acknowledged: bool = False

    def read(self, on_progress: Progress = ignore_progress) -> ReadUpload:
        """Read the file to share it, once it is said that the terms were read.

        Parameters
        ----------
        on_progress : Progress
            Called while a file is read; raise ``CancelledError`` in it to stop.

        Raises
        ------
        DefinitionError
            If the terms were not acknowledged.
        InputFileError, ListFileError
            If a file cannot be read or breaks a structural rule.
        """
        require_acknowledgement(self.are_terms_acknowledged)
        return self.check(on_progress)

    def check(self, on_progress: Progress = ignore_progress) -> ReadUpload:
        """Read the file to look at it, which needs no acknowledgement; otherwise the same as `read`."""
        suppression = self.suppression_file
        if isinstance(suppression, Path):
            suppression = SuppressionList.read(suppression, self.list_type, on_progress=on_progress)
        checked = read_list(
            self.list_file, self.list_type, profile=self.profile, suppression=suppression, on_progress=on_progress
        )
        return ReadUpload(checked, suppression)


@dataclass(frozen=True, slots=True)
class UploadInMemory:
    """An upload that was read already, to be shared without its file, which may be there no longer.

    Parameters
    ----------
    list_type : ListType
        What it holds.
    found : ReadUpload
        What was read.
    are_terms_acknowledged : bool
        Whether somebody said that the platform's terms were read.
    """

    list_type: ListType
    found: ReadUpload
    are_terms_acknowledged: bool = False

    def read(self, on_progress: Progress = ignore_progress) -> ReadUpload:
        """Return what was read, once it is said that the terms were read; DefinitionError if not."""
        require_acknowledgement(self.are_terms_acknowledged)
        on_progress(1, 1)
        return self.found
