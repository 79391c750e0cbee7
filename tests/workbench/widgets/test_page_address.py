from workbench.widgets.page_address import MAX_QUERY, PageAddress


def test_an_address_says_when_it_is_known():
    address = PageAddress()
    assert (address.query, address.is_known) == ("", False)
    address.set_state({"query": "lever=a%3D1", "is_known": True})
    assert (address.query, address.is_known) == ("lever=a%3D1", True)


def test_an_address_that_is_too_long_is_none():
    address = PageAddress()
    address.query = "x" * MAX_QUERY
    assert address.query
    address.query = "x" * (MAX_QUERY + 1)
    assert address.query == ""
