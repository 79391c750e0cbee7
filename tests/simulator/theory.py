"""What theory says of auctions and what the kernel makes of it: each row has an exact and a simulated number."""

from dataclasses import dataclass

import numpy as np

from simulator.kernels.tables import Billed, Column, Format, Share
from tests.simulator.kernel_tables import CENSUS_ONCE, UNIT, Auctions, Bidder, Page, uniform_knots

MAX_OFFERS = 60_000
N_BATCHES = 40
N_PACED_BATCHES = 20
N_POPULATIONS = 10
N_TO_LEARN = 400_000


def learning_rate(n_auctions: int) -> float:
    """Return half of the theorem's T^(-1/2): averages are off the limit by a multiple of it, far below their error."""
    return 0.5 * n_auctions**-0.5


@dataclass(frozen=True)
class Row:
    """A theorem's number beside the simulated one, with the standard error of the latter."""

    name: str
    exact: float
    simulated: float
    error: float

    @property
    def z(self) -> float:
        """Difference in standard errors."""
        return (self.simulated - self.exact) / self.error if self.error > 0 else float("nan")

    def __str__(self) -> str:
        return f"{self.name:<64}{self.exact:>10.5f}{self.simulated:>11.5f} ± {self.error:.5f}{self.z:>7.2f}"


def row_of(name: str, exact: float, sample: np.ndarray) -> Row:
    """Return the mean of independent numbers with its standard error."""
    return Row(name, exact, float(sample.mean()), float(sample.std(ddof=1) / np.sqrt(sample.size)))


def uniform_values(n_auctions: int, n: int, rng_seed: int) -> list[np.ndarray]:
    """Draw values in micros, in parts that a table of offers can hold; shape of each (at most MAX_OFFERS / n, n)."""
    rng = np.random.default_rng(rng_seed)
    size = MAX_OFFERS // n
    return [rng.integers(1, UNIT + 1, (min(size, n_auctions - at), n)) for at in range(0, n_auctions, size)]


def prices(values: np.ndarray, page: Page) -> tuple[np.ndarray, np.ndarray]:
    """Clear each row of bids as the auction of one account.

    Returns the price of each bidder in units, 0 if it lost, and which accounts came by; both float.
    """
    auctions = Auctions([Bidder(column) for column in values.T], page)
    outputs = auctions.clear(4 * len(values))
    shares = outputs.offer_shares.reshape(values.shape[1], len(values), len(Share)).transpose(1, 0, 2)
    shown = shares[:, :, Share.IMPRESSIONS]
    price = shares[:, :, Share.MEDIA_MICROS] / np.maximum(shown, 1)
    return price / UNIT, shown


def revenues(bids: list[np.ndarray], page: dict) -> np.ndarray:
    """What each auction brought, in units; accounts that never came by are left out, whatever their bids."""
    parts = []
    for part in bids:
        price, shown = prices(part, Page(n_accounts=len(part), census_every=CENSUS_ONCE, **page))
        came = shown.any(axis=1) if page.get("floor", 0) == 0 else came_by(len(part), page)
        parts.append(price[came].sum(axis=1))
    return np.concatenate(parts)


def came_by(n_accounts: int, page: dict) -> np.ndarray:
    """Tell which accounts had an opportunity: the same auctions without a floor are all sold."""
    auctions = Auctions([Bidder(np.full(n_accounts, UNIT))], Page(n_accounts=n_accounts, **{**page, "floor": 0}))
    return auctions.clear(4 * n_accounts).offer_shares[:, Share.IMPRESSIONS] > 0


def revenue(a_format: Format, n: int, *, n_auctions: int, rng_seed: int) -> list[Row]:
    """Revenue of n bidders with uniform values, who bid as in equilibrium."""
    values = uniform_values(n_auctions, n, rng_seed)
    bids = [part * (n - 1) // n for part in values] if a_format == Format.FIRST_PRICE else values
    name = {Format.GSP: "second price", Format.FIRST_PRICE: "first price, bids v(n-1)/n"}[a_format]
    sample = revenues(bids, {"format": a_format})
    return [row_of(f"{name}, n={n}: revenue (n-1)/(n+1)", (n - 1) / (n + 1), sample)]


def price_variance(a_format: Format, variance: float, *, n_auctions: int, rng_seed: int) -> list[Row]:
    """Variance of the price between two bidders."""
    values = uniform_values(n_auctions, 2, rng_seed)
    bids = [part // 2 for part in values] if a_format == Format.FIRST_PRICE else values
    sample = revenues(bids, {"format": a_format})
    name = "second price" if a_format == Format.GSP else "first price"
    return [row_of(f"{name}, n=2: variance 1/{round(1 / variance)}", variance, (sample - sample.mean()) ** 2)]


def myerson(n: int, reserve: float, *, n_auctions: int, rng_seed: int) -> list[Row]:
    """Revenue and share sold with a reserve."""
    sample = revenues(uniform_values(n_auctions, n, rng_seed), {"floor": int(reserve * UNIT)})
    exact = (n - 1) / (n + 1) + reserve**n * (1 - 2 * n * reserve / (n + 1))
    return [
        row_of(f"Myerson, n={n}, reserve {reserve}: revenue", exact, sample),
        row_of(f"Myerson, n={n}, reserve {reserve}: share sold 1-r^n", 1 - reserve**n, (sample > 0).astype(float)),
    ]


def order_statistics(n: int, k: int, *, n_auctions: int, rng_seed: int) -> list[Row]:
    """Mean prices of k slots."""
    slot_prices = []
    for part in uniform_values(n_auctions, n, rng_seed):
        price, shown = prices(part, Page(n_accounts=len(part), effects=(1.0,) * k, census_every=CENSUS_ONCE))
        slot_prices.append(-np.sort(-price[shown.any(axis=1)], axis=1)[:, :k])
    sample = np.concatenate(slot_prices)
    return [
        row_of(f"{k} slots, n={n}: price of slot {slot + 1}", (n - slot - 1) / (n + 1), sample[:, slot])
        for slot in range(k)
    ]


def batches(auctions: Auctions, n_auctions: int) -> np.ndarray:
    """Clear auctions in batches; what each added to the tallies, shape (N_BATCHES, n_bidders, n_columns)."""
    size = n_auctions // N_BATCHES
    totals = [auctions.outputs.tally.copy()]
    totals.extend(auctions.clear(size, batch * size).tally.copy() for batch in range(N_BATCHES))
    return np.diff(np.array(totals), axis=0)


def against_a_uniform_rival(reserve: float, *, n_auctions: int, rng_seed: int) -> list[Row]:
    """Mean price of a bid that always wins, against draws of the kernel's own."""
    page = Page(floor=int(reserve * UNIT), market=uniform_knots(UNIT), rng_seed=rng_seed, census_every=CENSUS_ONCE)
    added = batches(Auctions([Bidder(UNIT)], page), n_auctions)[:, 0]
    name = f"uniform rival, reserve {reserve}: price (1+r²)/2"
    return [row_of(name, (1 + reserve**2) / 2, added[:, Column.MEDIA_MICROS] / added[:, Column.WON] / UNIT)]


def beside_clicks(n: int, *, n_auctions: int, rng_seed: int) -> list[Row]:
    """Revenue where bidders value clicks alike and persons differ in their chance of one, as the kernel draws it."""
    personal = uniform_knots(1 << 20)
    bidder = Bidder(UNIT, is_personal=True, billed=Billed.CLICK, click_chance=1.0)
    page = Page(personal=personal, rng_seed=rng_seed, census_every=CENSUS_ONCE)
    added = batches(Auctions([bidder] * n, page), n_auctions).sum(axis=1)
    sample = added[:, Column.MEDIA_MICROS] / UNIT / (n_auctions // N_BATCHES)
    return [row_of(f"chances of a click, n={n}: revenue (n-1)/(n+1)", (n - 1) / (n + 1), sample)]


def every_value(n_accounts: int) -> np.ndarray:
    """Values of accounts that are uniform together."""
    return ((np.arange(n_accounts) + 0.5) / n_accounts * UNIT).astype(np.int64)


def pacing_alone(*, n_auctions: int, rng_seed: int) -> list[Row]:
    """One adaptive pacer against a uniform rival, with a budget for which its multiplier is 1/2."""
    value, rate = every_value(MAX_OFFERS), 1 / 24
    bidder = Bidder(value, budget_rate=rate * UNIT, learning_rate=learning_rate(n_auctions))
    page = Page(n_accounts=MAX_OFFERS, market=uniform_knots(UNIT), rng_seed=rng_seed, census_every=CENSUS_ONCE)
    auctions = Auctions([bidder], page)
    settle(auctions, n_auctions)
    size, mu, utility, spend = n_auctions // N_PACED_BATCHES, [], [], []
    for batch in range(N_PACED_BATCHES):
        before = auctions.outputs.offer_shares.copy()
        auctions.clear(size, n_auctions + batch * size)
        added = auctions.outputs.offer_shares - before
        mu.append(auctions.mu()[0])
        media = added[:, Share.MEDIA_MICROS].sum()
        utility.append(((added[:, Share.IMPRESSIONS] * value).sum() - media) / UNIT / size)
        spend.append(media / UNIT / size / rate)
    return [
        row_of("Balseiro-Gur, rate 1/24: mu* = 1", 1.0, np.array(mu)),
        row_of("Balseiro-Gur, rate 1/24: utility 1/8", 0.125, np.array(utility)),
        row_of("Balseiro-Gur, rate 1/24: spend of budget", 1.0, np.array(spend)),
    ]


def settle(auctions: Auctions, n_auctions: int) -> None:
    """Let pacers learn before anything is measured; theory speaks of where they end."""
    auctions.clear(n_auctions)


def pacing_in_equilibrium(n: int, rate: float, *, n_auctions: int, rng_seed: int) -> list[Row]:
    """Adaptive pacers among themselves, with budgets for which all multipliers are 1/2.

    The equilibrium is that of the accounts there are, so several populations of them are drawn.
    """
    runs = [_equilibrium(n, rate, n_auctions // N_POPULATIONS, rng_seed + number) for number in range(N_POPULATIONS)]
    mu, brought = np.array(runs).T
    return [
        row_of(f"{n} adaptive pacers: mu*", (n - 1) / (n * (n + 1) * rate) - 1, mu),
        row_of(f"{n} adaptive pacers: revenue n times the rate", n * rate, brought),
    ]


def _equilibrium(n: int, rate: float, n_auctions: int, rng_seed: int) -> tuple[float, float]:
    """Return mean mu and revenue of an auction, once everybody has learnt."""
    n_accounts = MAX_OFFERS // n
    rng = np.random.default_rng(rng_seed)
    bidders = [
        Bidder(rng.permutation(every_value(n_accounts)), budget_rate=rate * UNIT, learning_rate=1e-3) for _ in range(n)
    ]
    auctions = Auctions(bidders, Page(n_accounts=n_accounts, rng_seed=rng_seed, census_every=CENSUS_ONCE))
    settle(auctions, N_TO_LEARN)
    before = auctions.outputs.tally[:, Column.MEDIA_MICROS].sum()
    size, mu = n_auctions // N_PACED_BATCHES, []
    for batch in range(N_PACED_BATCHES):
        auctions.clear(size, N_TO_LEARN + batch * size)
        mu.append(auctions.mu().mean())
    brought = (auctions.outputs.tally[:, Column.MEDIA_MICROS].sum() - before) / UNIT / (size * N_PACED_BATCHES)
    return float(np.mean(mu)), float(brought)


def fisher_market(*, n_auctions: int) -> list[Row]:
    """Two first-price pacers, values 10 and 5, budgets 4 and 100, one good (Conitzer and others, 2022)."""
    bidders = [
        Bidder(value * UNIT, budget_rate=rate * UNIT, learning_rate=learning_rate(n_auctions), scale=10 * UNIT)
        for value, rate in ((10, 4), (5, 100))
    ]
    auctions = Auctions(bidders, Page(format=Format.FIRST_PRICE, census_every=CENSUS_ONCE))
    settle(auctions, n_auctions)
    before = auctions.outputs.tally.copy()
    auctions.clear(n_auctions, n_auctions)
    added = auctions.outputs.tally - before
    price = added[:, Column.MEDIA_MICROS].sum() / added[:, Column.WON].sum() / UNIT
    share = added[:, Column.WON] / n_auctions
    return [
        Row("first-price pacing equilibrium: multiplier of the first", 0.5, 1 / (1 + auctions.mu()[0]), 0.0),
        Row("first-price pacing equilibrium: multiplier of the second", 1.0, 1 / (1 + auctions.mu()[1]), 0.0),
        Row("first-price pacing equilibrium: price", 5.0, price, 0.0),
        Row("first-price pacing equilibrium: share of the first", 0.8, share[0], 0.0),
        Row("first-price pacing equilibrium: share of the second", 0.2, share[1], 0.0),
    ]
