"""How audiences overlap, pair by pair.

    overlap_share(a, b) = |A ∩ B| / |A|        which part of A is also in B; not symmetric
    jaccard(a, b)       = |A ∩ B| / |A ∪ B|    how alike they are; symmetric

The platform offers no such table; analysts use it to find audiences that pay twice for the same people.
"""

from collections.abc import Iterator, Sequence

import pandas as pd

from workbench.audiences.audience import Audience, tell_apart
from workbench.audiences.disclosure import safe_share, safe_size, shown_share, shown_size
from workbench.identity.set_overlaps import pairwise_overlaps


def overlap_matrix(audiences: Sequence[Audience]) -> pd.DataFrame:
    """Count the overlap of every ordered pair of audiences, exactly.

    Parameters
    ----------
    audiences : sequence of Audience
        Of one universe, in the order the table shall have.

    Returns
    -------
    DataFrame, n² rows
        audience_id_a, name_a, audience_id_b, name_b : str
        audience_size_a, audience_size_b, n_overlap : Int64
            Accounts; missing where an audience is not counted yet.
        overlap_share, jaccard : Float64
            0 to 1; missing also where the divisor is 0.

        These are exact figures for computing. `shown_overlap` makes the table that people may see.

    Raises
    ------
    ValueError
        If the audiences are of different universes.
    """
    counted = [audience.members for audience in audiences if audience.members is not None]
    n_overlaps = iter(pairwise_overlaps(counted).ravel().tolist())
    rows = [_pair(a, b, n_overlaps) for a in audiences for b in audiences]
    columns = {"audience_size_a": "Int64", "audience_size_b": "Int64", "n_overlap": "Int64"}
    columns |= {"overlap_share": "Float64", "jaccard": "Float64"}
    names = ["audience_id_a", "name_a", "audience_id_b", "name_b", *columns]
    return pd.DataFrame(rows, columns=names).astype(columns)


def shown_overlap(matrix: pd.DataFrame) -> pd.DataFrame:
    """Make an overlap table fit to be seen: counts and shares as `workbench.audiences.disclosure` says.

    Parameters
    ----------
    matrix : DataFrame
        From `overlap_matrix`.

    Returns
    -------
    DataFrame
        The same rows and columns with safe numbers, missing where hidden, for colours and lengths; and
        ``shown_n_overlap``, ``shown_overlap_share`` and ``shown_jaccard``, the same as texts, with ``shown_name_a`` and
        ``shown_name_b``: the name, and the id behind it where another audience has the same name.
    """
    names = tell_apart(dict(zip(matrix["audience_id_a"], matrix["name_a"], strict=True)))
    sizes_a, sizes_b, overlaps = (_counts(matrix[name]) for name in ("audience_size_a", "audience_size_b", "n_overlap"))
    unions = [_union_of_shown(*counts) for counts in zip(sizes_a, sizes_b, overlaps, strict=True)]
    shares = list(zip(overlaps, sizes_a, strict=True))
    jaccards = list(zip(overlaps, unions, strict=True))
    return matrix.assign(
        audience_size_a=pd.array([safe_size(size) for size in sizes_a], dtype="Int64"),
        audience_size_b=pd.array([safe_size(size) for size in sizes_b], dtype="Int64"),
        n_overlap=pd.array([safe_size(n_overlap) for n_overlap in overlaps], dtype="Int64"),
        overlap_share=pd.array([safe_share(*share) for share in shares], dtype="Float64"),
        jaccard=pd.array([safe_share(*jaccard) for jaccard in jaccards], dtype="Float64"),
        shown_n_overlap=[shown_size(n_overlap) for n_overlap in overlaps],
        shown_overlap_share=[shown_share(*share) for share in shares],
        shown_jaccard=[shown_share(*jaccard) for jaccard in jaccards],
        shown_name_a=[names[audience_id] for audience_id in matrix["audience_id_a"]],
        shown_name_b=[names[audience_id] for audience_id in matrix["audience_id_b"]],
    )


def _counts(column: "pd.Series[int]") -> list[int | None]:
    return [None if pd.isna(count) else int(count) for count in column]


def _pair(a: Audience, b: Audience, n_overlaps: Iterator[int]) -> tuple[object, ...]:
    """Return the row of a pair; the overlaps come in the order of the pairs that have one."""
    names = (a.spec.audience_id, a.spec.name, b.spec.audience_id, b.spec.name)
    if a.members is None or b.members is None:
        return *names, a.audience_size, b.audience_size, None, None, None
    n_overlap, size_a, size_b = next(n_overlaps), len(a.members), len(b.members)
    n_union = size_a + size_b - n_overlap
    return *names, size_a, size_b, n_overlap, _share(n_overlap, size_a), _share(n_overlap, n_union)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _union_of_shown(size_a: int | None, size_b: int | None, n_overlap: int | None) -> int:
    """Return the size of a union as the counts on show give it; 0, itself hidden, when one of them is not on show.

    The exact one would be a further number to subtract from.
    """
    safe_a, safe_b, safe_overlap = safe_size(size_a), safe_size(size_b), safe_size(n_overlap)
    return 0 if safe_a is None or safe_b is None or safe_overlap is None else safe_a + safe_b - safe_overlap
