"""The workbench's widgets as a person meets them: mouse, keyboard, light, dark and phone, on one page."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.accessibility import serious_findings
from tests.browser.conftest import serving, watched_pages
from tests.browser.widget_pages import WORKBENCH, write_page
from workbench.universe import synthesize_email

pytestmark = pytest.mark.browser

WIDGETS = ("customer-list", "audience-builder", "catalog", "inspector", "overlap", "targeting")


@pytest.fixture(scope="module")
def page_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workbench")
    write_page(folder / "workbench.ipynb", WORKBENCH)
    return folder


@pytest.fixture(scope="module")
def workbench(browser: Browser, server_environment: dict[str, str], page_folder: Path) -> Iterator[Page]:
    with (
        serving(page_folder, "--VoilaConfiguration.preheat_kernel=False", env=server_environment) as address,
        watched_pages(browser) as open_address,
    ):
        page = open_address(f"{address}/voila/render/workbench.ipynb")
        expect(page.locator(f".wb-{WIDGETS[-1]}")).to_be_visible()
        yield page


@pytest.fixture
def builder(workbench: Page) -> Locator:
    return workbench.locator(".wb-audience-builder")


@pytest.fixture
def composer(workbench: Page) -> Locator:
    return workbench.locator(".wb-targeting")


def answer(widget: Locator) -> Locator:
    return widget.locator(".wb-answer strong")


def test_a_list_is_uploaded_in_pieces_looked_at_and_kept_as_digests(workbench, page_folder, sample_universe):
    customers = workbench.locator(".wb-customer-list")
    emails = synthesize_email(range(20_000), sample_universe.provenance["identity_rng_seed"])
    (page_folder / "no list.csv").write_text("email\n" + "\n".join(emails), "utf-8")
    long_list = ("\n".join(emails) + "\nnobody\n") * 6  # some pieces of a megabyte
    upload = customers.get_by_label("Upload a list")
    upload.set_input_files(page_folder / "no list.csv")
    expect(customers.get_by_text("got a header or title")).to_be_visible()
    upload.set_input_files({"name": "customers.csv", "mimeType": "text/csv", "buffer": long_list.encode()})
    expect(customers.locator(".wb-figures")).to_contain_text("120,006")
    expect(customers.get_by_text("Missing at sign").first).to_be_visible()
    expect(customers.locator(".wb-pill")).to_have_count(0)
    customers.get_by_label("I have read").check()
    expect(customers.locator(".wb-pill")).to_have_text("Ready")
    customers.get_by_label("Keep this list as").fill("Customers")
    customers.get_by_role("button", name="Keep as digests").click()
    expect(customers.get_by_text("Kept “Customers”")).to_be_visible()
    written = b"".join(path.read_bytes() for path in (page_folder / "lists").rglob("*") if path.is_file())
    assert not any(email.encode() in written for email in emails[:200])


def test_an_audience_is_counted_while_it_is_defined_and_created_with_the_keyboard_alone(workbench, builder, composer):
    builder.get_by_role("radio", name=re.compile("^Customer list")).focus()
    workbench.keyboard.press("ArrowRight")  # to site visitors
    expect(builder.get_by_role("radio", name=re.compile("^Site visitors"))).to_be_checked()
    expect(answer(builder)).to_have_text(re.compile(r"^[\d,]+ people$"))
    everybody = answer(builder).inner_text()
    builder.get_by_role("checkbox", name="Searched").focus()
    workbench.keyboard.press("Space")
    expect(answer(builder)).not_to_have_text(everybody)
    expect(builder.locator(".wb-rule")).to_have_text("Everyone: searched in the last 180 days.")
    builder.get_by_label("Name").fill("Searchers")
    workbench.keyboard.press("Tab")
    workbench.keyboard.press("Enter")
    expect(builder.get_by_text("Created “Searchers”")).to_be_visible()
    expect(composer.get_by_role("group", name="Include").get_by_role("checkbox", name="Searchers")).to_be_visible()


def test_reach_follows_the_targeting_and_warnings_stand_beside_it(composer):
    before = answer(composer).inner_text()
    include = composer.get_by_role("group", name="Include")
    include.get_by_role("checkbox", name="Nobody").check()
    expect(composer.get_by_text("nobody is reached through it")).to_be_visible()
    composer.get_by_role("checkbox", name="Female").check()
    expect(answer(composer)).not_to_have_text(before)
    composer.get_by_label("What the ad is for").select_option(label="Housing")
    expect(composer.get_by_text("may not target by gender")).to_be_visible()
    include.get_by_role("button", name="Remove Nobody").click()
    expect(composer.get_by_text("nobody is reached through it")).to_have_count(0)
    expect(
        composer.get_by_role("group", name="Exclude").get_by_role("checkbox", name=re.compile("^Visitors "))
    ).to_be_disabled()


def test_a_targeting_is_kept_and_taken_out_again(composer):
    composer.get_by_label("Save this one as").fill("Women")
    composer.get_by_role("button", name="Save").click()
    expect(composer.get_by_text("Saved “Women”.")).to_be_visible()
    composer.get_by_role("checkbox", name="Female").uncheck()
    composer.get_by_label("Use a saved targeting").select_option(label="Women")
    expect(composer.get_by_role("checkbox", name="Female")).to_be_checked()


def test_the_catalogue_is_walked_with_the_keyboard_and_a_deletion_is_asked_about_and_undone(workbench):
    catalog = workbench.locator(".wb-catalog")
    table = catalog.get_by_role("region", name="Catalogue")
    catalog.get_by_label("Filter: Catalogue").fill("site carts")
    expect(table.locator("tbody tr")).to_have_count(1)
    catalog.get_by_label("Filter: Catalogue").fill("")
    table.get_by_role("button", name="Visitors", exact=True).focus()
    workbench.keyboard.press("ArrowDown")
    workbench.keyboard.press("Enter")
    expect(table.get_by_role("button", name="Carts")).to_have_attribute("aria-pressed", "true")
    expect(catalog.locator(".wb-name")).to_have_text("Carts")
    n_rows = table.locator("tbody tr").count()
    catalog.get_by_role("button", name="Delete…").click()
    expect(catalog.get_by_text("Nothing uses it.").first).to_be_visible()
    catalog.get_by_role("button", name="Delete audience").click()
    expect(table.locator("tbody tr")).to_have_count(n_rows - 1)
    catalog.get_by_role("button", name="Restore").click()
    expect(table.locator("tbody tr")).to_have_count(n_rows)
    catalog.get_by_role("radio", name="History").check()
    expect(catalog.get_by_role("region", name="History")).to_contain_text("Deleted")


def test_a_cell_of_the_overlap_becomes_an_audience_with_the_keyboard_and_a_bar_with_the_mouse(workbench, composer):
    overlap = workbench.locator(".wb-overlap")
    overlap.locator(".wb-share-grid button").first.focus()
    workbench.keyboard.press("ArrowRight")
    workbench.keyboard.press("Enter")
    expect(overlap.locator(".wb-share-grid button[aria-pressed=true]")).to_have_attribute(
        "aria-label", re.compile("of “Visitors” are also in “Carts”")
    )
    overlap.get_by_role("button", name="Create “Visitors without Carts”").click()
    expect(overlap.get_by_text("Created “Visitors without Carts”")).to_be_visible()
    expect(composer.get_by_role("group", name="Include").get_by_text("Visitors without Carts")).to_be_visible()
    overlap.get_by_role("radio", name="All combinations").check()
    overlap.locator("svg path[aria-roledescription=bar]").first.click()
    expect(overlap.locator(".wb-name")).to_contain_text("People in")
    expect(overlap.locator("tr.wb-chosen")).to_have_count(1)


def test_an_audience_is_looked_into_part_by_part(workbench):
    inspector = workbench.locator(".wb-inspector")
    expect(inspector.locator(".wb-chart svg").first).to_be_visible()
    expect(inspector.get_by_role("region", name="The same in figures")).to_contain_text("Female")
    for part, heading in (("What they like", "Interests"), ("How long they stay", "If nobody comes back")):
        inspector.get_by_role("radio", name=part).check()
        expect(inspector.get_by_role("heading", name=heading)).to_be_visible()
    inspector.get_by_role("radio", name="Where they come from").check()
    expect(inspector.get_by_role("region", name=re.compile("^What tag"))).to_contain_text("fires")
    inspector.get_by_label("Audience", exact=True).select_option(label="Nobody")
    inspector.get_by_role("radio", name="Who they are").check()
    expect(inspector.get_by_text("nothing of them is shown")).to_be_visible()
    inspector.get_by_label("Audience", exact=True).select_option(label="Visitors")


def test_nobody_is_kept_out_of_any_widget(workbench):
    assert serious_findings(workbench) == []


@pytest.mark.parametrize(
    ("look", "width", "scheme"), [("light", 1400, "light"), ("dark", 1400, "dark"), ("phone", 560, "light")]
)
def test_every_look_fits_its_width(workbench, artefacts, look, width, scheme):
    workbench.set_viewport_size({"width": width, "height": 900})
    workbench.emulate_media(color_scheme=scheme)
    ground = {"light": "rgb(255, 255, 255)", "dark": "rgb(24, 28, 37)"}[scheme]
    expect(workbench.locator(".wb-card").first).to_have_css("background-color", ground)
    bar = {"light": "rgb(53, 72, 200)", "dark": "rgb(148, 166, 255)"}[scheme]  # the accent
    expect(workbench.locator(f".wb-overlap svg path[fill='{bar}']").first).to_be_visible()
    for name in WIDGETS:
        workbench.locator(f".wb-{name}").screenshot(path=artefacts / f"{name}-{look}.png")
    assert workbench.evaluate("document.documentElement.scrollWidth") <= width
