"""``python -m workbench tags``: what each tag of a universe reports, and what it never did."""

from pathlib import Path

import click

from workbench.console import NamedPath, json_option, print_json, print_notes, print_table


@click.command("tags")
@click.argument("universe_path", metavar="UNIVERSE", type=NamedPath("the folder of a universe"))
@json_option
def tags_command(universe_path: Path, as_json: bool) -> None:
    """Show when each event of each tag last fired, and the pages without base code."""
    from workbench.audiences.tag_diagnostics import pages_without_base_code, shown_tag_events, tag_event_diagnostics
    from workbench.universe import open_universe

    universe = open_universe(universe_path)
    events = shown_tag_events(tag_event_diagnostics(universe), as_of=universe.as_of)
    has_pages = universe.has_table("site_pages")
    pages = pages_without_base_code(universe).to_dict("records") if has_pages else None
    if as_json:
        names = {title: title.lower().replace(" ", "_") for title in events.columns}
        print_json({"events": events.rename(columns=names).to_dict("records"), "pages_without_base_code": pages})
        return
    print_table(events, title="What each tag reported")
    if pages is None:
        print_notes(["Which pages a site has is not known; add the table site_pages to see those without base code."])
        return
    print_notes(f"No base code on {page['url']} (tag {page['tag_id']})." for page in pages)
