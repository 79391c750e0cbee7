from workbench.widgets.picks import Option, PickMany, PickOne

DAYS = [Option("mon", "Monday"), Option("tue", "Tuesday"), Option("wed", "Wednesday")]


def test_the_first_is_picked_to_begin_with():
    assert PickOne("Day", DAYS).value == "mon"
    assert PickOne("Day", []).value == ""
    assert PickOne("Day", DAYS, value="wed").value == "wed"


def test_the_browser_picks():
    one, many = PickOne("Day", DAYS), PickMany("Days", DAYS)
    one.set_state({"value": "tue"})
    many.set_state({"value": ["wed", "mon"]})
    assert one.value == "tue"
    assert many.value == ("wed", "mon")


def test_what_is_offered_no_longer_is_picked_no_longer():
    one, many = PickOne("Day", DAYS, value="wed"), PickMany("Days", DAYS, value=("wed", "mon"))
    one.offer(DAYS[:2])
    many.offer(DAYS[:2])
    assert one.value == "mon"
    assert many.value == ("mon",)
    one.offer([])
    assert one.value == ""


def test_what_is_still_offered_stays_picked():
    many = PickMany("Days", DAYS[:2], value=("tue",))
    many.offer(DAYS)
    assert many.value == ("tue",)
    assert len(many.options) == 3
