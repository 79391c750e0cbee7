"""What somebody looks at in the catalogue: one value to print, to save and to come back to."""

from pydantic import Field

from workbench.audiences import AudienceStatus, AudienceType
from workbench.validation import DigitId, Written


class CatalogView(Written):
    """Which audiences are listed, in which order, and which one is looked at.

    Attributes
    ----------
    text : str
        Words that the audiences listed have.
    audience_type, status : AudienceType or None, AudienceStatus or None
        What they are; any when None.
    has_deleted : bool
        That deleted ones are listed, too.
    sorted_by : str
        Column: name, type, size, status, uses or changed; empty for the order of their ids.
    is_descending : bool
        The last one first.
    audience_id : str or None
        The one that is looked at.
    """

    text: str = ""
    audience_type: AudienceType | None = None
    status: AudienceStatus | None = None
    has_deleted: bool = Field(default=False, strict=True)
    sorted_by: str = Field(
        default="", pattern="^(name|type|size|status|uses|changed|)$",
        description="one of name, type, size, status, uses and changed, or nothing",
    )  # fmt: skip
    is_descending: bool = Field(default=False, strict=True)
    audience_id: DigitId | None = None
