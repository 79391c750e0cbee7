"""The catalogue against plain Python: a dictionary of lists does the same, as far as one program can tell."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from tests.workbench.catalog.conftest import Clock
from tests.workbench.catalog.test_audiences import any_of
from workbench.audiences import TargetingSpec, VisitorDefinition
from workbench.audiences.combination import CombinationDefinition
from workbench.catalog import Catalog, Choice
from workbench.errors import ConflictError, InUseError, UnknownAudienceError

NAMES = st.text("abü ", min_size=1, max_size=4)
TAGS = st.sets(st.sampled_from(["x", "y", "z"]))
VISITOR_DEFINITIONS = st.builds(
    VisitorDefinition, visitor_source_id=st.sampled_from(["1001", "1002"]), retention_days=st.integers(1, 540)
)


@dataclass
class Card:
    """An audience as a person would keep it on paper."""

    versions: list[tuple[str, VisitorDefinition | CombinationDefinition]]
    tags: set[str]
    notes: list[str] = field(default_factory=list)
    is_deleted: bool = False
    n_events: int = 1

    @property
    def sources(self) -> tuple[str, ...]:
        return () if self.is_deleted else self.versions[-1][1].source_audience_ids


class CatalogAgainstDictionary(RuleBasedStateMachine):
    """Whatever is done, the catalogue and the cards say the same."""

    ids = Bundle("ids")

    @initialize()
    def begin(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.catalog = Catalog.open(Path(self._folder.name) / "a.sqlite", who="ana", clock=Clock())
        self.cards: dict[str, Card] = {}
        self.groups: dict[str, tuple[str, ...]] = {}

    def teardown(self) -> None:
        self._folder.cleanup()

    @rule(target=ids, name=NAMES, definition=VISITOR_DEFINITIONS, tags=TAGS)
    def create(self, name, definition, tags) -> str:
        audience_id = self.catalog.create(name, definition, tags=tags).audience_id
        assert audience_id not in self.cards
        self.cards[audience_id] = Card([(name, definition)], set(tags))
        return audience_id

    @rule(target=ids, sources=st.lists(ids, min_size=1, max_size=2, unique=True))
    def combine(self, sources) -> str:
        definition = any_of(*sources)
        if any(self.cards[source].is_deleted for source in sources):
            with pytest.raises(UnknownAudienceError):
                self.catalog.create("both", definition)
            return sources[0]
        audience_id = self.catalog.create("both", definition).audience_id
        self.cards[audience_id] = Card([("both", definition)], set())
        return audience_id

    @rule(audience_id=ids, name=NAMES, is_behind=st.booleans())
    def rename(self, audience_id, name, is_behind) -> None:
        card = self.cards[audience_id]
        version = len(card.versions) - is_behind
        if card.is_deleted or is_behind:
            with pytest.raises(UnknownAudienceError if card.is_deleted else ConflictError):
                self.catalog.update(audience_id, expected_version=version, name=name)
        else:
            self.catalog.update(audience_id, expected_version=version, name=name)
            if name != card.versions[-1][0]:
                card.versions.append((name, card.versions[-1][1]))
                card.n_events += 1

    @rule(audience_id=ids, added=TAGS, removed=TAGS, note=NAMES.filter(str.strip))
    def tag_and_note(self, audience_id, added, removed, note) -> None:
        card = self.cards[audience_id]
        if card.is_deleted:
            return
        self.catalog.tag(audience_id, add=added, remove=removed)
        self.catalog.note(audience_id, note)
        # What is there is what can be removed: a tag that is given and taken in one breath stays.
        n_removed = len(removed & card.tags)
        card.n_events += len(added - card.tags) + n_removed + 1
        card.tags = (card.tags | added) - (removed & card.tags)
        card.notes.append(note)

    @rule(audience_id=ids, number=st.integers(1, 5))
    def restore(self, audience_id, number) -> None:
        card = self.cards[audience_id]
        version = min(number, len(card.versions))
        name, definition = card.versions[version - 1]
        if any(self.cards[source].is_deleted for source in definition.source_audience_ids):
            with pytest.raises(UnknownAudienceError):
                self.catalog.restore(audience_id, version, expected_version=len(card.versions))
            return
        self.catalog.restore(audience_id, version, expected_version=len(card.versions))
        card.versions.append((name, definition))
        card.is_deleted = False
        card.n_events += 1

    @rule(audience_id=ids)
    def target(self, audience_id) -> None:
        if not self.cards[audience_id].is_deleted:
            group_id = str(900 + len(self.groups))
            self.catalog.ad_groups.save(group_id, TargetingSpec(audience_include=(audience_id,)))
            self.groups[group_id] = (audience_id,)

    @rule(audience_id=consumes(ids))
    def delete(self, audience_id) -> None:
        card, users = self.cards[audience_id], self.users_of(audience_id)
        if card.is_deleted:
            return
        uses = self.catalog.where_used(audience_id)
        assert {use.user_id for use in uses} == users
        if uses:
            with pytest.raises(InUseError):
                self.catalog.delete(audience_id)
        self.catalog.delete(audience_id, confirmed=uses)
        card.is_deleted = True
        card.n_events += 1
        for use in uses:
            if use.user_id in self.cards:
                self.cards[use.user_id].n_events += 1

    def users_of(self, audience_id: str) -> set[str]:
        users = {group_id for group_id, included in self.groups.items() if audience_id in included}
        for other, card in self.cards.items():
            if audience_id in card.sources:
                users |= {other} | self.users_of(other)
        return users

    @invariant()
    def says_the_same(self) -> None:
        if not hasattr(self, "cards"):
            return
        saved = {audience.audience_id: audience for audience in self.catalog.audiences(Choice(has_deleted=True))}
        assert saved.keys() == self.cards.keys()
        events = self.catalog.history()
        for audience_id, card in self.cards.items():
            audience = saved[audience_id]
            assert (audience.spec.name, audience.spec.definition) == card.versions[-1]
            assert audience.version == len(card.versions)
            assert set(audience.tags) == card.tags
            assert (audience.deleted_at is not None) is card.is_deleted
            assert sum(event.subject_id == audience_id for event in events) == card.n_events
        counts = {one: sum(not use.through for use in self.catalog.where_used(one)) for one in self.cards}
        assert self.catalog.use_counts() == {one: n_uses for one, n_uses in counts.items() if n_uses}
        for group_id, included in self.groups.items():
            assert self.catalog.ad_groups.get(group_id).targeting.audience_include == included

    @rule(audience_id=ids)
    def look_back(self, audience_id) -> None:
        card = self.cards[audience_id]
        for number, (name, definition) in enumerate(card.versions, start=1):
            spec = self.catalog.version(audience_id, number)
            assert (spec.name, spec.definition) == (name, definition)
        assert [note.text for note in self.catalog.notes(audience_id)] == card.notes

    @rule()
    def take_elsewhere(self) -> None:
        export = self.catalog.export_definitions()
        other = Catalog.open(Path(self._folder.name) / f"{len(self.cards)}-{len(self.groups)}.sqlite", clock=Clock())
        if not other.audiences(Choice(has_deleted=True)):
            other.import_definitions(export)
            assert other.export_definitions() == export


TestCatalogAgainstDictionary = CatalogAgainstDictionary.TestCase
TestCatalogAgainstDictionary.settings = settings(
    max_examples=10,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
