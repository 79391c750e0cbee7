"""Audiences as requests: in order, each body right, and nothing left out without a word."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workbench.customer_lists.conftest import emails, write_lines
from tests.workbench.export.api_schema import schema_faults
from tests.workbench.export.conftest import AD_ACCOUNT, IDS, sent, spec, visitor
from workbench.audiences import AudienceSpec, AudienceStatus, EngagementDefinition, VisitorDefinition
from workbench.audiences.condition import NumberCondition, TextCondition
from workbench.customer_lists import SavedList, Upload
from workbench.errors import DefinitionError, FieldError, WorkbenchError
from workbench.export import (
    AudienceBook,
    AudienceExporter,
    FindingKind,
    ListExporter,
    PlatformIds,
    check_body,
    explain_export,
)
from workbench.identity import DigestKind
from workbench.universe.schema import OBJECTIVE_TYPES, TAG_EVENTS

GOLDEN = Path(__file__).parent / "golden"
CUSTOMERS = {"type": "CUSTOMER_LIST", "list_file": "customers.csv", "are_terms_acknowledged": True}


def exporter(*specs: AudienceSpec, folder: Path = Path(), ids: PlatformIds = IDS, **options) -> AudienceExporter:
    return AudienceExporter(
        AudienceBook(ids, {one.audience_id: one for one in specs}), ListExporter(ids), folder, **options
    )


def known(**fields) -> PlatformIds:
    return PlatformIds(ad_account_id=AD_ACCOUNT, **fields)


def require_valid(export) -> None:
    for request in sent(export):
        assert schema_faults(request.operation_id, request.body) == []
        check_body(request.operation_id, request.body)


# -- create ------------------------------------------------------------------------------------------------------------


def test_a_whole_export_is_as_it_was(tmp_path):
    write_lines(tmp_path / "customers.csv", emails(range(3)))
    specs = (
        spec("1001", CUSTOMERS, description="Bought something"),
        visitor("1002", retention_days=90, prefill=False),
        visitor("1003", events=["addtocart", "ADD_TO_CART", "lead"], urls=["https://shop.example/thanks"]),
        spec("1004", {"type": "THIRD_PARTY", "segment_id": "110000000001"}),
        spec("1005", {"type": "COMBINATION", "rule": {"all_of": ["1001", {"none_of": ["1002"]}]}}),
    )
    export = exporter(*specs, folder=tmp_path).create([one.audience_id for one in specs], is_skipping=True)
    assert export.to_text() == (GOLDEN / "audiences.json").read_text("utf-8")
    require_valid(export)


def test_an_audience_of_a_list_comes_behind_the_list_and_names_it_by_placeholder(tmp_path):
    write_lines(tmp_path / "customers.csv", emails(range(3)))
    upload, audience = exporter(spec("1001", CUSTOMERS), folder=tmp_path).create(["1001"]).requests
    assert upload.gives == "customer_list:1001"
    assert audience.body["rule"] == {"customer_list_id": "${customer_list:1001}"}
    assert audience.gives == "audience:1001"


def test_a_saved_list_has_an_id_of_its_own_and_one_that_is_there_is_not_sent_again(tmp_path):
    file = write_lines(tmp_path / "rows.csv", emails(range(3)))
    SavedList.create(tmp_path / "saved", "Customers", Upload(file, are_terms_acknowledged=True), list_id="42")
    of_saved = spec("1001", CUSTOMERS | {"list_file": "saved"})
    assert exporter(of_saved, folder=tmp_path).create(["1001"]).requests[0].gives == "customer_list:42"
    there = exporter(of_saved, folder=tmp_path, ids=known(customer_lists={"42": "885"})).create(["1001"])
    assert [request.body["rule"] for request in there.requests] == [{"customer_list_id": "885"}]


def test_a_list_is_not_shared_without_the_terms(tmp_path):
    file = write_lines(tmp_path / "rows.csv", emails(range(3)))
    SavedList.create(tmp_path / "saved", "Customers", Upload(file, are_terms_acknowledged=True), list_id="42")
    for name in ("rows.csv", "saved"):
        silent = spec("1001", {"type": "CUSTOMER_LIST", "list_file": name})
        with pytest.raises(DefinitionError, match="Ad Data Terms"):
            exporter(silent, folder=tmp_path).create(["1001"])


def test_sha1_addresses_go_out_if_the_definition_names_the_rules_of_the_api(tmp_path):
    write_lines(tmp_path / "customers.csv", emails(range(3), DigestKind.SHA1))
    of_api = spec("1001", CUSTOMERS | {"profile": "API"})
    assert exporter(of_api, folder=tmp_path).create(["1001"]).requests[0].holds_digests
    with pytest.raises(WorkbenchError):
        exporter(spec("1001", CUSTOMERS), folder=tmp_path).create(["1001"])


def test_who_opted_out_is_not_uploaded(tmp_path, universe):
    write_lines(tmp_path / "customers.csv", emails(range(3), DigestKind.MD5))
    write_lines(tmp_path / "opted_out.csv", emails([1], DigestKind.SHA256))
    listed = spec("1001", CUSTOMERS | {"suppression_file": "opted_out.csv"})
    file = write_lines(tmp_path / "rows.csv", emails(range(3), DigestKind.MD5))
    SavedList.create(tmp_path / "saved", "Customers", Upload(file, are_terms_acknowledged=True), list_id="42")
    saved = spec("1002", CUSTOMERS | {"list_file": "saved", "suppression_file": "opted_out.csv"})
    export = exporter(listed, saved, folder=tmp_path, universe=universe).create(["1001", "1002"])
    left = sorted(emails([0, 2], DigestKind.MD5))
    uploads = [request for request in export.requests if request.holds_digests]
    assert [request.body["records"].split(",") for request in uploads] == [left, left]


PAGES = ["https://shop.example/a", "https://shop.example/b"]
TEXTS = st.sampled_from(["EUR", "12", "lamp", {"=": "lamp"}, {"=": ["lamp", "12"]}, {"contains": "a"}, {"!=": "b"}])
NUMBERS = st.sampled_from([0, 12, 199.98, "49.90", {"=": 3}, {">=": 50}, {"=": 5, "<": 9}])
LINE_ITEMS = st.fixed_dictionaries(
    {"product_id": st.sampled_from(["1414", "A-1"])},
    optional={"product_name": TEXTS, "product_price": NUMBERS, "product_quantity": NUMBERS},
)
EVENT_DATA = st.fixed_dictionaries(
    {"order_id": TEXTS},
    optional={"currency": TEXTS, "value": NUMBERS, "order_quantity": NUMBERS, "line_items": LINE_ITEMS},
)
VISITORS = st.builds(
    lambda events, urls, data, **fields: VisitorDefinition(
        events=events, urls=urls, event_data=data if events else None, visitor_source_id="80", **fields
    ),
    events=st.lists(st.sampled_from(TAG_EVENTS), unique=True, max_size=3),
    urls=st.lists(st.sampled_from([*PAGES, {"=": PAGES}, {"contains": "/a"}]), max_size=2),
    data=st.none() | EVENT_DATA,
    event_source=st.sets(st.sampled_from(["web", "mobile", "offline"])).map(sorted),
    ingestion_source=st.sets(st.sampled_from(["tag", "mmp"])).map(sorted),
    retention_days=st.integers(1, 540),
    prefill=st.booleans(),
)


@given(definition=VISITORS)
def test_every_visitor_audience_is_refused_by_field_or_becomes_rules_that_say_the_same(definition):
    one = spec("1", definition.model_dump())
    refused = [finding.field for finding in explain_export(one) if finding.kind is FindingKind.REFUSED]
    if refused:
        with pytest.raises(FieldError) as refusal:
            exporter(one).create(["1"])
        assert refusal.value.place == (refused[0],)
        return
    export = exporter(one).create(["1"])
    require_valid(export)
    rules = [request.body["rule"] for request in export.requests]
    assert {read_back(rule, definition) for rule in rules} == {definition.model_copy(update={"events": (), "urls": ()})}
    assert tuple(rule["event"] for rule in rules if "event" in rule) == definition.events
    pages = [page for rule in definition.urls for page in (rule.equal if isinstance(rule, TextCondition) else [rule])]
    assert [page for rule in rules for page in rule.get("url", ())] == list(dict.fromkeys(pages))
    assert all("event" not in rule or "url" not in rule for rule in rules)
    names = [request.body["name"] for request in export.requests]
    assert len(set(names)) == len(names) == max(1, len(definition.events) + bool(definition.urls))


def read_back(rule: dict, original: VisitorDefinition) -> VisitorDefinition:
    """Read a rule of the API as the definition that it is part of, without what tells the parts apart."""
    plain = {name: value for name, value in rule.items() if name not in ("event", "url", "event_data")}
    read = VisitorDefinition(**plain)
    if "event" not in rule:
        assert "event_data" not in rule
        return read.model_copy(update={"event_data": original.event_data})
    data = None if original.event_data is None else dict(flat(original.event_data.rules()))
    assert {name: str(value) for name, value in flat(rule.get("event_data", {}).items())} == (data or {})
    return read.model_copy(update={"event_data": original.event_data})


def flat(pairs):
    """Yield names and texts of what is asked of an event, a product's among them."""
    for name, value in pairs:
        if isinstance(value, dict):
            yield from value.items()
        elif isinstance(value, TextCondition):
            yield name, value.equal[0]
        elif isinstance(value, NumberCondition):
            yield name, str(value.equal)
        else:
            yield name, str(value)


def test_a_tag_that_has_another_id_there_is_named_by_it():
    request = exporter(visitor("1"), ids=known(tags={"800000000001": "2612"})).create(["1"]).requests[0]
    assert request.body["rule"]["visitor_source_id"] == "2612"


def test_what_is_there_already_is_not_made_again():
    export = exporter(visitor("1"), ids=known(audiences={"1": "254"})).create(["1"])
    assert export.requests == ()
    assert "already" in export.findings[0].sentence


# -- engagement --------------------------------------------------------------------------------------------------------

DIGIT_IDS = st.lists(st.from_regex("[1-9][0-9]{0,17}", fullmatch=True), unique=True, max_size=3)
SOURCES = st.one_of(
    st.fixed_dictionaries({"pin_ids": DIGIT_IDS, "ad_ids": DIGIT_IDS, "campaign_ids": DIGIT_IDS}),
    st.fixed_dictionaries({"objective_types": st.lists(st.sampled_from(OBJECTIVE_TYPES), unique=True, max_size=2)}),
    st.fixed_dictionaries({"engagement_domains": st.sampled_from([["shop.example"], ["a.example", "b.example"]])}),
)


@given(source=SOURCES, engager_type=st.sampled_from([1, 2]), retention_days=st.integers(1, 540))
def test_every_engagement_audience_becomes_a_rule_that_says_the_same(source, engager_type, retention_days):
    fields = {"engager_type": engager_type, "retention_days": retention_days, **source}
    definition = EngagementDefinition(ad_account_id=AD_ACCOUNT, **fields)
    export = exporter(spec("1", definition.model_dump())).create(["1"])
    require_valid(export)
    rule = export.requests[0].body["rule"]
    names = {
        "pin_ids": "pin_id",
        "ad_ids": "ad_id",
        "campaign_ids": "campaign_id",
        "objective_types": "objective_type",
        "engagement_domains": "engagement_domain",
    }
    assert rule == {names.get(name, name): value for name, value in fields.items() if value}
    assert "Q6" in {finding.rule for finding in export.findings}


def test_content_is_that_of_the_account_that_is_exported_to_and_has_its_ids_there():
    of_another = spec("1", {"type": "ENGAGEMENT", "ad_account_id": "700", "pin_ids": ["5"], "ad_ids": ["6"]})
    with pytest.raises(FieldError, match=r"definition.ad_account_id: expected content of the ad account.*S49"):
        exporter(of_another).create(["1"])
    here = known(ad_accounts={"700": AD_ACCOUNT}, pins={"5": "55"})
    rule = exporter(of_another, ids=here).create(["1"]).requests[0].body["rule"]
    assert (rule["pin_id"], rule["ad_id"]) == (["55"], ["6"])


def test_an_audience_from_before_2_november_2021_is_of_any_engagement():
    old = spec("1", {"type": "ENGAGEMENT", "ad_account_id": AD_ACCOUNT, "engager_type": 2, "engagement_type": "save"})
    for day, engager_type in ((1, 1), (2, 2)):
        created = old.model_copy(update={"created_at": datetime(2021, 11, day, tzinfo=UTC)})
        if day == 2:
            created = created.model_copy(
                update={"definition": created.definition.model_copy(update={"engagement_type": None})}
            )
        rule = exporter(created).create(["1"]).requests[0].body["rule"]
        assert (rule["engager_type"], "engagement_type" in rule) == (engager_type, False)


def test_with_a_universe_foreign_content_is_refused(universe):
    foreign = spec("1", {"type": "ENGAGEMENT", "ad_account_id": AD_ACCOUNT, "pin_ids": ["5"]})
    with pytest.raises(WorkbenchError):
        exporter(foreign, universe=universe).create(["1"])


# -- actalike ----------------------------------------------------------------------------------------------------------


def actalike(audience_id: str, *sources: str, **fields) -> AudienceSpec:
    fields = {"seed_audience_ids": sources, "country": "US", "percentage": 1} | fields
    return spec(audience_id, {"type": "ACTALIKE"} | fields)


@given(country=st.sampled_from(["US", "NL"]), percentage=st.integers(1, 10), is_there=st.booleans())
def test_every_actalike_becomes_a_rule_that_says_the_same(country, percentage, is_there):
    one = actalike("2", "1", country=country, percentage=percentage)
    export = exporter(one, visitor("1"), ids=known(audiences={"1": "254"} if is_there else {})).create(["2"])
    require_valid(export)
    rule = export.requests[-1].body["rule"]
    assert rule == {
        "seed_id": ["254" if is_there else "${audience:1}"],
        "country": country,
        "percentage": percentage,
    }
    assert len(export.requests) == (1 if is_there else 2)


def test_sources_come_first_and_are_named_in_all_their_parts():
    union = spec("7", {"type": "COMBINATION", "rule": {"any_of": ["1", "3"]}})
    bought = spec("8", {"type": "THIRD_PARTY", "segment_id": "11"})
    specs = (actalike("2", "7", "8"), visitor("1", events=["lead", "signup"]), visitor("3"), union, bought)
    export = exporter(*specs, ids=known(audiences={"3": "303", "8": "808"})).create(["2"])
    assert [request.gives for request in export.requests] == ["audience:1.1", "audience:1.2", "audience:2"]
    assert export.requests[-1].body["rule"]["seed_id"] == ["${audience:1.1}", "${audience:1.2}", "303", "808"]
    require_valid(export)


def test_a_source_that_is_known_to_the_platform_alone_needs_no_definition():
    export = exporter(actalike("2", "1"), ids=known(audiences={"1": "254"})).create(["2"])
    assert export.requests[0].body["rule"]["seed_id"] == ["254"]
    with pytest.raises(FieldError, match=r"seed_audience_ids: expected audiences that are on the platform or defined"):
        exporter(actalike("2", "1")).create(["2"])


def test_a_source_that_leaves_people_out_cannot_be_named():
    without = spec("7", {"type": "COMBINATION", "rule": {"all_of": ["1", {"none_of": ["3"]}]}})
    with pytest.raises(FieldError, match=r"a combination that leaves people out \(Q22, Q24\)"):
        exporter(actalike("2", "7"), visitor("1"), visitor("3"), without).create(["2"])
    both = spec("7", {"type": "COMBINATION", "rule": {"all_of": ["1", "3"]}})
    with pytest.raises(FieldError, match=r"both in 1 and in 3"):
        exporter(actalike("2", "7"), visitor("1"), visitor("3"), both).create(["2"])


def test_a_source_that_is_too_small_is_refused_and_one_that_waits_is_not():
    def with_status(status):
        ids = known(audiences={"1": "254"})
        book = AudienceBook(ids, {"1": visitor("1"), "2": actalike("2", "1")}, {"1": status})
        return AudienceExporter(book, ListExporter(ids)).create(["2"])

    with pytest.raises(FieldError, match=r"got 1, which is TOO_SMALL.*Q24, S33"):
        with_status(AudienceStatus.TOO_SMALL)
    rules = {
        status: {one.rule for one in with_status(status).findings}
        for status in (AudienceStatus.READY, AudienceStatus.INITIALIZING)
    }
    assert rules["INITIALIZING"] - rules["READY"] == {"S63, Q24"}


def test_an_actalike_of_an_actalike_is_warned_of_and_a_circle_refused():
    export = exporter(actalike("3", "2"), actalike("2", "1"), visitor("1")).create(["3"])
    assert [request.gives for request in export.requests] == ["audience:1", "audience:2", "audience:3"]
    assert "Source 2 is an actalike itself" in " ".join(finding.sentence for finding in export.findings)
    with pytest.raises(DefinitionError, match="a circle"):
        exporter(actalike("3", "2"), actalike("2", "3")).create(["3"])


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ({"type": "THIRD_PARTY", "segment_id": "11"}, "no type for third-party data.*S66"),
        (
            {"type": "COMBINATION", "rule": {"all_of": ["2", "3"]}},
            "an ad group cannot say it: .*both in 2 and in 3.*Q22",
        ),
        ({"type": "COMBINATION", "rule": {"any_of": ["2", "3"]}}, "an ad group that targets it includes 2, 3"),
        ({"type": "COMBINATION", "rule": {"none_of": ["2"]}}, "includes everybody and excludes 2"),
    ],
)
def test_what_the_api_has_no_type_for_says_why_and_how_else(definition, words):
    specs = (spec("1", definition), visitor("2"), visitor("3"))
    with pytest.raises(FieldError, match=f"audience 1 cannot be exported: .*{words}"):
        exporter(*specs).create(["1"])


def test_if_nothing_is_left_to_export_it_is_refused():
    with pytest.raises(FieldError, match="third-party"):
        exporter(spec("1", {"type": "THIRD_PARTY", "segment_id": "11"})).create(["1"], is_skipping=True)


# -- change and remove -------------------------------------------------------------------------------------------------


def test_only_what_changed_is_sent():
    there = known(audiences={"1": "254"})
    before = visitor("1", retention_days=30).model_copy(update={"description": "old"})
    longer = visitor("1", retention_days=60).model_copy(update={"description": "old"})
    request = exporter(longer, ids=there).update(before, longer).requests[0]
    assert (request.method, request.path) == ("PATCH", f"/ad_accounts/{AD_ACCOUNT}/audiences/254")
    assert set(request.body) == {"operation_type", "rule"}
    assert request.body["rule"]["retention_days"] == 60
    undescribed = before.model_copy(update={"description": ""})
    request = exporter(undescribed, ids=there).update(before, undescribed).requests[0]
    assert request.body == {"operation_type": "UPDATE", "description": ""}
    require_valid(exporter(longer, ids=there).update(before, longer))
    assert exporter(before, ids=there).update(before, before).requests == ()


def test_an_audience_of_several_parts_is_changed_part_by_part():
    there = known(audiences={"1": ["254", "255"]})
    before, after = (visitor("1", events=["lead", "signup"], retention_days=days) for days in (30, 31))
    paths = [request.path for request in exporter(after, ids=there).update(before, after).requests]
    assert [path.rpartition("/")[2] for path in paths] == ["254", "255"]
    fewer = visitor("1", events=["lead"])
    with pytest.raises(FieldError, match=r"as many audiences as the platform has of it, 2, got 1.*P6, Q10"):
        exporter(fewer, ids=there).update(before, fewer)


def test_the_type_of_an_audience_stays():
    before, after = visitor("1"), spec("1", CUSTOMERS)
    with pytest.raises(FieldError, match=r"definition.type: expected VISITOR.*P6"):
        exporter(after, ids=known(audiences={"1": "254"})).update(before, after)


def test_an_audience_that_is_not_there_is_neither_changed_nor_removed():
    with pytest.raises(FieldError, match="expected the id that the platform gave audience 1"):
        exporter(visitor("1")).update(visitor("1"), visitor("1", retention_days=1))
    with pytest.raises(FieldError, match="expected the id that the platform gave audience 1"):
        exporter(visitor("1")).remove("1")


def test_a_removal_is_one_word_and_warns_of_ad_groups_and_dependants():
    combined = spec("2", {"type": "COMBINATION", "rule": {"any_of": ["1"]}})
    export = exporter(visitor("1"), combined, ids=known(audiences={"1": ["254", "255"]})).remove("1")
    assert [request.body for request in export.requests] == [{"operation_type": "REMOVE"}] * 2
    require_valid(export)
    assert [finding.rule for finding in export.findings] == ["Q23", "Q23"]
    assert "Audience 2 (Audience 2) is made from audience 1" in export.findings[0].sentence


def test_nothing_in_an_export_is_a_plain_identifier(tmp_path):
    write_lines(tmp_path / "customers.csv", emails(range(3)))
    export = exporter(spec("1001", CUSTOMERS), folder=tmp_path).create(["1001"])
    assert "mail.example" not in export.to_text()
    assert json.loads(export.to_text())["holds_digests"]
