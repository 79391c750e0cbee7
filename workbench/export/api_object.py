"""What request bodies are made of: objects of the API, held to its schema and to the rules that the schema leaves out.

The API's own description (OpenAPI 3.0) says which fields there are and of which type. Most ranges, and every rule about
two fields at once, are told in its prose only, so a server may take a body that means nothing. Each model here states
both. A refusal names the field, what it may be, and the rule: S for the help page, Q for a reading of it that the
workbench adopts, P for a request of the API.
"""

from typing import Annotated, Any

from pydantic import Field, StrictBool, StrictInt

from workbench.validation import Written

PLACEHOLDER = r"\$\{[a-z_]+:[0-9]{1,18}(?:\.[0-9]+)?\}"
PlatformId = Annotated[
    str,
    Field(
        pattern=rf"^(?:[0-9]{{1,18}}|{PLACEHOLDER})$",
        description="an id of the platform: 1 to 18 digits, as text, never a number",
    ),
]
"""An id of the platform, or what stands for one that the platform has still to give."""

Flag = StrictBool
WholeNumber = StrictInt
EpochSeconds = Annotated[int, Field(strict=True, ge=0)]

Body = dict[str, Any]


class ApiObject(Written):
    """A part of a request body, under the API's names."""

    def body(self) -> Body:
        """Return it as plain values, in the order of its fields, without those that were left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
