"""Definitions in plain words, and pages as words in a field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.audiences import ActalikeDefinition, EngagementDefinition, VisitorDefinition
from workbench.audiences.condition import TextCondition
from workbench.universe import SHOP_AD_ACCOUNT_ID
from workbench.widgets import AudienceShelf
from workbench.widgets.definition_sentence import definition_sentence
from workbench.widgets.engagement_form import EngagementForm
from workbench.widgets.page_words import page_words, pages_of
from workbench.widgets.visitor_form import VisitorForm

VISITORS = [
    ({}, "did anything on the site in the last 180 days"),
    ({"events": ("checkout", "lead"), "retention_days": 1}, "checked out or became a lead in the last 1 day"),
    (
        {"urls": ({"contains": "/cart", "not_contains": ["a", "b"]},), "prefill": False},
        "saw a page that contains /cart and does not contain a or b in the last 180 days, from now on",
    ),
    (
        {"events": ("checkout",), "event_data": {"value": {">=": 50}, "line_items": {"product_brand": "Fernwell"}}},
        "checked out with value is at least 50 and product brand is Fernwell in the last 180 days",
    ),
    ({"event_source": ("web",), "ingestion_source": ("tag",)}, "on the web, seen by the tag) in the last"),
]


@pytest.mark.parametrize(("fields", "words"), VISITORS)
def test_a_visitor_definition_in_words(fields, words):
    assert words in definition_sentence(VisitorDefinition(visitor_source_id="1", **fields))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "engaged in any way with any pin of ad account 701 in the last 180 days"),
        (
            {"engager_type": 2, "pin_ids": "1, 2"},
            "engaged with high intent (saves, outbound clicks and the like) with pin",
        ),
        ({"pin_ids": "1", "ad_ids": "2", "campaign_ids": "3"}, "with pin 1 or ad 2 or campaign 3 in the last"),
        ({"objective_types": ("WEB_CONVERSION",)}, "with ads of campaigns for web conversion in the last"),
        (
            {"engagement_domains": "a.example", "prefill": False},
            "with pins and ads of a.example in the last 180 days, from",
        ),
    ],
)
def test_an_engagement_definition_in_words(fields, words):
    assert words in definition_sentence(EngagementDefinition(ad_account_id="701", **fields))


def test_an_actalike_in_words():
    definition = ActalikeDefinition(seed_audience_ids=("1", "2"), country="GB", percentage=3)
    words = definition_sentence(definition, audience_names={"1": "Buyers"})
    assert words == "the 3 % of GB most like “Buyers” or audience 2"


@given(st.text("ab*! /", max_size=12))
def test_words_in_the_field_are_the_pages_they_say(text):
    urls = pages_of(text)
    assert page_words(urls) == " ".join(text.split())


def test_pages_that_take_more_than_a_word_have_none():
    assert page_words((TextCondition(contains=("a", "b")),)) is None
    assert page_words((TextCondition(contains=("a",), not_contains=("b",)),)) is None
    assert page_words(("https://shop.example/a b",)) is None


@pytest.mark.parametrize("fields", [fields for fields, _ in VISITORS])
def test_the_form_gives_back_what_it_was_filled_with(sample_universe, fields):
    definition = VisitorDefinition(visitor_source_id="800000000001", **fields)
    form = VisitorForm(AudienceShelf(sample_universe))
    form.fill(definition)
    assert form.definition() == definition
    form._events.value = ("signup",)
    assert form.definition() == VisitorDefinition(
        visitor_source_id="800000000001",
        events=("signup",),
        urls=pages_of(form._urls.value),
        retention_days=definition.retention_days,
        prefill=definition.prefill,
    )


SHOP_SOURCES = [
    {},
    {"pin_ids": "900000000001, 900000000002", "ad_ids": "650000000001"},
    {"campaign_ids": "600000000001", "engager_type": 2, "retention_days": 30, "prefill": False},
    {"objective_types": ("WEB_CONVERSION", "AWARENESS")},
    {"engagement_domains": "hearth-and-garden.example"},
]


@pytest.mark.parametrize("fields", SHOP_SOURCES)
def test_the_form_of_engagement_gives_back_what_it_was_filled_with(sample_universe, fields):
    definition = EngagementDefinition(ad_account_id=SHOP_AD_ACCOUNT_ID, **fields)
    form = EngagementForm(sample_universe)
    form.fill(EngagementDefinition(ad_account_id="700000000002", engagement_domains="copper-kettle.example"))
    form.fill(definition)
    assert form.definition() == definition


def test_the_form_of_engagement_shows_the_fields_of_the_chosen_source_only(sample_universe):
    form = EngagementForm(sample_universe)
    fields_of_sources = [*form._ids.values(), form._objective, form._domain]
    assert {field.layout.display for field in fields_of_sources} == {"none"}
    form._source.value = "ids"
    assert [field.layout.display for field in form._ids.values()] == [None] * 3
    assert form._domain.layout.display == "none"
    form._account.value = "700000000006"
    assert [value for _, value in form._domain.options] == ["tidy-paws.example"]
    assert [value for _, value in form._objective.options] == ["WEB_CONVERSION"]
