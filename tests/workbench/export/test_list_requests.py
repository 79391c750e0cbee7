"""Uploads of customer lists: the platform ends up with the people it should, and gets nothing but digests."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workbench.audiences.tiny_universe import aaid
from tests.workbench.customer_lists.conftest import aaids, emails
from tests.workbench.export.api_schema import operations, schema_faults
from tests.workbench.export.conftest import AD_ACCOUNT, IDS, added, digests, records, sent
from workbench.customer_lists.list_records import ListRecords
from workbench.errors import FieldError
from workbench.export import Export, ListExporter, PlatformIds, check_body
from workbench.identity import DigestKind, ListProfile, ListType, hash_email

KNOWN = PlatformIds(ad_account_id=AD_ACCOUNT, customer_lists={"42": "885"})
MD5, SHA1, SHA256 = DigestKind.MD5, DigestKind.SHA1, DigestKind.SHA256

PERSON_OF = {
    text: account
    for account in range(20)
    for kind in DigestKind
    for text in (*emails([account], kind), *aaids([account], kind))
}


def people_after(export: Export, before: set[int] = frozenset()) -> set[int]:
    """Play an export on a platform that keeps people and not records, as the API's description says."""
    people = set(before)
    for request in sent(export):
        named = {PERSON_OF[record] for record in request.body["records"].split(",")}
        if request.body.get("operation_type") == "REMOVE":
            people -= named
        else:
            people |= named
    return people


def members(of: ListRecords, universe) -> set[int]:
    return set(of.match(universe.directory).members.indices().tolist())


# -- create ------------------------------------------------------------------------------------------------------------


def test_a_list_is_created_with_its_first_batch_and_added_to_with_the_others(ids):
    export = ListExporter(ids, records_per_request=2).create("42", "Customers", records(range(5)))
    first, second, third = export.requests
    assert (first.method, first.path) == ("POST", f"/ad_accounts/{AD_ACCOUNT}/customer_lists")
    assert (first.operation_id, first.gives, first.needs) == ("customer_lists/create", "customer_list:42", ())
    assert first.body["list_type"] == "EMAIL"
    assert second.path == f"/ad_accounts/{AD_ACCOUNT}/customer_lists/${{customer_list:42}}"
    assert (second.operation_id, second.needs) == ("customer_lists/update", ("customer_list:42",))
    assert [len(request.body["records"].split(",")) for request in export.requests] == [2, 2, 1]
    assert third.body["operation_type"] == "ADD"
    texts = [record for request in export.requests for record in request.body["records"].split(",")]
    assert sorted(texts) == texts == sorted(emails(range(5), SHA256))


def test_advertising_ids_go_out_hashed_in_requests_of_their_own(ids):
    both = records([1]).added(ListType.MAID, digests(aaids([0, 2], SHA256)), 2)
    first, second = ListExporter(ids).create("42", "Customers", both).requests
    assert first.body["records"] == emails([1], SHA256)[0]
    assert second.body["records"].split(",") == sorted(aaids([0, 2], SHA256))
    only_maids = ListRecords.empty().added(ListType.MAID, digests(aaids([0], SHA1)), 1)
    request = ListExporter(ids).create("42", "Customers", only_maids).requests[0]
    assert request.body["list_type"] == "MAID"
    assert aaid(0) not in str(request.body)


def test_all_requests_are_those_of_the_description_and_pass_its_schema(ids):
    mixed = added(records(range(4)), range(4, 8), MD5, batch=2)
    for request in sent(ListExporter(ids, records_per_request=3).create("42", "Customers", mixed)):
        method, path = operations()[request.operation_id]
        pattern = re.sub(r"\{\w+\}", r"[0-9]+", path)
        assert request.method == method
        assert re.fullmatch(pattern, request.path)
        assert schema_faults(request.operation_id, request.body) == []
        check_body(request.operation_id, request.body)


def test_a_removal_that_another_digest_undid_is_played_back_in_order(ids, universe):
    edited = added(records([1, 2]), [], batch=2)
    edited = edited.removed(ListType.EMAIL, digests(emails([1], MD5)), 2)
    edited = added(edited, [3], batch=3)
    assert people_after(ListExporter(ids).create("42", "x", edited)) == members(edited, universe) == {2, 3}


@given(
    edits=st.lists(
        st.tuples(st.booleans(), st.sampled_from([MD5, SHA256]), st.sets(st.integers(0, 6), min_size=1, max_size=4)),
        min_size=1,
        max_size=6,
    ),
    batch_size=st.integers(1, 4),
)
def test_whatever_the_edits_the_platform_has_the_people_who_are_on_the_list_here(universe, edits, batch_size):
    of = ListRecords.empty()
    for batch, (is_adding, kind, accounts) in enumerate(edits, start=1):
        edit = of.added if is_adding else of.removed
        of = edit(ListType.EMAIL, digests(emails(sorted(accounts), kind)), batch)
    if not of.n_held:
        return
    export = ListExporter(IDS, records_per_request=batch_size).create("42", "x", of)
    assert people_after(export) == members(of, universe)


# -- add, remove, replace ----------------------------------------------------------------------------------------------


def test_a_list_of_the_platform_is_added_to_and_removed_from_by_its_id_there():
    exporter = ListExporter(KNOWN)
    assert exporter.add("42", records([1])).requests[0].path.endswith("/customer_lists/885")
    assert exporter.add("42", records([1])).requests[0].body["operation_type"] == "ADD"
    assert exporter.remove("42", records([1])).requests[0].body["operation_type"] == "REMOVE"


def test_replace_removes_what_is_gone_then_adds_what_is_new():
    old, new = records(range(4)), records(range(2, 6))
    exporter = ListExporter(KNOWN)
    export = exporter.replace("42", old, new, is_only_changes=True)
    assert [request.body["operation_type"] for request in export.requests] == ["REMOVE", "ADD"]
    gone, come = (set(request.body["records"].split(",")) for request in export.requests)
    assert (gone, come) == (set(emails([0, 1], SHA256)), set(emails([4, 5], SHA256)))
    assert "P2" in {rule for finding in export.findings for rule in finding.rule.split(", ")}
    whole = exporter.replace("42", old, new)
    assert whole.requests[:2] == export.requests
    assert set(whole.requests[2].body["records"].split(",")) == set(emails([2, 3], SHA256))


def test_a_replace_that_removes_nobody_sends_nothing_again():
    export = ListExporter(KNOWN).replace("42", records([1]), records([1, 2]))
    assert [request.body["operation_type"] for request in export.requests] == ["ADD"]


@given(
    old=st.sets(st.tuples(st.integers(0, 6), st.sampled_from([MD5, SHA256])), min_size=1),
    new=st.sets(st.tuples(st.integers(0, 6), st.sampled_from([MD5, SHA256])), min_size=1),
)
def test_after_a_replace_exactly_the_new_people_are_on_the_list(old, new):
    def of(named):
        texts = [hash_email(f"person{account}@mail.example", kind).hex() for account, kind in sorted(named)]
        return ListRecords.empty().added(ListType.EMAIL, digests(texts), 1)

    export = ListExporter(KNOWN).replace("42", of(old), of(new))
    assert people_after(export, {account for account, _ in old}) == {account for account, _ in new}


def test_a_replace_by_a_list_with_removals_of_its_own_plays_them_back(universe):
    new = added(records([1, 2]).removed(ListType.EMAIL, digests(emails([1], MD5)), 2), [3], batch=3)
    export = ListExporter(KNOWN).replace("42", records([1, 5]), new)
    assert people_after(export, {1, 5}) == members(new, universe)


# -- refused -----------------------------------------------------------------------------------------------------------


def refusal_of(call) -> str:
    with pytest.raises(FieldError) as refusal:
        call()
    return str(refusal.value)


def test_a_list_of_nobody_is_refused():
    exporter = ListExporter(KNOWN)
    assert "records: expected at least one record" in refusal_of(lambda: exporter.create("1", "x", ListRecords.empty()))
    assert "(P2)" in refusal_of(lambda: exporter.add("42", ListRecords.empty()))
    assert "remove the audience instead" in refusal_of(
        lambda: exporter.replace("42", records([1]), ListRecords.empty())
    )


def test_a_list_that_the_platform_has_not_is_not_edited(ids):
    for edit in (ListExporter(ids).add, ListExporter(ids).remove):
        assert refusal_of(lambda edit=edit: edit("42", records([1]))).startswith("customer_lists: expected the id")


def test_sha1_addresses_need_the_profile_of_the_api():
    of = records([1], SHA1)
    assert "S23, Q13" in refusal_of(lambda: ListExporter(KNOWN).create("1", "x", of))
    export = ListExporter(KNOWN, ListProfile.API).create("1", "x", of)
    assert [(finding.kind, finding.rule) for finding in export.findings] == [("ASSUMED", "Q13")]


def test_batches_have_at_least_one_record():
    assert "records_per_request" in refusal_of(lambda: ListExporter(KNOWN, records_per_request=0))


# -- people who opted out ----------------------------------------------------------------------------------------------


def test_people_who_opted_out_are_left_out_by_digest_and_with_a_universe_by_account(ids, universe):
    of = records([1, 2]).added(ListType.EMAIL, digests(emails([3, 4], MD5)), 2)
    of = of.without_opted_out(ListType.EMAIL, digests(emails([1, 3], SHA256)))
    by_digest = of.shared_with_platform()
    assert people_after(ListExporter(ids).create("42", "x", by_digest)) == {2, 3, 4}
    assert [finding.rule for finding in ListExporter(ids).create("42", "x", by_digest).findings] == ["S20, Q17"]
    by_account = of.shared_with_platform(universe.directory)
    assert people_after(ListExporter(ids).create("42", "x", by_account)) == {2, 4}


def test_digests_that_can_be_compared_raise_no_question(ids):
    of = records([1, 2]).without_opted_out(ListType.EMAIL, digests(emails([1], SHA256))).shared_with_platform()
    assert ListExporter(ids).create("42", "x", of).findings == ()
