from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workbench.audiences_for_charts import three_audiences
from workbench.audiences import AllOf, Audience, AudienceSpec, CombinationDefinition, NoneOf, VisitorDefinition
from workbench.audiences.combination import populate_combination
from workbench.audiences.overlap_combinations import combination_of, exclusive_combinations, shown_combinations
from workbench.identity import AccountSet

N_ACCOUNTS = 300


def audience(audience_id, members):
    spec = AudienceSpec(audience_id=audience_id, name="Same", definition=VisitorDefinition(visitor_source_id="7"))
    return Audience(spec, None if members is None else AccountSet.from_indices(members, N_ACCOUNTS))


MEMBERS = st.lists(st.none() | st.sets(st.integers(0, N_ACCOUNTS - 1), max_size=60), max_size=5)


@given(MEMBERS)
def test_combinations_agree_with_asking_every_account(sets):
    audiences = [audience(str(number), members) for number, members in enumerate(sets)]
    asked = Counter(
        tuple(str(number) for number, members in enumerate(sets) if members is not None and account in members)
        for account in range(N_ACCOUNTS)
    )
    del asked[()]
    found = exclusive_combinations(audiences)
    assert dict(zip(found["audience_ids"], found["n_members"], strict=True)) == asked
    assert found["n_members"].is_monotonic_decreasing


def test_small_combinations_are_hidden_and_their_order_says_nothing():
    a, b, c = (audience(str(n), members) for n, members in enumerate([range(250), range(240, 251), range(200, 299)]))
    shown = shown_combinations(exclusive_combinations([a, b, c]))
    assert list(zip(shown["key"], shown["shown_n_members"], strict=True)) == [
        ("0", "200"),
        ("0+1+2", "< 100"),
        ("0+2", "< 100"),
        ("1+2", "< 100"),
        ("2", "< 100"),
    ]
    assert shown["n_members"].isna().sum() == 4
    assert shown["names"].iloc[0] == ("Same (0)",)


def test_what_was_chosen_is_a_definition_of_those_people():
    assert combination_of(("1", "2")) == CombinationDefinition(rule=AllOf(all_of=("1", "2")))
    definition = combination_of(("1",), ("2", "3"))
    assert definition == CombinationDefinition(rule=AllOf(all_of=("1", NoneOf(none_of=("2", "3")))))
    one, two, three = three_audiences()
    members = {each.spec.audience_id: each.members for each in (one, two, three)}
    found = exclusive_combinations((one, two, three)).set_index("audience_ids")["n_members"]
    universe = type("Universe", (), {"n_accounts": one.members.n_accounts})
    assert len(populate_combination(definition, universe, members).members) == found[("1",)]


def test_without_audiences_there_are_no_combinations():
    assert exclusive_combinations([]).empty
    assert isinstance(shown_combinations(exclusive_combinations([audience("1", None)])), pd.DataFrame)
    with pytest.raises(ValueError, match="at most 64"):
        exclusive_combinations([audience(str(number), []) for number in range(65)])
