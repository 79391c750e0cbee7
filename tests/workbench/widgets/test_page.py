from workbench.widgets.page import Page, page, vega_bundle


def test_page_is_made_once_and_brings_style_and_charts():
    assert page() is page()
    assert isinstance(page(), Page)
    assert "--wb-accent" in page()._css
    assert ".wb-card" in page()._css
    assert "workbenchVegaEmbed" in page().vega_bundle


def test_bundle_is_kept_on_disk_and_read_from_there(tmp_path):
    script = vega_bundle(tmp_path / "new")
    (kept,) = (tmp_path / "new").iterdir()
    assert kept.read_text("utf-8") == script
    kept.write_text("// kept", "utf-8")
    assert vega_bundle(tmp_path / "new") == "// kept"


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    assert "workbenchVegaEmbed" in vega_bundle(tmp_path / "file" / "below")


def test_nothing_that_a_page_loads_names_an_address():
    for text in (page()._css, page()._esm):
        assert "//" not in str(text).replace("// ", "").replace("http://www.w3.org", "")
