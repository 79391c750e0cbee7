"""How several audiences overlap at once: who is in exactly these and in none of the others.

The combinations of k audiences share out everybody who is in any of them: each person is in one. They say what a table
of pairs cannot, such as how many people are in all three, and whom only one audience reaches.
"""

from collections.abc import Sequence

import pandas as pd

from workbench.audiences.audience import Audience, tell_apart
from workbench.audiences.combination import AllOf, CombinationDefinition, NoneOf
from workbench.audiences.disclosure import safe_size, shown_size
from workbench.identity.set_overlaps import MAX_SETS, exclusive_overlaps


def exclusive_combinations(audiences: Sequence[Audience]) -> pd.DataFrame:
    """Count the people of every exact combination that occurs.

    Parameters
    ----------
    audiences : sequence of Audience
        Of one universe, at most `MAX_SETS`; those not counted yet are left out.

    Returns
    -------
    DataFrame, a row for each combination, the largest first
        audience_ids : tuple of str
            The audiences that its people are in; in none of the other ones.
        names : tuple of str
            What people call them, told apart where several have one name.
        n_members : int64
            Accounts, exact, for computing; `shown_combinations` makes the table that people may see.

    Raises
    ------
    ValueError
        If there are too many audiences, or they are of different universes.
    """
    counted = {audience.spec.audience_id: audience for audience in audiences if audience.members is not None}
    columns = ["audience_ids", "names", "n_members"]
    if not counted:
        return pd.DataFrame(columns=columns).astype({"n_members": "int64"})
    if len(counted) > MAX_SETS:
        raise ValueError(f"expected at most {MAX_SETS} audiences to combine, got {len(counted)}; leave some out")
    ids = list(counted)
    names = tell_apart({audience_id: audience.spec.name for audience_id, audience in counted.items()})
    found = exclusive_overlaps([audience.members for audience in counted.values() if audience.members is not None])
    rows = []
    for mask, count in zip(found.masks.tolist(), found.counts.tolist(), strict=True):
        inside = tuple(audience_id for place, audience_id in enumerate(ids) if mask >> place & 1)
        if inside:
            rows.append((inside, tuple(names[audience_id] for audience_id in inside), count))
    table = pd.DataFrame(rows, columns=columns).astype({"n_members": "int64"})
    return table.sort_values("n_members", ascending=False, kind="stable", ignore_index=True)


def shown_combinations(combinations: pd.DataFrame) -> pd.DataFrame:
    """Make a table of combinations fit to be seen, as `workbench.audiences.disclosure` says.

    Parameters
    ----------
    combinations : DataFrame
        From `exclusive_combinations`.

    Returns
    -------
    DataFrame
        The same columns with ``n_members`` (Int64) in tens and missing under 100, ``shown_n_members``, a text, and
        ``key``, the ids joined by "+". Hidden combinations come last, in the order of their keys: their order says
        nothing of their sizes.
    """
    shown = combinations.assign(
        key=["+".join(audience_ids) for audience_ids in combinations["audience_ids"]],
        shown_n_members=[shown_size(int(n)) for n in combinations["n_members"]],
        n_members=pd.array([safe_size(int(n)) for n in combinations["n_members"]], dtype="Int64"),
    )
    return shown.sort_values(["n_members", "key"], ascending=[False, True], na_position="last", ignore_index=True)


def combination_of(include: Sequence[str], exclude: Sequence[str] = ()) -> CombinationDefinition:
    """Return the definition of who is in all of some audiences and in none of others.

    Parameters
    ----------
    include, exclude : sequence of str
        Audience ids; at least one to include.
    """
    without = (NoneOf(none_of=tuple(exclude)),) if exclude else ()
    return CombinationDefinition(rule=AllOf(all_of=(*include, *without)))
