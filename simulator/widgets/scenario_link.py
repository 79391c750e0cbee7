"""A scenario's levers in the address of a page, and back.

Whoever opens a link may pull the levers that people are offered and no others: a path of the server, for one, is a
setting too, and none of a viewer's business.
"""

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from simulator.errors import LeverError
from simulator.scenario import EVERY, LEVER_KINDS, Lever, Scenario
from workbench.errors import DefinitionError

PARAMETER = "lever"
MAX_LEVERS = 50


def scenario_query(scenario: Scenario) -> str:
    """Return a scenario's levers as the query of an address: ``lever=path=value``, encoded, one for each."""
    return urlencode([(PARAMETER, lever.text) for lever in scenario.levers])


def with_query(scenario: Scenario, query: str) -> Scenario:
    """Return the scenario with the levers that a query names instead of its own.

    Parameters
    ----------
    scenario : Scenario
        Whose base is kept.
    query : str
        From `scenario_query`. One that names no lever changes nothing; parameters of others are passed over.

    Raises
    ------
    LeverError
        If it names something that is no lever for viewers, or too many.
    ConfigError
        If a value is not legal.
    """
    texts = [value for name, value in parse_qsl(query, keep_blank_values=True) if name == PARAMETER]
    if not texts:
        return scenario
    if len(texts) > MAX_LEVERS:
        raise LeverError(f"expected a link with at most {MAX_LEVERS} levers, got {len(texts)}")
    levers = tuple(_offered(texts))
    try:
        linked = scenario.model_copy(update={"levers": levers})
        _ = linked.config  # a value that is not legal is refused here, before it is on the screen
    except DefinitionError as refusal:
        raise LeverError(f"expected a link to this campaign, got another one: {refusal}") from None
    return linked


def _offered(texts: Iterable[str]) -> Iterable[Lever]:
    ways = [kind.path.split(".") for kind in LEVER_KINDS]
    for text in texts:
        lever = Lever.from_text(text)
        parts = lever.path.split(".")
        if not any(_is_of_kind(parts, way) for way in ways):
            raise LeverError(
                f"expected a link with levers such as {LEVER_KINDS[0].path}, got {lever.path[:60]!r}, which is not for "
                "viewers; open the page without it"
            )
        yield lever


def _is_of_kind(parts: list[str], way: list[str]) -> bool:
    return len(parts) == len(way) and all(expected in (EVERY, part) for part, expected in zip(parts, way, strict=True))
