"""Rules that nothing ever met: why an audience of visitors is empty, or smaller than was meant.

A page that is spelled otherwise than the tag reports it, an event that the tag never sent, a product nobody looked at:
each makes a rule that is right in form and admits nobody. Each gets a sentence here, with what was probably meant.

What is named as meant comes from the events and could be somebody's: an order number, a page with an address in it. So
only values that were reported a hundred times are named, pages that the site lists, and the words of the schema.
"""

import difflib
from collections.abc import Iterator
from typing import Final, NamedTuple

import pyarrow as pa

from workbench.audiences.base import MIN_AUDIENCE_SIZE
from workbench.audiences.condition import AnyRule, NumberCondition, Sql, TextCondition, all_of, sql_of
from workbench.audiences.event_data import column_of, rule_sql
from workbench.audiences.visitor import VisitorDefinition, require_known_tag
from workbench.universe import Universe
from workbench.universe.schema import TABLES

_MOST_VALUES: Final = 20_000
_WORDS_OF_SCHEMA: Final = ("event", "event_source", "ingestion_source")


class _Part(NamedTuple):
    """One part of a definition: where it stands, what it asks, of which column, and of which events if not of all."""

    place: str
    asked: str
    condition: Sql
    column: str
    events: tuple[str, ...] = ()


def unmet_rules(definition: VisitorDefinition, universe: Universe) -> tuple[str, ...]:
    """Find the parts of a definition that no event of the tag ever met, whenever it happened.

    Parameters
    ----------
    definition : VisitorDefinition
        What is asked.
    universe : Universe
        Needs the table ``tag_events``.

    Returns
    -------
    tuple of str
        One sentence for each part, with the field and what was probably meant.

    Raises
    ------
    UniverseError
        If the universe has no tag events.
    DefinitionError
        If the tag is not in it.
    """
    require_known_tag(definition.visitor_source_id, universe)
    parts = list(_parts(definition))
    if not parts:
        return ()
    each = ", ".join(f"coalesce(bool_or({part.condition[0]}), false) AS p{n}" for n, part in enumerate(parts))
    values = [value for part in parts for value in part.condition[1]]
    answer = universe.query(f"SELECT {each} FROM tag_events WHERE tag_id = ?", (*values, definition.visitor_source_id))  # noqa: S608
    unmet = [part for part, is_met in zip(parts, answer.iloc[0], strict=True) if not is_met]
    return tuple(_sentence(part, definition.visitor_source_id, universe) for part in unmet)


def _parts(definition: VisitorDefinition) -> Iterator[_Part]:
    for event in definition.events:
        yield _Part("events", event, ("event = ?", (event,)), "event")
    for name, rule in definition.event_data.rules() if definition.event_data is not None else ():
        condition = all_of([rule_sql(name, rule), _is_one_of(definition.events)])
        yield _Part(f"event_data.{name}", _asked(rule), condition, column_of(name), definition.events)
    for n, rule in enumerate(definition.urls):
        yield _Part(f"urls.{n}", _asked(rule), sql_of("url", rule), "url")
    for column in ("event_source", "ingestion_source"):
        for value in getattr(definition, column):
            yield _Part(column, value, (f"coalesce({column} = ?, false)", (value,)), column)


def _asked(rule: AnyRule) -> str:
    """Return a rule as it was written, for comparing and for the sentence."""
    if not isinstance(rule, TextCondition | NumberCondition):
        return str(rule)
    return ", ".join(
        f"{sign} {' or '.join(values) if isinstance(values, tuple) else values}"
        for sign, values in rule.operators.items()
    )


def _is_one_of(events: tuple[str, ...]) -> Sql:
    return "event IN (SELECT unnest(?::VARCHAR[]))", (list(events),)


def _sentence(part: _Part, tag_id: str, universe: Universe) -> str:
    known = _nameable(part, tag_id, universe)
    close = difflib.get_close_matches(part.asked, known, n=1, cutoff=0.7)
    hint = f"did you mean {close[0]}?" if close else f"most often it reported {', '.join(known[:3])}"
    of_events = f" with {' or '.join(part.events)}" if part.events else ""
    return f"{part.place}: tag {tag_id} never reported {part.asked}{of_events}" + (f"; {hint}" if known else "")


def _nameable(part: _Part, tag_id: str, universe: Universe) -> list[str]:
    """Return what the tag reported instead as far as it may be named, the most frequent first."""
    column = part.column
    if not pa.types.is_dictionary(TABLES["tag_events"].column(column).type):
        return []  # numbers, amounts and order numbers are one person's each
    least = 1 if column in _WORDS_OF_SCHEMA else MIN_AUDIENCE_SIZE
    scope, values = _is_one_of(part.events) if part.events else ("true", ())
    question = (
        f"SELECT {column}::VARCHAR AS found FROM tag_events WHERE tag_id = ? AND {column} IS NOT NULL AND {scope}"  # noqa: S608
        " GROUP BY ALL HAVING count(*) >= ? ORDER BY count(*) DESC, found LIMIT ?"
    )
    known = [str(value) for value in universe.query(question, (tag_id, *values, least, _MOST_VALUES))["found"]]
    if column == "url" and universe.has_table("site_pages"):
        listed = universe.query("SELECT url FROM site_pages WHERE tag_id = ? ORDER BY url", (tag_id,))["url"]
        known = list(dict.fromkeys([*known, *listed]))
    return known
