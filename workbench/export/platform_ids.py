"""Which ids things have on the platform.

Ids of the workbench are its own: an audience that was made here is not on the platform until a request made it there.
So nothing of the workbench's own goes out under a local id; each needs an entry here. What only the platform can have
made, such as a tag or a pin, keeps its id unless it was given another one here, as for a rehearsal on made-up data.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from workbench.export.json_file import read_as, read_json
from workbench.validation import DigitId, Written


def _as_several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Several = Annotated[tuple[DigitId, ...], BeforeValidator(_as_several), Field(min_length=1)]


class PlatformIds(Written):
    """Ids of the platform by the workbench's own ids.

    Attributes
    ----------
    ad_account_id : str
        The advertiser's account.
    audiences : dict
        By audience id; several where one audience of the workbench became several on the platform, such as a visitor
        audience with several events.
    customer_lists : dict
        By the id of a saved list, or of the audience whose file was uploaded.
    ad_accounts, tags, pins, ads, campaigns : dict
        By local id, where the two differ.
    """

    ad_account_id: DigitId
    audiences: dict[DigitId, Several] = Field(default_factory=dict)
    customer_lists: dict[DigitId, DigitId] = Field(default_factory=dict)
    ad_accounts: dict[DigitId, DigitId] = Field(default_factory=dict)
    tags: dict[DigitId, DigitId] = Field(default_factory=dict)
    pins: dict[DigitId, DigitId] = Field(default_factory=dict)
    ads: dict[DigitId, DigitId] = Field(default_factory=dict)
    campaigns: dict[DigitId, DigitId] = Field(default_factory=dict)

    def path(self, *parts: str) -> str:
        """Return the path of a request below the ad account."""
        return "/".join(("", "ad_accounts", self.ad_account_id, *parts))


def renamed(local_ids: tuple[str, ...], ids: Mapping[str, str]) -> tuple[str, ...]:
    """Return ids of the platform for things that only the platform makes; those without an entry stay as they are."""
    return tuple(ids.get(local_id, local_id) for local_id in local_ids)


def read_platform_ids(path: str | os.PathLike[str], **fields: Any) -> PlatformIds:
    """Read a JSON file of ids.

    Parameters
    ----------
    path : path-like
        An object with the fields of `PlatformIds`.
    **fields
        Fields that are not in the file, or take their place.

    Raises
    ------
    InputFileError
        If it cannot be read or holds no JSON.
    FieldError
        If it is no object with such fields.
    """
    written = read_json(Path(path), "the ids of the platform")
    return read_as(PlatformIds, written | fields if isinstance(written, dict) else written, Path(path))
