"""Requests that are written down instead of sent, in the order in which somebody else sends them.

An id that the platform gives only in its answer is written as a placeholder: ``${customer_list:42}`` stands for the
``id`` in the answer to the request that *gives* ``customer_list:42``. A placeholder is no id of the platform, so a
request that is sent before its placeholders are filled in is refused, and does no harm.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any, Final, Literal

from workbench.customer_lists.private_file import private_file
from workbench.errors import DefinitionError
from workbench.export.api_object import PLACEHOLDER
from workbench.export.findings import Finding
from workbench.whole_file import check_file_destination, write_whole_file

API_VERSION: Final = "5.23.0"
BASE_URL: Final = "https://api.pinterest.com/v5"
FORMAT: Final = "audience-workbench export"
FORMAT_VERSION: Final = 1

_PLACEHOLDER: Final = re.compile(PLACEHOLDER)


def placeholder(name: str) -> str:
    """Return what stands for an id until the platform has given it; the name is such as ``audience:1001``."""
    return f"${{{name}}}"


@dataclass(frozen=True, slots=True, repr=False)
class ApiRequest:
    """One request of the API.

    Parameters
    ----------
    method : "POST" or "PATCH"
        HTTP method.
    path : str
        Below the base address.
    operation_id : str
        As the API's description names it.
    body : dict or list
        Plain values.
    gives : str
        The name under which later requests use the ``id`` of the answer; empty when none does.
    """

    method: Literal["POST", "PATCH"]
    path: str
    operation_id: str
    body: Any
    gives: str = ""

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the ids that have to be filled in before it can be sent, each once, in order."""
        texts = [self.path, *_texts(self.body)]
        return tuple(dict.fromkeys(found[2:-1] for text in texts for found in _PLACEHOLDER.findall(text)))

    @property
    def holds_digests(self) -> bool:
        """Whether records of a customer list are in it."""
        return isinstance(self.body, dict) and "records" in self.body

    def filled(self, given: Mapping[str, str]) -> "ApiRequest":
        """Return the request with ids in place of placeholders.

        Parameters
        ----------
        given : mapping of str to str
            Ids by name, as the platform gave them.

        Raises
        ------
        DefinitionError
            If one is missing.
        """
        missing = [name for name in self.needs if name not in given]
        if missing:
            raise DefinitionError(
                f"expected the ids that the platform gave for {', '.join(self.needs)}, got none for "
                f"{', '.join(missing)}; send the requests before this one first, and take the ids from their answers"
            )

        def fill(text: str) -> str:
            return reduce(lambda filled, name: filled.replace(placeholder(name), given[name]), self.needs, text)

        return ApiRequest(self.method, fill(self.path), self.operation_id, _mapped(self.body, fill), self.gives)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values, with what it needs and gives."""
        return {
            "method": self.method,
            "path": self.path,
            "operation_id": self.operation_id,
            "needs": list(self.needs),
            "gives": self.gives or None,
            "body": self.body,
        }

    def __repr__(self) -> str:
        # Not the body: a notebook shows this on a screen, where digests have no place.
        return f"ApiRequest({self.method} {self.path}, gives={self.gives!r})"


@dataclass(frozen=True, slots=True)
class Export:
    """Requests in the order in which they must be sent, and what to know of them.

    Parameters
    ----------
    requests : tuple of ApiRequest
        The requests.
    findings : tuple of Finding
        What gets lost, changes its form or rests on a reading.
    """

    requests: tuple[ApiRequest, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def holds_digests(self) -> bool:
        """Whether records of a customer list are in it."""
        return any(request.holds_digests for request in self.requests)

    def __add__(self, later: "Export") -> "Export":
        findings = dict.fromkeys((*self.findings, *later.findings))
        return Export((*self.requests, *later.requests), tuple(findings))

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "api_version": API_VERSION,
            "base_url": BASE_URL,
            "holds_digests": self.holds_digests,
            "findings": [finding.as_json() for finding in self.findings],
            "requests": [request.as_json() for request in self.requests],
        }

    def to_text(self) -> str:
        """Return it as JSON: the same export makes the same bytes."""
        return json.dumps(self.as_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write it to a file, all of it or nothing; only its owner can read it if digests are in it.

        Parameters
        ----------
        path : path-like
            Where; an older file is replaced.

        Returns
        -------
        Path
            Where it is.

        Raises
        ------
        InputFileError
            If it cannot be written.
        """
        what = "the export"
        destination = check_file_destination(path, what)
        if not self.holds_digests:
            write_whole_file(path, self.to_text(), what)
            return destination
        destination.parent.mkdir(parents=True, exist_ok=True)
        with private_file(destination, what) as file:
            file.write(self.to_text().encode())
        return destination


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for name, inner in value.items():
                yield name
                # Megabytes of hexadecimal digits hold no placeholder.
                if name != "records":
                    yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)


def _mapped(value: Any, change: Any) -> Any:
    match value:
        case str():
            return change(value)
        case dict():
            return {
                change(name): inner if name == "records" else _mapped(inner, change) for name, inner in value.items()
            }
        case list():
            return [_mapped(inner, change) for inner in value]
        case _:
            return value
