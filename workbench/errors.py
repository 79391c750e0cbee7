"""Every way the workbench refuses something, as one tree.

Each error is also the built-in that it specialises, so ``except ValueError`` keeps working for callers who do not
know this package. A message says what was expected, what came and what to do; it never holds a value from a customer
list, only its shape. Every error survives pickling, so that work in another process can be refused like any other.
"""

from collections.abc import Sequence
from typing import Any


class WorkbenchError(Exception):
    """Base of every refusal; the command line turns one into exit code 2 and a single sentence."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Without __init__: the arguments that a subclass takes are not those that it keeps.
        return _made_anew, (type(self), self.args), vars(self)


def _made_anew(error_type: type[WorkbenchError], args: tuple[Any, ...]) -> WorkbenchError:
    return error_type.__new__(error_type, *args)


class InputFileError(WorkbenchError, OSError):
    """A file or folder is missing, unreadable or not a regular file."""


class IdentifierError(WorkbenchError, ValueError):
    """A text is not the e-mail address or mobile advertising id that it should be.

    Parameters
    ----------
    message : str
        One sentence with the shape of the text, never the text itself.
    error_code : str
        The rule that was broken, a member of ``workbench.identity.ErrorCode``.
    """

    def __init__(self, message: str, *, error_code: str) -> None:
        super().__init__(message)
        self.error_code = error_code


class ListFileError(WorkbenchError, ValueError):
    """A customer list breaks a structural rule, so the whole file is refused.

    Parameters
    ----------
    message : str
        One sentence: what was expected, what came, what to do.
    error_code : str
        The rule that was broken, a member of ``workbench.identity.ErrorCode``.
    line_number : int or None
        First line that breaks it, counted from 1; None when the rule is about the file as a whole.
    """

    def __init__(self, message: str, *, error_code: str, line_number: int | None = None) -> None:
        super().__init__(message)
        self.error_code = error_code
        self.line_number = line_number


class UniverseError(WorkbenchError, ValueError):
    """A universe's tables are missing, mistyped, inconsistent or impossible to build as asked."""


class DefinitionError(WorkbenchError, ValueError):
    """An audience definition or a targeting asks for something the platform does not offer."""


class FieldError(DefinitionError):
    """A field of something written down is missing, unknown, mistyped or out of range.

    Parameters
    ----------
    place : sequence of str and int
        The way to the field, from the outside in: names and positions; empty for the value as a whole.
    fault : str
        What was expected and what came.
    n_more : int
        Faults that were found besides this one.
    """

    def __init__(self, place: Sequence[str | int], fault: str, n_more: int = 0) -> None:
        where = f"{'.'.join(map(str, place))}: " if place else ""
        super().__init__(where + fault + (f"; and {n_more} more to correct" if n_more else ""))
        self.place = tuple(place)
        self.fault = fault
        self.n_more = n_more

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.place, self.fault, self.n_more), vars(self)


class UnknownAudienceError(WorkbenchError, LookupError):
    """An audience id names no audience."""


class UnknownTargetingError(WorkbenchError, LookupError):
    """A name or id names no saved targeting set, or no ad group that the catalogue knows."""


class CatalogError(WorkbenchError, OSError):
    """A catalogue cannot be opened, read or written."""


class ConflictError(WorkbenchError, RuntimeError):
    """What was to be saved has been changed by somebody else meanwhile, or its place is taken."""


class InUseError(WorkbenchError, RuntimeError):
    """An audience is used by something else, so it goes only when that was seen and confirmed.

    Parameters
    ----------
    message : str
        One sentence: by what it is used, what to do.
    uses : sequence
        What uses it, as the catalogue says it; to be handed back as the confirmation.
    """

    def __init__(self, message: str, *, uses: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.uses = tuple(uses)


class ClusterError(WorkbenchError, ConnectionError):
    """A cluster cannot be reached, has no workers, or lost what it was doing."""


class ServingError(WorkbenchError, RuntimeError):
    """The dashboards cannot be served as asked: the port is taken, or the access token is missing or too short."""


class CancelledError(WorkbenchError, RuntimeError):
    """Raised by a progress callback to stop long work; whatever was half-written is removed on the way out."""
