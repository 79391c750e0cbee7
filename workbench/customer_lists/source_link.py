"""Where a list comes from: a file, all files of a pattern, or a query; written down so that it can be read again.

What is written down holds no secret. The address of a database may name environment variables, such as
``${CRM_PASSWORD}``, and one that holds a password itself is refused.
"""

from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, field_validator

from workbench.database_address import holds_secret
from workbench.identity import ListProfile, ListType
from workbench.validation import Written

_ADVICE: Final = (
    "put the password into an environment variable and name it in the address, as in "
    "postgresql://reader:${CRM_PASSWORD}@crm.example/sales"
)


class FileSource(Written):
    """One file.

    Attributes
    ----------
    path : str
        Absolute.
    """

    kind: Literal["FILE"] = "FILE"
    path: str = Field(min_length=1)


class GlobSource(Written):
    """All files of a pattern, united in the order of their names.

    Attributes
    ----------
    pattern : str
        Absolute; ``*``, ``?``, ``[…]`` and ``**`` as in a shell.
    """

    kind: Literal["GLOB"] = "GLOB"
    pattern: str = Field(min_length=1)


class QuerySource(Written):
    """The one column that a query returns.

    Attributes
    ----------
    url : str
        Address of the database as SQLAlchemy takes it; ``${NAME}`` stands for an environment variable.
    query : str
        A SELECT of one column.
    """

    kind: Literal["QUERY"] = "QUERY"
    url: str = Field(min_length=1)
    query: str = Field(min_length=1)

    @field_validator("url")
    @classmethod
    def _holds_no_secret(cls, url: str) -> str:
        if holds_secret(url):
            raise ValueError(f"expected an address without a password, got one that holds it; {_ADVICE}")
        return url


Source = Annotated[FileSource | GlobSource | QuerySource, Field(discriminator="kind")]
"""Where records come from; in JSON its ``kind`` says which."""


class SourceLink(Written):
    """A source and how it is read.

    Attributes
    ----------
    source : Source
        Where the records come from.
    list_type : ListType
        What it holds.
    profile : ListProfile
        Whose rules count.
    suppression_file : str or None
        Absolute path of the list of people who opted out, read again at every sync.
    last_sync_time : datetime or None
        When the source was last read to the end, whether or not anything had changed.
    """

    source: Source
    list_type: ListType = ListType.EMAIL
    profile: ListProfile = ListProfile.HELP_PAGE
    suppression_file: str | None = None
    last_sync_time: AwareDatetime | None = None
