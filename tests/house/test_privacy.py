"""Nothing in the project names a person, a machine or a place on one."""

import re

import pytest

from tests.house.project_files import project_texts

# Whatever stands in these is synthetic by construction; the generator only knows reserved domains.
SAMPLES = "data/samples"
RESERVED = (".example", "example.com", "example.org", "example.net", ".invalid", ".test")

EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
# The shape of a value is all that an error shows: letters are a or A, digits are 9.
SHAPE = re.compile(r"[aA9._%+-]+@[aA9.-]+")
MACHINE_PATH = re.compile(r"(?<![\w.>~])/(?:home|Users|root|tmp|work|mnt|opt|var)/[\w.-]+")


def real_looking_emails(text: str) -> list[str]:
    """Return the e-mail addresses that are neither of a reserved domain nor the mere shape of one."""
    addresses = [address for address in EMAIL.findall(text) if not SHAPE.fullmatch(address)]
    return [address for address in addresses if not address.lower().endswith(RESERVED)]


def test_no_file_holds_an_email_address_outside_the_reserved_domains():
    found = {str(path): emails for path, text in project_texts() if (emails := real_looking_emails(text))}
    assert found == {}


def test_plaintext_samples_live_in_the_samples_folder_only():
    lists = {
        str(path)
        for path, text in project_texts(".csv", ".tsv", ".txt")
        if EMAIL.search(text) and not path.is_relative_to(SAMPLES)
    }
    assert lists == set()


def test_no_file_names_a_place_on_somebodys_machine():
    found = {str(path): places for path, text in project_texts() if (places := MACHINE_PATH.findall(text))}
    assert found == {}


@pytest.mark.parametrize("planted", ["anna" + "@mail" + ".de", "write to a.b+c@" + "shop.co.uk, please"])
def test_a_real_looking_address_is_found(planted):
    assert len(real_looking_emails(planted)) == 1


@pytest.mark.parametrize("planted", ["anna@mail.example", "A@B.EXAMPLE", "aaaa99@aaa.aa", "@pytest.fixture", "numpy@2"])
def test_reserved_addresses_shapes_and_decorators_are_not_mistaken(planted):
    assert real_looking_emails(planted) == []


@pytest.mark.parametrize("planted", ["/home" + "/anna/list.csv", 'open("/tmp' + '/x")', "/Users" + "/anna"])
def test_a_machine_path_is_found(planted):
    assert MACHINE_PATH.search(planted)


@pytest.mark.parametrize("planted", ["tests/var/x", "~/opt/x", "https://shop.example/home/x", "/cart/checkout"])
def test_addresses_and_relative_paths_are_not_mistaken(planted):
    assert not MACHINE_PATH.search(planted)
