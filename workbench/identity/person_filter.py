"""Whoever may leave a person out of a list although the record is valid: the people who opted out, above all."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.identity.classification import Verdict
from workbench.identity.digests import DigestKind


class PersonFilter(Protocol):
    """Whoever looks at every valid record and may leave its person out: a `SuppressionList`."""

    @property
    def further_kinds(self) -> tuple[DigestKind, ...]:
        """By which functions besides SHA-256 the filter wants to see plain records hashed."""

    def leaves_out_record(self, text: str, verdict: Verdict) -> bool:
        """Return whether a record is left out."""

    def leaves_out(self, kind: DigestKind, values: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Return which of many digests of one kind are left out."""
