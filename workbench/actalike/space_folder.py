"""A space on disk: made once, then mapped by whoever ranks.

The folder holds one file an array and ``actalike.json``, which names them with size and SHA-256 and ends with the
SHA-256 of all that it says. Opening compares names, sizes and that checksum; all bytes are compared when asked. It
holds account numbers and what accounts did, never an identifier.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from workbench.actalike.country_moments import Moments
from workbench.actalike.engagement_matrix import EngagementMatrix
from workbench.actalike.row_scaling import Scaling
from workbench.actalike.space import ActalikeSpace
from workbench.array_file import ArrayFile, checksum, checksum_of_fields, map_array, sizes_of_files, write_array
from workbench.errors import InputFileError
from workbench.whole_file import write_whole_file
from workbench.whole_folder import whole_folder

DESCRIPTION_FILE: Final = "actalike.json"
FORMAT: Final = "audience-workbench actalike space"
FORMAT_VERSION: Final = 1
ARRAYS: Final = (
    "weights",
    "features",
    "row_ends",
    "country_of_account",
    "group_of_feature",
    "lengths",
    "basis",
    "means",
    "covariances",
    "residuals",
    "total_variances",
)
"""Every array of a space; the last four have a row per scaling and, within it, per country."""


def save_space(space: ActalikeSpace, folder: Path, *, origin: str = "", overwrite: bool = False) -> None:
    """Write a space into a folder: all of it, or nothing.

    Parameters
    ----------
    space : ActalikeSpace
        The space.
    folder : Path
        Where.
    origin : str
        What tells the tables that it was made from from others; asked for again by `open_space`.
    overwrite : bool
        Replace a space that is there already.

    Raises
    ------
    InputFileError
        If something else is there, or a space and it may not be replaced.
    """
    with whole_folder(folder, "actalike space", _is_part, overwrite=overwrite) as unfinished:
        files = [write_array(unfinished / f"{name}.npy", array) for name, array in _arrays(space).items()]
        fields = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "origin": origin,
            "rng_seed": space.rng_seed,
            "n_features": space.engagements.n_features,
            "feature_names": list(space.engagements.feature_names),
            "group_names": list(space.engagements.group_names),
            "countries": list(space.countries),
            "files": [file._asdict() for file in files],
        }
        text = json.dumps(fields | {"sha256": checksum_of_fields(fields)}, indent=1)
        write_whole_file(unfinished / DESCRIPTION_FILE, text + "\n", "the description of the space")


def open_space(folder: Path, *, origin: str | None = None, is_verified: bool = False) -> ActalikeSpace:
    """Map a space that `save_space` wrote.

    Parameters
    ----------
    folder : Path
        Where it is.
    origin : str, optional
        What the tables of today say of themselves; a space of other tables is refused. Not compared when absent.
    is_verified : bool
        Compare every byte with its checksum, too.

    Raises
    ------
    InputFileError
        If there is none, or it is unfinished, damaged, of another version or of other tables.
    """
    fields = _read_description(folder)
    if origin is not None and fields["origin"] != origin:
        raise _refusal(folder, "one that was made from the tables as they are", "one of other tables")
    files = [ArrayFile.from_fields(file) for file in fields["files"]]
    _check_files(folder, files, is_verified=is_verified)
    arrays = {name: map_array(folder / f"{name}.npy") for name in ARRAYS}
    try:
        return _space(fields, arrays)
    except (LookupError, TypeError, ValueError):
        raise _refusal(folder, "arrays that fit each other", "others") from None


def _is_part(name: str) -> bool:
    return name == DESCRIPTION_FILE or name.removesuffix(".npy") in ARRAYS


def _arrays(space: ActalikeSpace) -> dict[str, NDArray[Any]]:
    def stacked(part: str) -> NDArray[Any]:
        return np.stack([[getattr(moments, part) for moments in space.moments[scaling]] for scaling in Scaling])

    matrix = space.engagements
    return {
        "weights": matrix.weights.data,
        "features": matrix.weights.indices,
        "row_ends": matrix.weights.indptr,
        "country_of_account": matrix.country_of_account,
        "group_of_feature": matrix.group_of_feature,
        "lengths": space.lengths,
        "basis": space.basis,
        "means": stacked("mean"),
        "covariances": stacked("covariance"),
        "residuals": stacked("residual"),
        "total_variances": stacked("total_variance"),
    }


def _space(fields: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> ActalikeSpace:
    shape = (len(arrays["row_ends"]) - 1, int(fields["n_features"]))
    weights = sparse.csr_array((arrays["weights"], arrays["features"], arrays["row_ends"]), shape=shape)
    matrix = EngagementMatrix(
        weights,
        tuple(fields["feature_names"]),
        arrays["country_of_account"],
        tuple(fields["countries"]),
        arrays["group_of_feature"],
        tuple(fields["group_names"]),
    )
    moments = {
        scaling: tuple(
            Moments(mean, covariance, residual, float(total))
            for mean, covariance, residual, total in zip(
                arrays["means"][scaling],
                arrays["covariances"][scaling],
                arrays["residuals"][scaling],
                arrays["total_variances"][scaling],
                strict=True,
            )
        )
        for scaling in Scaling
    }
    return ActalikeSpace(matrix, arrays["lengths"], arrays["basis"], moments, int(fields["rng_seed"]))


def _read_description(folder: Path) -> dict[str, Any]:
    try:
        fields: dict[str, Any] = json.loads((folder / DESCRIPTION_FILE).read_text(encoding="utf-8"))
        says = fields.pop("sha256")
        kind = fields["format"], fields["format_version"]
    except OSError:
        raise _refusal(folder, f"a folder with {DESCRIPTION_FILE}", "none or an unfinished one") from None
    except (LookupError, TypeError, ValueError, AttributeError):
        raise _refusal(folder, f"a description in {DESCRIPTION_FILE}", "something else") from None
    if kind != (FORMAT, FORMAT_VERSION):
        raise _refusal(folder, f"version {FORMAT_VERSION}", "another one")
    if says != checksum_of_fields(fields):
        raise _refusal(folder, f"{DESCRIPTION_FILE} as it was written", "another one")
    return fields


def _check_files(folder: Path, files: list[ArrayFile], *, is_verified: bool) -> None:
    sizes = sizes_of_files(folder)
    for file in files:
        if sizes.get(file.name) != file.n_bytes:
            raise _refusal(folder, f"{file.name} with {file.n_bytes:,} bytes", "another size or no file")
        if is_verified and checksum(folder / file.name) != file.sha256:
            raise _refusal(folder, f"{file.name} as it was written", "other bytes")


def _refusal(folder: Path, expected: str, found: str) -> InputFileError:
    return InputFileError(f"expected an actalike space in {folder}, {expected}; found {found}; make it again")
