"""Contents of lists, right and wrong, that tests of the reader draw from."""

import hashlib

from hypothesis import strategies as st

AAID = b"38400000-8cf0-11bd-b23e-10b96e40000d"
OPTED_OUT = b"00000000-0000-0000-0000-000000000000"


def hexadecimal(name, text):
    """Return the digest of a text, in hexadecimal."""
    return hashlib.new(name, text, usedforsecurity=False).hexdigest().encode()


FUNCTIONS = ("md5", "sha1", "sha256")
DIGESTS = [hexadecimal(name, text) for name in FUNCTIONS for text in (b"jan@shop.example", b"", OPTED_OUT)]

VALUES = [
    *(b"jan@shop.example", b"JAN@shop.example", b"j.a-n+x_y@shop-1.example", b"a@b", b"jan", b"@", b"email", b"9"),
    *(
        b"jan@@shop.example",
        b"jan@shop..example",
        b"jan@shop.-.example",
        b"jan@-shop",
        b".jan@shop",
        b"jan.@shop",
        b"jan@shop-",
    ),
    *(b"jan!#$%&'*/=?^`{|}~@shop.example", b"jan@shop_1.example", b"j--a--n@s--1.example", b"Jan <jan@shop.example>"),
    *(b"x" * 50 + b"@shop.example", b"x" * 240 + b"@shop.example", b"x" * 241 + b"@shop.example", b"x" * 1_100),
    *(b"x" * 63, b"x" * 64, b"x" * 47, b"x" * 48, b"x" * 49, b"a" * 52 + b"@b.example", b"a" * 54 + b"@b.example"),
    *(AAID, AAID.upper(), AAID[:-1] + b"D", AAID[:-1], OPTED_OUT, AAID.replace(b"-", b""), b"0" + AAID[1:-1] + b"0"),
    *DIGESTS,
    *(digest.upper() for digest in DIGESTS),
    *(b"0" * 32, b"0" * 40, b"0" * 64, b"a" * 63, b"a" * 65, b"a" * 128, b"a" * 20, b"a" * 19, b"a" * 62 + b"@b"),
    *(b"a" * 63 + b"g", b"G" * 32, b"a" * 39 + b"`", b"/" * 32, b":" * 64),
    *("josé@shop.example".encode(), "JOSÉ@SHOP.EXAMPLE".encode(), "jan\u00a0".encode(), "\u212a@shop.example".encode()),
]
BEFORE = [b"", b"", b"", b"", b'"', b" ", b"\t", b'" ']
BEHIND = [
    b"",
    b"",
    b"",
    b"",
    b'"',
    b" ",
    b"   ",
    b'" ',
    b' "',
    b' "  ',
    b" " * 70,
    b" " * 1_000,
    b"\t",
    b",",
    b";",
    b"\r",
]
ENDS = [b"\n", b"\n", b"\n", b"\r\n", b"", b"\r", b"\r\r\n"]

ROWS = st.tuples(st.sampled_from(BEFORE), st.sampled_from(VALUES), st.sampled_from(BEHIND), st.sampled_from(ENDS)).map(
    b"".join
)
# Rows that no structural rule objects to, so that the reading goes on to the end.
SOUND_ROWS = st.tuples(
    st.sampled_from([value for value in VALUES if len(value) < 1_000]),
    st.sampled_from([b"", b"", b" ", b"   ", b" " * 70]),
    st.booleans(),
    st.sampled_from([b"\n", b"\n", b"\r\n"]),
).map(lambda row: (b'"' + row[0] + b'"' if row[2] else row[0]) + row[1] + row[3])

PIECES = st.sampled_from([*VALUES, *BEFORE, *BEHIND, *ENDS, b"\xef\xbb\xbf", b"\xff", b"\0", b"\x7f", b"\x1c", b'""'])

CONTENTS = st.one_of(
    st.binary(max_size=300),
    st.lists(PIECES, max_size=30).map(b"".join),
    st.lists(ROWS, max_size=30).map(b"".join),
    st.lists(SOUND_ROWS, max_size=60).map(b"".join),
    st.lists(st.one_of(SOUND_ROWS, SOUND_ROWS, SOUND_ROWS, ROWS), max_size=60).map(b"".join),
)
