"""Reading the one column of a query, from whichever database SQLAlchemy knows.

Rows are streamed, in batches, and live in memory only. What could carry them or a password further is closed off: the
engine's log, the texts of errors (drivers quote what they choke on), and the frames of a traceback. The query runs in a
transaction that is never committed.
"""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from workbench.customer_lists.ios_words import names_ios_source
from workbench.customer_lists.row_reader import RowReader
from workbench.customer_lists.source_link import QuerySource, SourceLink
from workbench.database_address import address_of
from workbench.errors import DefinitionError, InputFileError, ListFileError, WorkbenchError
from workbench.identity import CheckedList, ErrorCode, SuppressionList
from workbench.progress import Progress

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

N_ROWS_AT_A_TIME: Final = 10_000
_OWN_LOG: Final = "customer_list"


def read_query(
    source: QuerySource, link: SourceLink, suppression: SuppressionList | None, on_progress: Progress
) -> CheckedList:
    """Run a query and keep nothing of its rows but digests.

    Parameters
    ----------
    source : QuerySource
        Which database, which query.
    link : SourceLink
        What the column holds, and whose rules count.
    suppression : SuppressionList or None
        The people who opted out.
    on_progress : Progress
        Called after every batch of rows.

    Returns
    -------
    CheckedList
        As if the rows had come from a file.

    Raises
    ------
    DefinitionError
        If the address cannot be read, names a variable that is not set or a database without a driver here, or the
        query does not return one column.
    InputFileError
        If the database refuses; of its reasons only the kind is told.
    ListFileError
        If the rows break a rule that holds for a whole list.
    """
    try:
        return _read(source, link, suppression, on_progress)
    except BaseException as error:
        traceback.clear_frames(error.__traceback__)  # they hold rows
        if isinstance(error, WorkbenchError):
            refusal = error.with_traceback(None)
        elif isinstance(error, Exception):  # the drivers' own may quote a row or the password
            refusal = InputFileError(
                f"expected rows from {source.url}, got a refusal ({_kind_of(error)}); try the query in the database's "
                "own client, where its reason may be shown"
            )
        else:
            raise
    # Raised from here, so that nothing leads back to the frames that hold rows.
    try:
        raise refusal
    finally:
        del refusal


def _read(
    source: QuerySource, link: SourceLink, suppression: SuppressionList | None, on_progress: Progress
) -> CheckedList:
    from sqlalchemy import text

    statement = text(source.query)
    if statement.compile().params:
        raise DefinitionError(
            "expected a query without parameters, got a colon that begins the name of one; write \\: for a colon"
        )
    with _connected(source) as connection, connection.execute(statement) as result:
        names = list(result.keys()) if result.returns_rows else []
        if len(names) != 1:
            raise DefinitionError(
                f"expected a query that returns one column, got {len(names)}; select the identifiers and nothing else"
            )
        if names_ios_source(names[0]):
            raise ListFileError(
                "expected no data from iOS devices, got a column whose name says IDFA or iOS; leave out everyone "
                f"recorded on an iOS device, and rename the column if that is nobody ({ErrorCode.IOS_SOURCE})",
                error_code=ErrorCode.IOS_SOURCE,
            )
        batches = result.scalars().partitions(N_ROWS_AT_A_TIME)
        return RowReader(f"the query on {source.url}", link, suppression).read(batches, on_progress)


@contextmanager
def _connected(source: QuerySource) -> Iterator["Connection"]:
    engine = _engine(source)
    try:
        with engine.connect() as connection:
            yield connection.execution_options(stream_results=True, max_row_buffer=N_ROWS_AT_A_TIME)
    finally:
        engine.dispose()


def _engine(source: QuerySource) -> "Engine":
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    names = {"logging_name": _OWN_LOG, "pool_logging_name": _OWN_LOG}
    try:
        engine = create_engine(address_of(source.url), poolclass=NullPool, hide_parameters=True, **names)
    except (NoSuchModuleError, ImportError):
        fault = "a database whose driver is installed here; install it"
    except ArgumentError:
        fault = "an address that SQLAlchemy can read, such as postgresql://reader:${CRM_PASSWORD}@crm.example/sales"
    else:
        for name in ("sqlalchemy.engine.Engine", "sqlalchemy.pool.impl.NullPool"):  # at DEBUG they print every row
            logging.getLogger(f"{name}.{_OWN_LOG}").setLevel(logging.CRITICAL)
        return engine
    raise DefinitionError(f"expected {fault}, got {source.url}")


def _kind_of(error: Exception) -> str:
    cause = getattr(error, "orig", None)
    return type(error).__name__ if cause is None else f"{type(error).__name__}, {type(cause).__name__}"
