"""Invented e-mail addresses and Android advertising ids, each a pure function of an account's index and a seed.

Nothing is drawn from a stream and nothing is remembered: the index itself is scrambled by a keyed bijection, and the
scrambled bits spell a name, a style and a number, as the digits of a telephone number spell a town and a line. Two
accounts therefore cannot share an address, whatever order, batch or machine they are made in, and a sample list and a
universe that were never in the same room still agree on who account 17 is.

Every domain ends in ``.example``, which RFC 2606 reserves: no address here can belong to anybody.
"""

from functools import cache
from typing import Any, Final, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

IntArray = npt.NDArray[np.integer[Any]]
Words = npt.NDArray[np.uint64]
Texts = npt.NDArray[np.object_]

N_ACCOUNTS_MAX: Final = 2**31
"""Account indices are int32, so there are at most this many accounts."""

# Names without accents, as people type them into addresses. No two pairs of a first and a last name, in any two styles,
# spell the same text: a test goes through them all, because the uniqueness of addresses rests on it.
_FIRST_NAMES: Final = (
    """james mary robert linda john susan michael karen david nancy william lisa richard betty joseph sandra charles
    ashley chris kim daniel emily matthew donna anthony michelle mark carol steven amanda andrew melissa joshua deborah
    kevin stephanie brian rebecca jason laura jeffrey sharon ryan cynthia jacob kathleen eric amy jonathan angela""",
    """oliver amelia george isla harry ava noah freya jack poppy leo evie oscar florence charlie daisy freddie rosie
    alfie phoebe archie millie theo imogen toby harriet rory beatrice ewan fiona callum eilidh rhys carys gareth
    megan nigel gemma stuart hazel""",
    """lukas anna felix lena jonas lea maximilian hannah moritz sophie niklas katharina tobias julia stefan sabine
    jens heike uwe petra dieter ingrid wolfgang ursula karsten birgit holger anke torsten silke matthias claudia
    bernd monika rainer renate jan greta fabian johanna""",
    """lucas camille hugo manon theo-paul chloe nathan oceane mathis clara maxime pauline antoine juliette julien elise
    nicolas margaux olivier aurelie thierry sylvie pascal valerie didier brigitte yves odile benoit mathilde
    guillaume helene cedric nathalie fabrice veronique remi solene quentin ines""",
    """daan emma-lotte sem tess bram fleur luuk sanne thijs lotte joris femke sander anouk maarten marieke jeroen wendy
    pieter ingeborg gijs roos koen lieke niels noor ruben saskia wouter esther hendrik willemijn arjen mirjam
    dirk annelies bas floor teun jolanda""",
    """santiago sofia mateo valentina diego camila carlos lucia javier carmen alejandro paula miguel elena jose ana
    pablo isabel sergio marta fernando rosa rafael pilar andres ximena jorge daniela luis gabriela manuel adriana
    ricardo veronica hector noelia alvaro beatriz ivan silvia""",
    """miguel-angelo helena arthur alice gael laura-lis heitor maria-clara davi manuela bernardo luiza gabriel isadora
    pedro larissa thiago fernanda joao bruna leonardo renata gustavo tatiane rodrigo simone marcelo vanessa fabio
    patricia eduardo juliana vinicius aline caio debora otavio priscila murilo raquel""",
    """lars astrid erik ingrid-marie nils sigrid magnus freja anders maja henrik elsa bjorn karin mikael birgitta oskar
    linnea emil saga aarne aino eero venla jukka tuuli giulia luca chiara matteo francesca marco alessia davide
    martina paolo elisa stefano ilaria simone-luca""",
)
_LAST_NAMES: Final = (
    """smith johnson williams brown jones garcia miller davis wilson anderson taylor moore jackson martin lee thompson
    white harris clark lewis robinson walker young allen king wright scott hill green adams nelson baker hall rivera
    campbell mitchell carter roberts phillips evans turner parker collins edwards stewart morris murphy cook rogers
    peterson""",
    """hughes bennett wood watson brooks kelly price barnes ross henderson coleman jenkins perry powell long patterson
    hughes-cole flores-hart washington butler simmons foster bryant alexander russell griffin hayes myers ford
    hamilton graham sullivan wallace woods cole west owens reynolds fisher ellis""",
    """mueller schmidt schneider fischer weber meyer wagner becker schulz hoffmann koch bauer richter klein wolf
    schroeder neumann schwarz zimmermann braun krueger hofmann hartmann lange schmitt werner krause lehmann
    schmid schulze maier koehler herrmann walter-beck kaiser fuchs peters lang scholz moeller""",
    """bernard dubois thomas-roy petit durand leroy moreau simon laurent lefebvre michel garnier david-blanc bertrand
    roux vincent fournier morel girard andre lefevre mercier dupont lambert bonnet francois martinez legrand
    faure rousseau blanc guerin muller henry roussel nicolas-gay perrin morin mathieu clement""",
    """dejong jansen devries vandenberg vandijk bakker janssen visser smit meijer deboer mulder degroot bos vos
    peters-kok hendriks vanleeuwen dekker brouwer dewit dijkstra smits degraaf vandermeer kok jacobs dehaan
    vermeulen vandenheuvel vanderveen vandenbroek schouten vanbeek willems vanvliet hoekstra maas verhoeven
    koster""",
    """gonzalez rodriguez gomez fernandez lopez diaz martinez-sol perez sanchez romero sosa torres alvarez ruiz
    ramirez flores benitez arias medina herrera suarez aguirre gimenez gutierrez pereyra rojas molina castro
    ortiz silva nunez luna juarez cabrera rios morales godoy moreno ferreyra dominguez""",
    """silva-reis santos oliveira souza lima pereira ferreira costa rodrigues almeida nascimento alves carvalho araujo
    ribeiro barbosa barros freitas cardoso rocha dias moreira nunes mendes vieira teixeira ramos cavalcanti
    monteiro moura correia campos batista duarte borges pinto castro-melo azevedo fonseca pires""",
    """hansen johansen olsen larsen andersen pedersen nilsen kristiansen jensen karlsen johansson nilsson lindberg
    svensson gustafsson lindqvist korhonen virtanen makinen nieminen rossi russo ferrari esposito bianchi romano
    colombo ricci marino greco bruno gallo conti deluca mancini costa-neri giordano rizzo lombardi moretti""",
)
_ORIGIN_BITS, _NAME_BITS, _STYLE_BITS = 4, 6, 3
_BLOCK_BITS = _ORIGIN_BITS + 2 * _NAME_BITS + _STYLE_BITS
# Commoner origins hold more of the slots.
_ORIGIN_OF_SLOT: Final = np.array([0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 7])
# (last name first?, separator, middle initial?), one per slot
_STYLES: Final = (
    (False, ".", False),
    (False, "", False),
    (False, "_", False),
    (False, "-", False),
    (True, ".", False),
    (True, "", False),
    (False, ".", True),
    (False, "_", True),
)

_PERSONAL_DOMAINS: Final = {
    "mailbox.example": 46, "postbox.example": 19, "webmail.example": 13, "inbox.example": 9, "letters.example": 5,
    "homepost.example": 4, "brief.example": 2, "correo.example": 1, "courrier.example": 1,
}  # fmt: skip
_WORK_DOMAINS: Final = {
    "northfield-college.example": 20, "harbour-logistics.example": 18, "bluebell-clinic.example": 16,
    "city-library.example": 14, "oakwood-joinery.example": 12, "lumen-software.example": 12, "delta-farms.example": 8,
}  # fmt: skip


@overload
def synthesize_email(account: int, rng_seed: int, *, is_work_address: bool = ...) -> str: ...
@overload
def synthesize_email(account: IntArray, rng_seed: int, *, is_work_address: bool = ...) -> Texts: ...
def synthesize_email(account: int | IntArray, rng_seed: int, *, is_work_address: bool = False) -> str | Texts:
    """Invent the e-mail address of one or many accounts.

    Parameters
    ----------
    account : int or integer array, shape (n,)
        Account indices, 0 ≤ account < 2**31.
    rng_seed : int
        Seed of the identities; another seed gives everybody another address.
    is_work_address : bool
        Give the second, work address instead of the personal one; the two kinds never share a domain.

    Returns
    -------
    str, or object array of str, shape (n,)
        Lower-case address under a reserved ``.example`` domain; distinct for distinct accounts.

    Raises
    ------
    ValueError
        If an index is outside the range.
    """
    accounts = _checked_accounts(account)
    key = _stream_key(rng_seed, 2 if is_work_address else 1)
    domain = _pick_domain(_scramble(accounts + key), _WORK_DOMAINS if is_work_address else _PERSONAL_DOMAINS)
    addresses = pc.binary_join_element_wise(_spell_local_parts(accounts, key), domain, "@").to_numpy(False)
    return str(addresses[0]) if np.ndim(account) == 0 else addresses


@overload
def synthesize_aaid(account: int, rng_seed: int) -> str: ...
@overload
def synthesize_aaid(account: IntArray, rng_seed: int) -> Texts: ...
def synthesize_aaid(account: int | IntArray, rng_seed: int) -> str | Texts:
    """Invent the Android advertising id of one or many accounts.

    Parameters
    ----------
    account : int or integer array, shape (n,)
        Account indices, 0 ≤ account < 2**31.
    rng_seed : int
        Seed of the identities.

    Returns
    -------
    str, or object array of str, shape (n,)
        Lower-case UUID of version 4 (RFC 9562), written 8-4-4-4-12; distinct for distinct accounts.

    Raises
    ------
    ValueError
        If an index is outside the range.
    """
    accounts = _checked_accounts(account)
    # All 64 bits of a bijection of the index are in the UUID, 60 left and 4 right of the fixed ones: hence distinct.
    unique = _scramble(accounts + _stream_key(rng_seed, 3))
    filler = _scramble(accounts + _stream_key(rng_seed, 4))
    high = (
        ((unique >> np.uint64(16)) << np.uint64(16)) | np.uint64(0x4000) | ((unique >> np.uint64(4)) & np.uint64(0xFFF))
    )
    low = np.uint64(2 << 62) | ((unique & np.uint64(0xF)) << np.uint64(58)) | (filler >> np.uint64(6))
    aaids = _write_uuids(high, low)
    return str(aaids[0]) if np.ndim(account) == 0 else aaids


def _checked_accounts(account: int | IntArray) -> Words:
    accounts = np.atleast_1d(np.asarray(account))
    if accounts.dtype.kind not in "iu":
        raise ValueError(f"expected whole account indices, got {accounts.dtype}; pass an int or an integer array")
    if accounts.size and (accounts.min() < 0 or accounts.max() >= N_ACCOUNTS_MAX):
        raise ValueError(f"expected account indices from 0 to {N_ACCOUNTS_MAX - 1:,}, got one outside; check the array")
    return accounts.astype(np.uint64)


def _scramble(words: Words) -> Words:
    """Mix 64-bit words by the finalizer of SplitMix64 (Steele, Lea and Flood, 2014), which is a bijection."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def _stream_key(rng_seed: int, stream: int) -> np.uint64:
    mixed = _scramble(np.array([rng_seed & (2**64 - 1)], dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15))
    return np.uint64(_scramble(mixed + np.uint64(stream))[0])


def _shuffle_in_block(slots: Words, keys: Words) -> Words:
    """Permute the ``2**_BLOCK_BITS`` slots of a block: every step is a bijection modulo that power of two."""
    mask, half = np.uint64(2**_BLOCK_BITS - 1), np.uint64(_BLOCK_BITS // 2 + 1)
    for shift in (0, 20, 40):
        slots = (slots + (keys >> np.uint64(shift))) & mask
        slots ^= slots >> half
        slots = (slots * np.uint64(0x9E375)) & mask  # odd, hence invertible
    return slots ^ (slots >> half)


def _spell_local_parts(accounts: Words, key: np.uint64) -> pa.Array:
    """Spell the part of an address before the ``@``: names, style, and a number where names are used up."""
    block = accounts >> np.uint64(_BLOCK_BITS)
    bits = _shuffle_in_block(accounts & np.uint64(2**_BLOCK_BITS - 1), _scramble(block + key)).astype(np.int64)
    origin_slot, bits = bits & (2**_ORIGIN_BITS - 1), bits >> _ORIGIN_BITS
    first_slot, bits = bits & (2**_NAME_BITS - 1), bits >> _NAME_BITS
    last_slot, style = bits & (2**_NAME_BITS - 1), bits >> _NAME_BITS
    origin = _ORIGIN_OF_SLOT[origin_slot]
    # Slots past the end of a list are its first names again; which repetition it is becomes the number.
    first_repetition, first = np.divmod(first_slot, _N_FIRST[origin])
    last_repetition, last = np.divmod(last_slot, _N_LAST[origin])
    repetition = (block.astype(np.int64) * 2**_ORIGIN_BITS + origin_slot - _FIRST_SLOT_OF_ORIGIN[origin]) * 4
    repetition += first_repetition * 2 + last_repetition
    first, last = first + _FIRST_START[origin], last + _LAST_START[origin]
    number_key = _scramble((first * 4096 + last * 8 + style).astype(np.uint64) + key)
    return pc.binary_join_element_wise(_join_names(first, last, style), _write_numbers(repetition, number_key), "")


def _join_names(first: IntArray, last: IntArray, style: IntArray) -> pa.Array:
    first_name = _all_names(_FIRST_NAMES).take(pa.array(first))
    last_name = _all_names(_LAST_NAMES).take(pa.array(last))
    is_last_first, separator, has_initial = (np.array(column)[style] for column in zip(*_STYLES, strict=True))
    initial = np.array(list("abcdefghijklmnoprstvw"))[(first * 7 + last * 3) % 21]
    middle = pa.array(np.where(has_initial, np.strings.add(np.strings.add(separator, initial), separator), separator))
    left = pc.if_else(pa.array(is_last_first), last_name, first_name)
    right = pc.if_else(pa.array(is_last_first), first_name, last_name)
    return pc.binary_join_element_wise(left, middle, right, "")


def _write_numbers(repetition: npt.NDArray[np.int64], keys: Words) -> pa.Array:
    """Turn the repetition of a name into digits: none for the first, then a number of two, four or more digits.

    Within each length the numbers are permuted by the name's own key, so that they do not count 01, 02, 03.
    """
    texts = np.full(repetition.shape, "", dtype=object)
    low = 1
    for n_digits in (2, 4, 6, 12):
        span = 10**n_digits
        chosen = (repetition >= low) & (repetition < low + span)
        # 617 shares no factor with a power of ten, so the multiplication permutes the numbers of this length.
        offset = (keys[chosen] % np.uint64(span)).astype(np.int64)
        number = ((repetition[chosen] - low) * 617 + offset) % span
        texts[chosen] = [f"{value:0{n_digits}d}" for value in number.tolist()]
        low += span
    return pa.array(texts, pa.string())


def _pick_domain(words: Words, weights: dict[str, int]) -> pa.Array:
    edges = np.cumsum(list(weights.values()))
    drawn = (words >> np.uint64(32)) % np.uint64(edges[-1])
    return pa.array(list(weights)).take(pa.array(np.searchsorted(edges, drawn.astype(np.int64), side="right")))


def _write_uuids(high: Words, low: Words) -> Texts:
    octets = np.stack([high, low], axis=1).astype(">u8").view(np.uint8).reshape(-1, 16)
    digits = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
    nibbles = np.stack([octets >> 4, octets & 15], axis=2).reshape(-1, 32)
    text = np.full((len(octets), 36), ord("-"), dtype=np.uint8)
    text[:, np.delete(np.arange(36), [8, 13, 18, 23])] = digits[nibbles]
    aaids: Texts = text.reshape(-1).view("S36").astype("U36").astype(object)
    return aaids


@cache
def _all_names(pools: tuple[str, ...]) -> pa.Array:
    """Return the names of all origins in one array; not at import, where the first Arrow array would load pandas."""
    return pa.array([name for pool in pools for name in pool.split()])


_N_FIRST: Final = np.array([len(pool.split()) for pool in _FIRST_NAMES])
_N_LAST: Final = np.array([len(pool.split()) for pool in _LAST_NAMES])
_FIRST_START: Final = np.cumsum(_N_FIRST) - _N_FIRST
_LAST_START: Final = np.cumsum(_N_LAST) - _N_LAST
_FIRST_SLOT_OF_ORIGIN: Final = np.searchsorted(_ORIGIN_OF_SLOT, np.arange(len(_FIRST_NAMES)))
