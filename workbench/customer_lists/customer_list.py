"""What the platform says of a customer list: its name, and how often and how much was uploaded to it.

The fields are those of the API's ``CustomerList``. None of them says how many people are on the list: the size belongs
to the audience that is made of it, because it depends on who has an account.
"""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AwareDatetime, Field

from workbench.identity import ListType
from workbench.validation import DigitId, Written

MAX_BATCHES: Final = 2**30 - 1
"""More edits than one list can have; one every second would take 34 years."""


class ListStatus(StrEnum):
    """How far the platform is with a list; the API's names.

    The API's fourth, UPLOADING, has no moment here: an upload is on the list whole or not at all.
    """

    PROCESSING = "PROCESSING"
    """Not matched to accounts, or not yet."""

    READY = "READY"
    """Matched to enough accounts."""

    TOO_SMALL = "TOO_SMALL"
    """Matched to too few."""


Count = Annotated[int, Field(strict=True, ge=0)]


class CustomerList(Written):
    """A customer list as the API describes one.

    Attributes
    ----------
    id : str
        Digits.
    name : str
        For people.
    list_type : ListType
        What it was created with. Records of the other type may be added later.
    status : ListStatus
        PROCESSING unless it was matched to the accounts of a universe.
    num_batches : int
        Edits, the creation among them: each upload that was added, removed or put in place of the others.
    num_uploaded_user_records : int
        Valid records of all uploads, repeats included, also those that were on the list already.
    num_removed_user_records : int
        Valid records of all removals, also those that were not on the list.
    created_time, updated_time : datetime
        Of the first and the last edit, with their zone.
    """

    id: DigitId
    name: str = Field(min_length=1)
    list_type: ListType
    status: ListStatus = ListStatus.PROCESSING
    num_batches: int = Field(strict=True, ge=1, le=MAX_BATCHES)
    num_uploaded_user_records: Count
    num_removed_user_records: Count = 0
    created_time: AwareDatetime
    updated_time: AwareDatetime
