"""Who the accounts are: country, region, age, gender, device and activity.

Age and gender follow from what an account cares about (and not the other way round), so that the same few lines serve
people whose interests were drawn and people whose interests were read from a real engagement log.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workbench.universe.interests import INTEREST_SHARE, INTERESTS, Affinity
from workbench.universe.randomness import Floats, GroupedChoice, Indices
from workbench.universe.schema import AGE_BUCKETS, DEVICES, GENDERS

# country: (weight, regions with weights); rough shares of the on-line population, not anybody's published figures
_COUNTRIES: Final[dict[str, tuple[float, str]]] = {
    "US": (
        450,
        "CA 117 TX 91 FL 68 NY 58 PA 38 IL 37 OH 35 GA 33 NC 32 MI 30 NJ 28 VA 26 WA 23 AZ 22 TN 21 MA 21 IN 20"
        " MO 18 MD 18 WI 18 CO 17 MN 17 SC 16 AL 15 LA 14 KY 13 OR 12 OK 12 CT 11 UT 10 IA 9 NV 9 AR 9 MS 9 KS 9 NM 6"
        " NE 6 ID 6 WV 5 HI 4 NH 4 ME 4 MT 3 RI 3 DE 3 SD 3 ND 2 AK 2 DC 2 VT 2 WY 2",
    ),
    "GB": (70, "ENG 84 SCT 8 WLS 5 NIR 3"),
    "DE": (60, "NW 21 BY 16 BW 13 NI 10 HE 8 SN 5 RP 5 BE 4 SH 3 BB 3 ST 3 TH 3 HH 2 MV 2 SL 1 HB 1"),
    "CA": (60, "ON 39 QC 23 BC 14 AB 12 MB 4 SK 3 NS 3 NB 2"),
    "BR": (60, "SP 22 MG 10 RJ 8 BA 7 PR 6 RS 5 PE 5 CE 4 PA 4 SC 4"),
    "FR": (50, "IDF 18 ARA 12 NAQ 9 OCC 9 HDF 9 PAC 8 GES 8 PDL 6 BRE 5 NOR 5 BFC 4 CVL 4"),
    "MX": (40, "MEX 14 CMX 8 JAL 7 VER 6 PUE 5 GUA 5 NLE 5"),
    "NL": (30, "ZH 21 NH 17 NB 15 GE 12 UT 8 OV 7 LI 6 FR 4 GR 3 DR 3 FL 2 ZE 2"),
    "IT": (30, "25 17 62 10 82 8 21 7 65 8 52 6 34 5 45 7 72 9"),
    "ES": (30, "MD 14 CT 16 AN 18 VC 11 GA 6 PV 5 CL 5"),
    "AU": (30, "NSW 31 VIC 26 QLD 20 WA 11 SA 7 TAS 2 ACT 2"),
    "PL": (20, "14 14 24 12 30 9 12 9 02 8 10 6"),
    "AR": (20, "B 39 X 8 S 8 C 7 M 4"),
    "BE": (15, "VLG 58 WAL 32 BRU 10"),
    "SE": (15, "AB 23 O 17 M 14 C 4 E 4"),
    "CH": (10, "ZH 18 BE 12 VD 9 AG 8 GE 6"),
    "AT": (10, "9 22 3 19 4 17 6 14"),
}
_COUNTRY_WEIGHTS: Final = np.array([weight for weight, _ in _COUNTRIES.values()])
_REGIONS: Final = [
    dict(zip(text.split()[::2], map(float, text.split()[1::2]), strict=True)) for _, text in _COUNTRIES.values()
]
_REGION_NAMES: Final = [
    f"{country}-{region}" for country, regions in zip(_COUNTRIES, _REGIONS, strict=True) for region in regions
]
_AGE_WEIGHTS: Final = np.array([0.23, 0.29, 0.18, 0.07, 0.07, 0.10, 0.06])
_BUCKET_AGES: Final = np.array([21.5, 29.5, 39.5, 47.0, 52.0, 59.5, 70.0])
_DEVICE_WEIGHTS: Final = (  # in the order of DEVICES; in the US, then elsewhere
    (31.0, 2.5, 4.0, 44.0, 13.0, 5.5),
    (53.0, 3.5, 2.5, 22.0, 12.5, 6.5),
)
_FEMALE_LEAN: Final = np.array([interest.female_lean for interest in INTERESTS], dtype=np.float32)
_AGE_CLOSENESS: Final = np.array(
    [[-(((age - interest.peak_age) / 20) ** 2) for age in _BUCKET_AGES] for interest in INTERESTS], dtype=np.float32
)
# Against the average interest, so that leaning moves people between buckets but leaves the weights of the ages alone.
_AGE_LEAN: Final = _AGE_CLOSENESS - (INTEREST_SHARE @ _AGE_CLOSENESS).astype(np.float32)
_PICK_COUNTRY: Final = GroupedChoice([list(_COUNTRY_WEIGHTS)])
_PICK_REGION: Final = GroupedChoice([list(regions.values()) for regions in _REGIONS])
_PICK_DEVICE: Final = GroupedChoice(_DEVICE_WEIGHTS)


@dataclass(frozen=True)
class People:
    """Who the accounts of one block are: codes into the value lists, one per account.

    Parameters
    ----------
    country, region, age_bucket, gender, device : int64 array, shape (n,)
        Positions in the values of each column.
    """

    country: Indices
    region: Indices
    age_bucket: Indices
    gender: Indices
    device: Indices

    @property
    def is_american(self) -> npt.NDArray[np.bool_]:
        """Whether each account is in the US: bool array, shape (n,)."""
        return np.equal(self.country, list(_COUNTRIES).index("US"))

    @property
    def has_android(self) -> npt.NDArray[np.bool_]:
        """Whether each account mostly uses an Android device: bool array, shape (n,)."""
        return np.less_equal(self.device, DEVICES.index("android_tablet"))

    def columns(self, n: int) -> dict[str, pa.Array]:
        """Return the first ``n`` accounts as Arrow columns by name."""
        return {
            "country": as_category(self.country[:n], tuple(_COUNTRIES)),
            "region": as_category(self.region[:n], tuple(_REGION_NAMES)),
            "age_bucket": as_category(self.age_bucket[:n], AGE_BUCKETS),
            "gender": as_category(self.gender[:n], GENDERS),
            "device": as_category(self.device[:n], DEVICES),
        }


def draw_people(affinity: Affinity, generator: np.random.Generator) -> People:
    """Draw who the accounts are, given what they care about.

    Parameters
    ----------
    affinity : float32 array, shape (n, n_interests)
        Shares of the interests.
    generator : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    People
        Country and device without regard to the interests, age and gender with.
    """
    n = len(affinity)
    country = _PICK_COUNTRY.draw(np.zeros(n, dtype=np.int64), generator.random(n))
    region = _PICK_REGION.draw_flat(country, generator.random(n))
    age_weights = np.exp(2.0 * (affinity @ _AGE_LEAN)) * _AGE_WEIGHTS
    age_bucket = GroupedChoice(age_weights).draw(np.arange(n), generator.random(n))
    is_female = generator.random(n) < 1 / (1 + np.exp(-0.1 - 2.2 * (affinity @ _FEMALE_LEAN)))
    is_unstated = generator.random(n) < 0.07
    gender = np.where(is_unstated, GENDERS.index("unknown"), np.where(is_female, 0, 1)).astype(np.int64)
    is_abroad = (country != list(_COUNTRIES).index("US")).astype(np.int64)
    device = _PICK_DEVICE.draw(is_abroad, generator.random(n))
    return People(country, region, age_bucket, gender, device)


def draw_activity(generator: np.random.Generator, n: int) -> npt.NDArray[np.float32]:
    """Draw how often accounts come by: most seldom, a few all day.

    A log-normal crowd (95 %) and a Pareto tail (5 %), mixed so that the mean is 1.

    Parameters
    ----------
    generator : numpy.random.Generator
        Source of the draws.
    n : int
        Number of accounts.

    Returns
    -------
    float32 array, shape (n,)
        Relative frequency of ad opportunities, expected value 1.
    """
    crowd = 0.85 * np.exp(generator.standard_normal(n) - 0.5)
    alpha, tail_mean = 2.5, (1 - 0.95 * 0.85) / 0.05
    tail = tail_mean * (alpha - 1) / alpha * (1 - generator.random(n)) ** (-1 / alpha)
    return np.where(generator.random(n) < 0.05, tail, crowd).astype(np.float32)


def as_category(codes: npt.NDArray[np.integer[Any]], values: tuple[str, ...] | pa.Array) -> pa.DictionaryArray:
    """Return codes and their values as an Arrow dictionary array; code -1 is a missing value."""
    dictionary = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=codes < 0), dictionary)


def as_instants(as_of_micros: int, days_ago: Floats) -> npt.NDArray[np.int64]:
    """Return the whole seconds that lie so many days before ``as_of``, in microseconds since 1970."""
    seconds = np.ceil(days_ago * 86_400).astype(np.int64)
    return as_of_micros - seconds * 1_000_000
