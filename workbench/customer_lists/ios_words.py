"""Whether a name says that what it names comes from iOS devices; the words are those that `read_list` refuses."""

from workbench.identity.list_file import IOS_WORD


def names_ios_source(name: str) -> bool:
    """Return whether a column or file is named after iOS or its advertising id."""
    return IOS_WORD.search(name) is not None
