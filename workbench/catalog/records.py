"""What a catalogue answers with: plain values, safe to print, with exact sizes for computing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from workbench.audiences import AudienceSpec, AudienceStatus, AudienceType, TargetingSpec, shown_size


class SortKey(StrEnum):
    """What audiences can be sorted by; the API's names."""

    NONE = "NONE"
    ID = "ID"
    SIZE = "SIZE"
    CREATION_DATE = "CREATION_DATE"
    UPDATED_TIME = "UPDATED_TIME"
    NAME = "NAME"
    STATUS = "STATUS"
    TYPE = "TYPE"


class Action(StrEnum):
    """What can happen to something in a catalogue."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    RESTORED = "RESTORED"
    CONVERTED = "CONVERTED"
    IMPORTED = "IMPORTED"
    DELETED = "DELETED"
    NOTED = "NOTED"
    TAGGED = "TAGGED"
    UNTAGGED = "UNTAGGED"
    POPULATED = "POPULATED"
    SOURCE_DELETED = "SOURCE_DELETED"
    """An audience that it uses was deleted."""


class SubjectKind(StrEnum):
    """What a catalogue keeps."""

    AUDIENCE = "AUDIENCE"
    TARGETING_SET = "TARGETING_SET"
    """A targeting with a name, to be used again."""

    AD_GROUP = "AD_GROUP"
    """The targeting of an ad group; the group itself lives elsewhere."""


class Role(StrEnum):
    """What an audience is to what uses it."""

    SOURCE = "SOURCE"
    """Another audience is made from it."""

    INCLUDE = "INCLUDE"
    EXCLUDE = "EXCLUDE"


@dataclass(frozen=True, slots=True, repr=False)
class SavedAudience:
    """An audience as the catalogue has it at one moment.

    Parameters
    ----------
    spec : AudienceSpec
        Id, name, description, definition, creation time and whether it is there for comparison only.
    version : int
        Counts changes of these; 1 at first. To be handed back when changing it.
    created_by, saved_by : str
        Who made it, and who its latest version.
    updated_at : datetime
        When anything about it last changed.
    tags : tuple of str
        Sorted.
    known_at : datetime
        When the platform knows, or knew, the size of what this definition admits; see `workbench.audiences.lifecycle`.
    audience_size : int or None
        Distinct members; None until counted. Show it to people through `workbench.audiences.shown_size` only.
    deleted_at : datetime or None
        When it was deleted.
    """

    spec: AudienceSpec
    version: int
    created_by: str
    saved_by: str
    updated_at: datetime
    tags: tuple[str, ...]
    known_at: datetime
    audience_size: int | None
    deleted_at: datetime | None

    @property
    def audience_id(self) -> str:
        """Its id, digits."""
        return self.spec.audience_id

    @property
    def audience_type(self) -> AudienceType:
        """Its type, which never changes."""
        return self.spec.audience_type

    @property
    def status(self) -> AudienceStatus:
        """Whether an ad can use it."""
        return AudienceStatus.of_size(self.audience_size)

    def __repr__(self) -> str:
        gone = "" if self.deleted_at is None else ", deleted"
        size = shown_size(self.audience_size)
        return (
            f"SavedAudience({self.audience_id!r}, {self.spec.name!r}, {self.audience_type.value}, "
            f"version={self.version}, {self.status.value}, audience_size={size!r}{gone})"
        )


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote about an audience.

    Parameters
    ----------
    noted_at : datetime
        When.
    noted_by : str
        Who.
    text : str
        What.
    """

    noted_at: datetime
    noted_by: str
    text: str


@dataclass(frozen=True, slots=True)
class CatalogEvent:
    """One entry of the audit trail.

    Parameters
    ----------
    happened_at : datetime
        When.
    who : str
        Who did it.
    subject_kind : SubjectKind
        What it happened to,
    subject_id : str
        and its id.
    version : int
        The version that it had afterwards.
    action : Action
        What happened, for programs,
    words : str
        and for people: what was before, what is now.
    """

    happened_at: datetime
    who: str
    subject_kind: SubjectKind
    subject_id: str
    version: int
    action: Action
    words: str


@dataclass(frozen=True, slots=True, repr=False)
class CountedSize:
    """How large an audience was found to be.

    Parameters
    ----------
    population_number : int
        Tells this count from others; `Catalog.members` gives its members back.
    definition_version : int
        The version whose definition was counted.
    universe : str
        Fingerprint of the universe's accounts.
    as_of : datetime
        "Now" of the universe.
    recorded_at, known_at : datetime
        When it was recorded, and from when on the platform shows it.
    recorded_by : str
        Who recorded it.
    audience_size : int
        Exact, for computing.
    """

    population_number: int
    definition_version: int
    universe: str
    as_of: datetime
    recorded_at: datetime
    known_at: datetime
    recorded_by: str
    audience_size: int

    @property
    def status(self) -> AudienceStatus:
        """Whether an ad could use it, once known."""
        return AudienceStatus.of_size(self.audience_size)

    def __repr__(self) -> str:
        return (
            f"CountedSize({self.population_number}, definition_version={self.definition_version}, "
            f"known_at={self.known_at.isoformat()}, audience_size={shown_size(self.audience_size)!r})"
        )


@dataclass(frozen=True, slots=True)
class Use:
    """Something that uses an audience.

    Parameters
    ----------
    user_kind : SubjectKind
        What uses it,
    user_id : str
        its id,
    name : str
        and what people call it.
    role : Role
        As what.
    through : tuple of str
        Ids of the audiences in between, from the used one on; empty when it is used directly.
    """

    user_kind: SubjectKind
    user_id: str
    name: str
    role: Role
    through: tuple[str, ...] = ()

    def __str__(self) -> str:
        kind = self.user_kind.value.lower().replace("_", " ")
        way = f" through audience {', '.join(self.through)}" if self.through else ""
        return f"{kind} {self.user_id} ({self.name}) as {self.role.value.lower()}{way}"


@dataclass(frozen=True, slots=True)
class SavedTargeting:
    """A targeting that the catalogue keeps: a set with a name, or that of an ad group.

    Parameters
    ----------
    kind : SubjectKind
        TARGETING_SET or AD_GROUP.
    targeting_id : str
        Of a set given by the catalogue, of an ad group the platform's.
    name : str
        What people call it; of the sets each has another.
    targeting : TargetingSpec
        Whom it reaches. It goes on naming audiences that were deleted, so it never comes to reach everybody.
    version : int
        Counts changes; to be handed back when changing it.
    saved_at, saved_by : datetime, str
        When and by whom this version was saved.
    deleted_at : datetime or None
        When it was deleted.
    """

    kind: SubjectKind
    targeting_id: str
    name: str
    targeting: TargetingSpec
    version: int
    saved_at: datetime
    saved_by: str
    deleted_at: datetime | None
