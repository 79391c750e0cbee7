import re

import numpy as np
import pytest

from workbench.universe import identities, synthesize_aaid, synthesize_email

EMAIL = re.compile(r"[a-z0-9._-]+@[a-z-]+\.example")
AAID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_three_hundred_thousand_accounts_share_no_address_and_no_aaid():
    accounts = np.arange(300_000)
    personal = synthesize_email(accounts, 1)
    work = synthesize_email(accounts, 1, is_work_address=True)
    assert len({*personal, *work}) == 600_000
    assert len(set(synthesize_aaid(accounts, 1))) == 300_000


def test_no_two_names_in_any_two_styles_spell_the_same_text():
    spelled: list[str] = []
    for origin, (n_first, n_last) in enumerate(zip(identities._N_FIRST, identities._N_LAST, strict=True)):
        first, last, style = np.meshgrid(
            identities._FIRST_START[origin] + np.arange(n_first),
            identities._LAST_START[origin] + np.arange(n_last),
            np.arange(len(identities._STYLES)),
        )
        spelled += identities._join_names(first.ravel(), last.ravel(), style.ravel()).to_pylist()
    assert len(spelled) == len(set(spelled))


def test_one_account_alone_is_who_it_is_among_many():
    accounts = np.array([0, 17, 262_143, 262_144, 2**31 - 1])
    assert [synthesize_email(int(account), 1) for account in accounts] == list(synthesize_email(accounts, 1))
    assert [synthesize_aaid(int(account), 1) for account in accounts] == list(synthesize_aaid(accounts, 1))


def test_identities_have_the_shape_of_their_kind():
    accounts = np.arange(0, 2**31, 2**31 // 5_000)
    assert all(EMAIL.fullmatch(email) for email in synthesize_email(accounts, 7))
    assert all(AAID.fullmatch(aaid) for aaid in synthesize_aaid(accounts, 7))


def test_identities_are_pinned_so_that_committed_lists_keep_matching():
    assert synthesize_email(0, 1) == "william-roberts@mailbox.example"
    assert synthesize_aaid(0, 1) == "bbb75721-98ee-4d50-a6b4-476a57a2dd76"


def test_another_seed_gives_other_people():
    accounts = np.arange(1_000)
    assert not set(synthesize_email(accounts, 1)) & set(synthesize_email(accounts, 2))
    assert not set(synthesize_aaid(accounts, 1)) & set(synthesize_aaid(accounts, 2))


def test_providers_are_as_unequal_as_real_ones():
    domains = [email.split("@")[1] for email in synthesize_email(np.arange(20_000), 1)]
    shares = sorted((domains.count(domain) / len(domains) for domain in set(domains)), reverse=True)
    assert shares[0] > 0.4
    assert shares[-1] < 0.02


@pytest.mark.parametrize("account", [-1, 2**31, 1.5])
def test_an_impossible_account_is_refused(account):
    with pytest.raises(ValueError, match="expected"):
        synthesize_email(account, 1)
