"""When members leave, held against populating the audience again on each coming day."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbench.audiences.engagement_universe import CATALOGUE, INSTANT, OWN, engagement
from tests.workbench.audiences.test_visitor import event
from tests.workbench.audiences.tiny_universe import AS_OF, N_ACCOUNTS, write_universe
from workbench.audiences import AudienceSpec, EngagementDefinition, ThirdPartyDefinition, VisitorDefinition
from workbench.audiences.engagement import populate_engagement
from workbench.audiences.expiry import last_qualifying_times, membership_decay, shown_decay, too_small_from
from workbench.audiences.visitor import populate_visitor
from workbench.errors import DefinitionError

AGES = [timedelta(hours=5 * n) for n in range(150)] + [
    timedelta(days=7),
    timedelta(days=7) + INSTANT,
    timedelta(days=3),
]


@pytest.fixture(scope="module")
def universe(tmp_path_factory):
    visits = [event(n * 7 % N_ACCOUNTS, age=age) for n, age in enumerate(AGES)]
    engagements = [engagement(n * 5 % N_ACCOUNTS, "901", age=age) for n, age in enumerate(AGES)]
    folder = tmp_path_factory.mktemp("expiry") / "universe"
    return write_universe(folder, tag_events=visits, pin_engagements=engagements, **CATALOGUE)


def spec_of(definition, created_at=None):
    return AudienceSpec(audience_id="1", name="x", definition=definition, created_at=created_at)


@settings(max_examples=8, deadline=None)
@given(retention_days=st.sampled_from([1, 7, 30]), is_visitor=st.booleans(), prefill=st.booleans())
def test_a_forecast_is_what_populating_later_finds_when_nobody_came_back(universe, retention_days, is_visitor, prefill):
    created_at = AS_OF - timedelta(days=5)
    fields = {"retention_days": retention_days, "prefill": prefill}
    if is_visitor:
        definition, populate_it = VisitorDefinition(visitor_source_id="1", **fields), populate_visitor
    else:
        definition, populate_it = EngagementDefinition(ad_account_id=OWN, **fields), populate_engagement
    decay = membership_decay(spec_of(definition, created_at), universe)
    assert list(decay["day"]) == list(range(retention_days + 2))
    for row in decay.iloc[:: max(1, retention_days // 5)].itertuples():
        later = populate_it(definition, universe, created_at=created_at, as_of=row.at.to_pydatetime()).members
        assert len(later) == row.n_members
    assert decay["n_members"].iloc[-1] == 0
    assert (decay["n_leaving"].iloc[1:].to_numpy() == -decay["n_members"].diff().iloc[1:].to_numpy()).all()


def test_the_last_event_of_each_member_counts(tmp_path):
    visits = [event(3, age=timedelta(days=9)), event(3, age=timedelta(days=2)), event(None, age=timedelta(days=1))]
    universe = write_universe(tmp_path / "u", tag_events=visits)
    last = last_qualifying_times(spec_of(VisitorDefinition(visitor_source_id="1")), universe)
    assert last.accounts.tolist() == [3]
    assert last.times.tolist() == [(AS_OF - timedelta(days=2)).replace(tzinfo=None)]


@pytest.mark.parametrize(
    ("age", "last_day"),
    [
        (timedelta(0), 30),
        (INSTANT, 29),
        (timedelta(days=30), 0),
        (timedelta(days=29), 1),
        (timedelta(days=29) + INSTANT, 0),
    ],
)
def test_a_member_is_in_on_its_last_day_to_the_instant(tmp_path, age, last_day):
    universe = write_universe(tmp_path / "u", tag_events=[event(3, age=age)])
    decay = membership_decay(spec_of(VisitorDefinition(visitor_source_id="1", retention_days=30)), universe)
    assert decay.loc[decay["n_members"] == 1, "day"].max() == last_day
    assert decay.loc[decay["n_leaving"] == 1, "day"].tolist() == [last_day + 1]


def test_looking_ahead_a_few_days_is_the_beginning_of_the_whole(universe):
    spec = spec_of(VisitorDefinition(visitor_source_id="1", retention_days=30))
    whole, few = membership_decay(spec, universe), membership_decay(spec, universe, n_days=4)
    pd.testing.assert_frame_equal(few, whole.head(5))
    assert whole["at"].iloc[0] == AS_OF
    later = membership_decay(spec, universe, as_of=AS_OF + timedelta(days=2))
    assert later["n_members"].tolist()[:5] == whole["n_members"].tolist()[2:7]


def test_an_audience_without_members_has_a_forecast_of_nobody(universe):
    decay = membership_decay(spec_of(VisitorDefinition(visitor_source_id="2", retention_days=3)), universe)
    assert decay["n_members"].tolist() == [0] * 5


def test_what_people_see_is_in_tens_and_hidden_under_a_hundred():
    decay = pd.DataFrame(
        {
            "day": range(5),
            "at": pd.date_range("2026-11-01", periods=5, tz="UTC"),
            "n_members": [1_239, 1_231, 1_229, 100, 99],
            "n_leaving": [0, 8, 2, 1_129, 1],
        }
    )
    shown = shown_decay(decay)
    assert shown["n_members"].tolist()[:4] == [1_230, 1_230, 1_220, 100]
    assert shown["n_leaving"].tolist()[1:4] == [0, 10, 1_120]
    assert shown[["n_members", "n_leaving"]].isna().to_numpy().tolist()[::4] == [[False, True], [True, True]]
    assert shown["shown_n_members"].tolist() == ["1,230", "1,230", "1,220", "100", "< 100"]
    assert too_small_from(decay) == datetime(2026, 11, 5, tzinfo=UTC)
    assert too_small_from(decay.head(4)) is None


def test_audiences_whose_members_do_not_leave_by_themselves_are_refused(universe):
    with pytest.raises(DefinitionError, match=r"audience 1: expected site visitors or engagement.*got THIRD_PARTY"):
        membership_decay(spec_of(ThirdPartyDefinition(segment_id="1")), universe)
    with pytest.raises(DefinitionError, match="n_days: expected 1 or more"):
        membership_decay(spec_of(VisitorDefinition(visitor_source_id="1")), universe, n_days=0)
