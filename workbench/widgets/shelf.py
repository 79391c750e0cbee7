"""The audiences that the panels of a page have in common: what one of them creates, the others see at once.

A shelf lasts as long as its notebook. With a catalogue behind it, what is put on it is kept, and what is in the
catalogue is on it to begin with.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets

from workbench.audiences import Audience, AudienceDefinition, AudienceSpec, populate, tell_apart
from workbench.audiences.demographics import Demographics
from workbench.catalog import Catalog
from workbench.errors import DefinitionError
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe

FIRST_AUDIENCE_ID = 1001


class AudienceShelf(traitlets.HasTraits):
    """Audiences of one universe, each under a name of its own.

    Parameters
    ----------
    universe : Universe
        Whose accounts they are made of.
    catalog : Catalog, optional
        Where to keep them.
    base_folder : Path, optional
        What the path of a customer list is relative to; the working directory when absent.

    Attributes
    ----------
    audiences : tuple of Audience
        Those there are. Observe it to follow.
    demographics : Demographics
        Attributes of the universe's accounts, read once for all panels.
    """

    audiences: Any = traitlets.Tuple()

    def __init__(self, universe: Universe, *, catalog: Catalog | None = None, base_folder: Path | None = None) -> None:
        super().__init__()
        self.universe, self.catalog, self.base_folder = universe, catalog, base_folder or Path()
        self.demographics = Demographics(universe)
        self._counted: dict[str, Audience] = {}  # by this page, also what was deleted since
        self.refresh()

    @property
    def by_id(self) -> dict[str, Audience]:
        """The audiences by their ids."""
        return {audience.spec.audience_id: audience for audience in self.audiences}

    @property
    def names(self) -> dict[str, str]:
        """What people call them, by id: told apart where several have one name."""
        return tell_apart({audience.spec.audience_id: audience.spec.name for audience in self.audiences})

    def new_spec(self, name: str, definition: AudienceDefinition) -> AudienceSpec:
        """Put a name on a definition, with an id that is free.

        Raises
        ------
        DefinitionError
            If there is no name, or another audience has it.
        """
        plain = name.strip()
        if not plain:
            raise DefinitionError("Please give the audience a name, so that you find it again.")
        if any(audience.spec.name == plain for audience in self.audiences):
            raise DefinitionError(f"There is already an audience called “{plain}”; choose another name.")
        taken = [int(audience_id) + 1 for audience_id in self.by_id]
        return AudienceSpec(audience_id=str(max([FIRST_AUDIENCE_ID, *taken])), name=plain, definition=definition)

    def populate(self, spec: AudienceSpec, on_progress: Progress = ignore_progress) -> Audience:
        """Find out who is in an audience, without putting it on the shelf; may be called in a thread."""
        return populate(spec, self.universe, sources=self.by_id, base_folder=self.base_folder, on_progress=on_progress)

    def keep(self, audience: Audience) -> Audience:
        """Put a populated audience on the shelf, and into the catalogue if there is one, which gives it an id.

        Raises
        ------
        WorkbenchError
            If the catalogue refuses it; see `Catalog.create`.
        """
        if self.catalog is not None:
            saved = self.catalog.create(
                audience.spec.name, audience.spec.definition, description=audience.spec.description
            )
            audience = Audience(saved.spec, audience.members, audience.details)
            if audience.members is not None:
                self.catalog.record_population(audience, self.universe, expected_version=saved.version)
        self._counted[audience.spec.audience_id] = audience
        self.audiences = (*self.audiences, audience)
        return audience

    def add(self, *specs: AudienceSpec) -> None:
        """Populate audiences that are defined already and put them on the shelf, before returning."""
        for spec in specs:
            self.new_spec(spec.name, spec.definition)  # refuses a name that is taken
            self.keep(self.populate(spec))

    def refresh(self) -> None:
        """Take over what the catalogue has by now; counts that this page made itself stay."""
        if self.catalog is None:
            return
        there = [saved.audience_id for saved in self.catalog.audiences()]
        known = self.catalog.populated(self.universe, there)
        self.audiences = tuple(self._best_known(audience) for audience in known.values())

    def _best_known(self, audience: Audience) -> Audience:
        """Return an audience with the members that this page counted where the platform does not know them yet."""
        own = self._counted.get(audience.spec.audience_id)
        return own if audience.members is None and own is not None and own.spec == audience.spec else audience
