import json
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from workbench.errors import CancelledError, UniverseError
from workbench.identity import AccountSet, DigestKind, Digests, hash_all
from workbench.universe import (
    IDENTITY_RNG_SEED,
    SHOP_AD_ACCOUNT_ID,
    SHOP_DOMAIN,
    SHOP_TAG_ID,
    TABLES,
    Universe,
    build_sample,
    open_universe,
    synthesize_aaid,
    synthesize_email,
)
from workbench.universe.interests import draw_affinity
from workbench.universe.randomness import BLOCK_SIZE, GroupedChoice, block_generator
from workbench.universe.schema import TAG_EVENTS


def shares(universe: Universe, column: str) -> pd.Series:
    return universe.accounts([column])[column].value_counts(normalize=True)


def segment_members(universe: Universe, segment_id: str) -> AccountSet:
    members = AccountSet.empty(universe.n_accounts)
    for kind in ("EMAIL", "MAID"):
        rows = universe.query(
            "SELECT sha256 FROM segment_records WHERE segment_id = ? AND identifier_kind = ?", [segment_id, kind]
        )
        values = np.frombuffer(b"".join(bytes(each) for each in rows["sha256"]), dtype=np.uint8).reshape(-1, 32)
        accounts = universe.directory.match_digests(kind, Digests(np.full(len(rows), 2, dtype=np.uint8), values))
        members |= AccountSet.from_indices(accounts[accounts >= 0], universe.n_accounts)
    return members


def test_the_same_seed_gives_the_same_bytes(sample_universe, tmp_path):
    again = build_sample(tmp_path / "again", n_accounts=20_000)
    for path in sample_universe.path.iterdir():
        assert path.read_bytes() == (again.path / path.name).read_bytes(), path.name


def test_the_sample_is_the_one_that_documents_and_demos_were_written_with(sample_universe):
    description = json.loads((sample_universe.path / "universe.json").read_text())
    assert description["n_rows"] == {
        "accounts": 20000,
        "identifiers": 28326,
        "tag_events": 14212,
        "site_pages": 64,
        "pin_engagements": 198345,
        "engagement_actions": 7,
        "pins": 6000,
        "ads": 44,
        "ad_accounts": 6,
        "campaigns": 11,
        "claimed_domains": 6,
        "segments": 10,
        "segment_records": 5760,
    }


def test_another_seed_gives_other_behaviour_of_the_same_people(tmp_path):
    one, other = (build_sample(tmp_path / str(rng_seed), n_accounts=2_000, rng_seed=rng_seed) for rng_seed in (1, 2))
    assert not one.table("pin_engagements").equals(other.table("pin_engagements"))
    emails = "SELECT sha256 FROM identifiers WHERE identifier_kind = 'EMAIL'"
    assert len(set(one.query(emails)["sha256"]) & set(other.query(emails)["sha256"])) > 1_500


def test_an_account_does_not_depend_on_how_many_follow_it(sample_universe, tmp_path):
    larger = build_sample(tmp_path / "larger", n_accounts=BLOCK_SIZE + 3_000)
    for name in ("accounts", "identifiers", "tag_events", "pin_engagements"):
        few = sample_universe.query(f"SELECT * FROM {name} ORDER BY ALL")  # noqa: S608 (a table's name)
        few = few[few["account"].notna()].astype({"account": "int32"})
        many = larger.query(f"SELECT * FROM {name} WHERE account < 20000 ORDER BY ALL")  # noqa: S608
        pd.testing.assert_frame_equal(few, many)
    assert larger.query("SELECT max(account) AS last FROM pin_engagements")["last"].item() > BLOCK_SIZE


def test_every_table_is_there_and_opens(sample_universe):
    assert all(sample_universe.has_table(name) for name in TABLES)
    assert all(sample_universe.table(name).num_rows for name in TABLES)
    assert open_universe(sample_universe.path).n_accounts == 20_000


def test_no_plain_identifier_is_in_any_file(sample_universe):
    stored = b"".join(path.read_bytes() for path in sorted(sample_universe.path.iterdir()))
    accounts = np.arange(sample_universe.n_accounts)
    domains = {email.split("@")[1] for email in synthesize_email(accounts, IDENTITY_RNG_SEED)}
    domains |= {email.split("@")[1] for email in synthesize_email(accounts, IDENTITY_RNG_SEED, is_work_address=True)}
    assert not [domain for domain in domains if domain.encode() in stored]
    assert not [aaid for aaid in synthesize_aaid(accounts[:2_000], IDENTITY_RNG_SEED) if aaid.encode() in stored]


@pytest.mark.parametrize("kind", DigestKind)
def test_matching_finds_exactly_the_accounts_whose_digest_is_known(sample_universe, kind):
    digests = Digests.of_kind(kind, hash_all(synthesize_email(np.arange(2_000), IDENTITY_RNG_SEED), kind))
    found = sample_universe.directory.match_digests("EMAIL", digests)
    assert set(found[found >= 0]) == set(np.flatnonzero(found >= 0))
    assert 0.87 < (found >= 0).mean() < 0.93


def test_people_are_as_many_kinds_as_the_readme_says(sample_universe):
    assert 0.43 < shares(sample_universe, "country")["US"] < 0.47
    assert shares(sample_universe, "age_bucket").min() > 0.03
    assert 0.55 < shares(sample_universe, "gender")["female"] < 0.72
    android = shares(sample_universe, "device")[["android_mobile", "android_tablet"]].sum()
    assert 0.42 < android < 0.50
    accounts = sample_universe.accounts(["country", "region"]).astype(str)
    assert (accounts["region"].str[:2] == accounts["country"]).all()


def test_identifiers_are_as_frequent_as_the_readme_says(sample_universe):
    kinds = sample_universe.query(
        "SELECT identifier_kind, count(*) AS n, count(DISTINCT account) AS accounts FROM identifiers"
        " GROUP BY ALL ORDER BY ALL"
    ).set_index("identifier_kind")
    assert 0.88 < kinds["accounts"]["EMAIL"] / 20_000 < 0.92
    assert 1_000 < kinds["n"]["EMAIL"] - kinds["accounts"]["EMAIL"] < 2_000
    assert 0.42 < kinds["accounts"]["MAID"] / 20_000 < 0.48


def test_activity_has_mean_one_and_a_long_tail(sample_universe):
    activity = np.sort(sample_universe.accounts(["activity"])["activity"].to_numpy())
    assert 0.95 < activity.mean() < 1.05
    assert np.median(activity) < 0.65
    assert activity[-200:].sum() / activity.sum() > 0.08  # one in a hundred has more than eight


def test_engagements_follow_activity_and_favour_the_recent(sample_universe):
    counts = sample_universe.query(
        "SELECT a.activity, count(e.account) AS n FROM accounts a LEFT JOIN pin_engagements e USING (account)"
        " GROUP BY a.account, a.activity ORDER BY a.account"
    )
    assert 8 < counts["n"].mean() < 12
    assert np.corrcoef(counts["activity"], counts["n"])[0, 1] > 0.8
    ages = sample_universe.query("SELECT event_time FROM pin_engagements")["event_time"]
    days_ago = (sample_universe.as_of - ages).dt.total_seconds() / 86_400
    assert days_ago.min() > 0
    assert 500 < days_ago.max() <= 540
    assert days_ago.median() < 200


def test_interests_go_together_by_their_leanings():
    affinity = draw_affinity(block_generator(1, "affinity"), 20_000)
    correlation = np.corrcoef(np.log(affinity), rowvar=False)
    home_decor, gardening, womens_fashion, beauty, gaming = 0, 1, 5, 7, 16
    assert correlation[home_decor, gardening] > 0.3
    assert correlation[womens_fashion, beauty] > 0.3
    assert correlation[gardening, gaming] < 0.1
    np.testing.assert_allclose(affinity.sum(axis=1), 1, rtol=1e-5)


def test_interests_tell_ages_and_genders_apart(sample_universe):
    people = sample_universe.query(
        "SELECT interest, avg((gender = 'female')::INT) AS female, avg((age_bucket < '35')::INT) AS young"
        " FROM pin_engagements JOIN accounts USING (account) JOIN pins USING (pin_id) GROUP BY interest"
    ).set_index("interest")
    assert people["female"]["beauty"] > people["female"]["cars"] + 0.15
    assert people["young"]["gaming"] > people["young"]["gardening"] + 0.1


def test_visits_to_the_shop_narrow_down_like_a_funnel(sample_universe):
    visitors = sample_universe.query(
        "SELECT event, count(DISTINCT account) AS n FROM tag_events WHERE tag_id = ? GROUP BY event", [SHOP_TAG_ID]
    ).set_index("event")["n"]
    assert 0.04 < visitors["pagevisit"] / 20_000 < 0.08
    assert visitors["pagevisit"] > visitors["viewcategory"] > visitors["addtocart"] > visitors["checkout"] > 100
    orders = sample_universe.query("SELECT * FROM tag_events WHERE event = 'checkout'")
    assert (orders["value_micros"] > 0).all()
    assert (orders["value_micros"] % 10_000 == 0).all()
    assert set(orders["currency"]) == {"USD"}
    urls = sample_universe.query("SELECT DISTINCT url FROM tag_events WHERE url IS NOT NULL")["url"]
    assert urls.str.startswith(f"https://{SHOP_DOMAIN}/").all()


def test_nobody_checks_out_before_putting_something_in_the_cart(sample_universe):
    early = sample_universe.query(
        "SELECT account FROM tag_events WHERE account IS NOT NULL GROUP BY account"
        " HAVING min(event_time) FILTER (event = 'checkout')"
        " < min(event_time) FILTER (event = 'addtocart')"
    )
    assert early.empty


def test_the_base_code_loads_before_the_events_of_its_page_and_the_app_has_none(sample_universe):
    lonely = sample_universe.query(
        "SELECT e.* FROM tag_events e ANTI JOIN (SELECT * FROM tag_events WHERE event = 'pageload') load"
        " ON e.account IS NOT DISTINCT FROM load.account AND e.url = load.url AND e.event_time = load.event_time"
    )
    assert set(lonely["ingestion_source"]) == {"mmp", "file_upload"}
    assert set(lonely.loc[lonely["ingestion_source"] == "file_upload", "url"].isna()) == {True}
    loads = sample_universe.query("SELECT DISTINCT ingestion_source FROM tag_events WHERE event = 'pageload'")
    assert loads["ingestion_source"].tolist() == ["tag"]


def test_one_page_has_lost_its_tag_so_one_event_is_never_seen(sample_universe):
    silent = sample_universe.query("SELECT url FROM site_pages ANTI JOIN tag_events USING (tag_id, url)")["url"]
    assert silent.tolist() == [f"https://{SHOP_DOMAIN}/garden-planner/request"]
    seen = sample_universe.query("SELECT DISTINCT event::VARCHAR AS event FROM tag_events")["event"]
    assert set(TAG_EVENTS) - set(seen) == {"lead"}
    base_only = sample_universe.query("SELECT url FROM tag_events GROUP BY url HAVING bool_and(event = 'pageload')")
    assert sorted(base_only["url"]) == [f"https://{SHOP_DOMAIN}/{page}" for page in ("about", "delivery")]


def test_a_third_of_what_the_tag_reports_is_of_people_nobody_recognises(sample_universe):
    counts = sample_universe.query("SELECT count(*) AS n, count(account) AS matched FROM tag_events").iloc[0]
    assert 0.6 < counts["matched"] / counts["n"] < 0.72


def test_event_data_say_what_the_event_was_about(sample_universe):
    events = sample_universe.query("SELECT * FROM tag_events")
    orders, carts = events[events["event"] == "checkout"], events[events["event"] == "addtocart"]
    assert orders["order_id"].is_unique
    assert orders["order_id"].notna().all()
    assert events.loc[events["event"] != "checkout", ["order_id", "promo_code"]].isna().all(axis=None)
    assert 0.15 < orders["promo_code"].notna().mean() < 0.35
    for priced in (orders, carts):
        spent = priced["product_price_micros"] * priced["product_quantity"]
        assert (spent <= priced["value_micros"]).all()
        assert priced["product_id"].notna().all()
    searches = events.loc[events["event"] == "search", ["url", "search_query"]]
    assert (searches["url"].str.split("=").str[1].str.replace("+", " ") == searches["search_query"]).all()


def test_ads_are_how_some_met_the_pins_they_promote(sample_universe):
    paid = sample_universe.query(
        "SELECT e.pin_id = ads.pin_id AS fits, e.ad_id IS NOT NULL AS is_paid FROM pin_engagements e"
        " LEFT JOIN ads ON e.ad_id = ads.ad_id WHERE e.pin_id IN (SELECT pin_id FROM ads)"
    )
    assert 0.35 < paid["is_paid"].mean() < 0.45
    assert paid.loc[paid["is_paid"], "fits"].all()
    organic = "SELECT count(ad_id) AS n FROM pin_engagements WHERE pin_id NOT IN (SELECT pin_id FROM ads)"
    assert sample_universe.query(organic)["n"].item() == 0


def test_segments_are_matched_by_digest_and_overlap_with_interests_and_visitors(sample_universe):
    visitors = AccountSet.from_indices(
        sample_universe.query("SELECT DISTINCT account FROM tag_events WHERE account IS NOT NULL")["account"],
        sample_universe.n_accounts,
    )
    home_shoppers, technology = (segment_members(sample_universe, f"1100000000{n}") for n in ("03", "08"))
    assert len(home_shoppers) >= 100
    visitor_share = len(visitors) / sample_universe.n_accounts
    assert home_shoppers.n_overlap(visitors) / len(home_shoppers) > 3 * visitor_share
    assert technology.n_overlap(visitors) / len(technology) < 2 * visitor_share
    records = sample_universe.query("SELECT count(*) AS n FROM segment_records WHERE segment_id = '110000000003'")
    assert len(home_shoppers) < 0.9 * records["n"].item()  # strangers and unknown addresses do not match


def test_one_segment_cannot_be_covered_and_all_are_fictional(sample_universe):
    segments = sample_universe.segments()
    fees = segments["data_fee_rate_bp"]
    assert (fees > 10_000 * 3 / 17).sum() == 1
    assert {1000, 1500, 1764, 2000} <= set(fees)
    assert segments["provider"].str.contains("fictional").all()
    assert set(segments["country"]) == {"US"}


def test_the_shop_has_what_the_demo_needs(sample_universe):
    own = sample_universe.query(
        "SELECT count(DISTINCT pin_id) AS pins, count(DISTINCT campaign_id) AS campaigns, count(*) AS ads"
        " FROM ads JOIN campaigns USING (campaign_id, ad_account_id) JOIN pins USING (pin_id, ad_account_id)"
        " WHERE ad_account_id = ?",
        [SHOP_AD_ACCOUNT_ID],
    ).iloc[0]
    assert own["campaigns"] == 4
    assert own["ads"] == own["pins"] == 16
    claimed = sample_universe.query("SELECT domain FROM claimed_domains WHERE ad_account_id = ?", [SHOP_AD_ACCOUNT_ID])
    assert claimed["domain"].tolist() == [SHOP_DOMAIN]
    fans = "SELECT count(*) AS n FROM pins WHERE domain = ? AND ad_account_id IS NULL"
    assert sample_universe.query(fans, [SHOP_DOMAIN])["n"].item() > 0


@pytest.mark.parametrize("n_accounts", [0, -1, 10**12, 1.5, True, "many"])
def test_an_absurd_number_of_accounts_is_refused(tmp_path, n_accounts):
    with pytest.raises(UniverseError, match="expected a whole number of accounts"):
        build_sample(tmp_path / "sample", n_accounts=n_accounts)
    assert list(tmp_path.iterdir()) == []


def test_a_sample_larger_than_the_disk_is_refused_before_it_starts(tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.universe.writing.shutil.disk_usage", lambda _: type("Usage", (), {"free": 10**9}))
    with pytest.raises(UniverseError, match=r"about 2\.2 GB of free disk space .* found 1\.0 GB"):
        build_sample(tmp_path / "sample", n_accounts=10_000_000)
    monkeypatch.setattr("workbench.universe.writing.shutil.disk_usage", lambda _: type("Usage", (), {"free": 12_345}))
    with pytest.raises(UniverseError, match=r"about 2\.2 MB of free disk space .* found 12\.3 kB"):
        build_sample(tmp_path / "sample", n_accounts=10_000)


def test_stopping_leaves_what_was_there_before(tmp_path):
    before = build_sample(tmp_path / "sample", n_accounts=200)

    def stop(*_: int) -> None:
        raise CancelledError("enough")

    with pytest.raises(CancelledError):
        build_sample(tmp_path / "sample", n_accounts=300, overwrite=True, on_progress=stop)
    assert open_universe(before.path).n_accounts == 200
    assert [path.name for path in tmp_path.iterdir()] == ["sample"]


def test_a_universe_is_replaced_only_when_asked_and_nothing_else_ever(tmp_path):
    build_sample(tmp_path / "sample", n_accounts=200)
    with pytest.raises(UniverseError, match="found a universe"):
        build_sample(tmp_path / "sample", n_accounts=300)
    assert build_sample(tmp_path / "sample", n_accounts=300, overwrite=True).n_accounts == 300
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("mine")
    with pytest.raises(UniverseError, match="found something else"):
        build_sample(tmp_path / "letters", n_accounts=300, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letters", "sample"]


def test_of_a_link_the_target_is_replaced_and_nothing_else_is_left(tmp_path):
    (tmp_path / "disk").mkdir()
    build_sample(tmp_path / "disk" / "universe", n_accounts=300)
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "universe")
    build_sample(tmp_path / "link", n_accounts=200, overwrite=True)
    assert (tmp_path / "link").is_symlink()
    assert open_universe(tmp_path / "disk" / "universe").n_accounts == 200
    assert sorted(path.name for path in tmp_path.rglob("*") if path.suffix not in (".parquet", ".json")) == [
        "disk",
        "link",
        "universe",
    ]


def test_a_folder_may_have_the_longest_name_there_is(tmp_path):
    assert build_sample(tmp_path / ("ö" * 127), n_accounts=10).n_accounts == 10


def test_a_file_on_the_way_to_the_destination_is_named(tmp_path):
    (tmp_path / "afile").write_text("letter")
    with pytest.raises(UniverseError, match=r"afile is a file, not a folder; choose another"):
        build_sample(tmp_path / "afile" / "x" / "y", n_accounts=10)


@pytest.mark.parametrize("year", [1970, 1991, 2100])
def test_a_now_whose_events_no_universe_takes_is_refused_before_it_starts(tmp_path, year):
    with pytest.raises(UniverseError, match="expected as_of from 1992 to 2099"):
        build_sample(tmp_path / "sample", n_accounts=10, as_of=datetime(year, 1, 1, tzinfo=UTC))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("year", [1992, 2099])
def test_the_first_and_the_last_now_make_a_universe_that_opens(tmp_path, year):
    as_of = datetime(year, 1, 1, tzinfo=UTC)
    assert build_sample(tmp_path / "sample", n_accounts=300, as_of=as_of).as_of == as_of


def test_progress_counts_blocks_to_the_end(tmp_path):
    steps: list[tuple[int, int]] = []
    build_sample(
        tmp_path / "sample", n_accounts=BLOCK_SIZE + 1, on_progress=lambda done, total: steps.append((done, total))
    )
    assert steps == [(1, 2), (2, 2)]


def test_a_grouped_choice_follows_its_weights_and_never_leaves_its_group():
    choice = GroupedChoice([[1.0, 3.0], [1.0], [0.0, 1.0, 1.0]])
    groups = np.repeat([0, 1, 2], 40_000)
    drawn = choice.draw(groups, np.tile(np.linspace(0, np.nextafter(1, 0), 40_000), 3))
    assert np.bincount(drawn[groups == 0]) == pytest.approx([10_000, 30_000], abs=2)
    assert set(drawn[groups == 1]) == {0}
    assert np.bincount(drawn[groups == 2], minlength=3) == pytest.approx([0, 20_000, 20_000], abs=2)
