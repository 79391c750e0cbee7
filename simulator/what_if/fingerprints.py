"""What tells one run from another: a short text that is the same exactly where the results are.

Two runs give the same figures when they agree in the configuration, its seed, the people and the model. What people
call their campaigns, ad groups and ads is left out, since no figure depends on it; the names of audiences are not,
because warnings mention them. Neither is where a universe lies or which file a list came from: who is in the audiences
counts instead.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from simulator.config import RunConfig
from simulator.model_version import MODEL_VERSION
from simulator.world import World
from workbench.audiences import LIST_FILE_FIELDS

NAMES = {"ad_groups": "name", "ads": "name", "campaigns": "name", "rival_campaigns": "name", "audiences": "description"}
"""By list: the field of its members that no result depends on."""


def config_fingerprint(config: RunConfig) -> str:
    """Return what tells a configuration, seed and all, from those that give other results in one world.

    Parameters
    ----------
    config : RunConfig
        With the seed of the replication.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    settings = _without_names(config.model_dump(mode="json", exclude={"universe"}))
    return _digest([json.dumps(settings, sort_keys=True, allow_nan=False).encode()])


def run_fingerprint(config: RunConfig, world: World) -> str:
    """Return what tells a run from every other one: configuration, people and model.

    Parameters
    ----------
    config : RunConfig
        With the seed of the replication.
    world : World
        Where it runs.

    Returns
    -------
    str
        64 hexadecimal digits; nobody can be found by them.
    """
    people = [world.fingerprint_of(spec.audience_id) for spec in config.audiences]
    parts = [str(MODEL_VERSION), config_fingerprint(config), world.universe_fingerprint, *people]
    return _digest(part.encode() for part in parts)


def _without_names(settings: Any, of: str = "") -> Any:
    if isinstance(settings, dict):
        left_out = (NAMES.get(of), *LIST_FILE_FIELDS)
        return {name: _without_names(value, name) for name, value in settings.items() if name not in left_out}
    if isinstance(settings, list):
        return [_without_names(value, of) for value in settings]
    return settings


def _digest(parts: Iterable[bytes]) -> str:
    """Hash parts so that none can be taken for a piece of its neighbour."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()
