import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import IdentifierError
from workbench.identity import ErrorCode, normalize_email, normalize_maid, shape_of

BAD_DOMAINS = [
    *(".x", "x.", "x..y", ".", "-", "-x.example", "x-.example", "x.-y", "*", "x.example/", "x_y.example", "x.example'"),
    "x" * 400 + ".example",
]
AAID = "38400000-8cf0-11bd-b23e-10b96e40000d"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("jan@shop.example", "jan@shop.example"),
        ("  Jan@Shop.EXAMPLE \n", "jan@shop.example"),
        ("jan+news.letter@shop.example", "jan+news.letter@shop.example"),
        ("o'brien@shop.example", "o'brien@shop.example"),
        ("JOSÉ@shop.example", "josé@shop.example"),
        ("jan@localhost", "jan@localhost"),
        ("jan@my--own.shop-1.example", "jan@my--own.shop-1.example"),
        ("jan@GRÖSSE.example", "jan@grösse.example"),
        ("jan@हिन्दी.example", "jan@हिन्दी.example"),
        (f"{'j' * 242}@shop.example"[1:], f"{'j' * 241}@shop.example"),
    ],
)
def test_an_address_is_trimmed_and_lower_cased_and_nothing_else(text, canonical):
    assert normalize_email(text) == canonical


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", ErrorCode.MISSING_AT_SIGN),
        ("jan.shop.example", ErrorCode.MISSING_AT_SIGN),
        ("@shop.example", ErrorCode.MALFORMED_EMAIL),
        ("jan@", ErrorCode.MALFORMED_EMAIL),
        ("jan@jansen@shop.example", ErrorCode.MALFORMED_EMAIL),
        ("jan jansen@shop.example", ErrorCode.MALFORMED_EMAIL),
        ("<jan@shop.example>", ErrorCode.MALFORMED_EMAIL),
        ("mailto:jan@shop.example", ErrorCode.MALFORMED_EMAIL),
        *((f"jan@{domain}", ErrorCode.MALFORMED_EMAIL) for domain in BAD_DOMAINS),
        *((f"{local}@shop.example", ErrorCode.MALFORMED_EMAIL) for local in (".jan", "jan.", "jan..jansen", ".")),
        ("'jan@shop.example'", ErrorCode.MALFORMED_EMAIL),
        (f"{'j' * 242}@shop.example", ErrorCode.MALFORMED_EMAIL),
        (f"{'é' * 121}@shop.example", ErrorCode.MALFORMED_EMAIL),
        ("jan\u200b@shop.example", ErrorCode.MALFORMED_EMAIL),
        ("jan\0@shop.example", ErrorCode.MALFORMED_EMAIL),
        ("jan\ud800@shop.example", ErrorCode.MALFORMED_EMAIL),
    ],
)
def test_what_is_no_address_is_refused_with_its_code(text, code):
    with pytest.raises(IdentifierError) as refusal:
        normalize_email(text)
    assert refusal.value.error_code == code


ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}"
LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,20}[A-Za-z0-9])?"


@given(st.from_regex(rf"{ATOM}(\.{ATOM}){{0,3}}@{LABEL}(\.{LABEL}){{0,3}}", fullmatch=True))
def test_every_character_that_rfc_5322_allows_is_accepted_and_normalizing_twice_changes_nothing(email):
    canonical = normalize_email(email)
    assert normalize_email(canonical) == canonical == email.lower()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (AAID.upper(), ErrorCode.IDFA_SHAPED),
        (AAID[:-1] + "D", ErrorCode.MIXED_CASE_MAID),
        (AAID.replace("-", ""), ErrorCode.MALFORMED_MAID),
        (AAID + "0", ErrorCode.MALFORMED_MAID),
        (AAID.replace("8", "g"), ErrorCode.MALFORMED_MAID),
        (AAID.replace("8", "٨"), ErrorCode.MALFORMED_MAID),  # an Arabic digit is no hexadecimal one
        ("00000000-0000-0000-0000-000000000000", ErrorCode.OPTED_OUT_MAID),
    ],
)
def test_what_is_no_usable_advertising_id_is_refused_with_its_code(text, code):
    with pytest.raises(IdentifierError) as refusal:
        normalize_maid(text)
    assert refusal.value.error_code == code


def test_an_advertising_id_is_trimmed():
    assert normalize_maid(f" {AAID}\t") == AAID


def test_an_id_of_digits_only_has_no_case_to_be_wrong():
    assert normalize_maid("12345678-1234-1234-1234-123456789012")


def test_a_shape_keeps_case_and_separators():
    assert shape_of("Jan.jansen99@Shop.example") == "Aaa.aaaaaa99@Aaaa.aaaaaaa"
    assert shape_of("É\x1b[31m 字") == "A?[99a?a"
    assert shape_of("a" * 49) == "a" * 48 + "…"


@given(st.text())
def test_a_shape_holds_no_letter_or_digit_of_the_value(text):
    kept = set(shape_of(text)) - set("aA9?…")
    assert all(not character.isalnum() and "!" <= character <= "~" for character in kept)


@given(st.text(alphabet="xyz78@", min_size=1))
def test_a_refusal_never_repeats_the_value(text):
    canary = f"canary7{text}@@"
    with pytest.raises(IdentifierError) as refusal:
        normalize_email(canary)
    assert "canary" not in repr(refusal.value)
    assert refusal.value.__context__ is None
