"""One page: who gets which slot and at what price. Pure functions of the candidates."""

from dataclasses import dataclass


@dataclass
class Candidate:
    """One who takes part.

    number : of the ad group, None for a bid of the market's landscape; score : in 2^-8 micro per impression; quality :
    in 2^-20; effective, floor : micro-currency per billable event; is_own : of the advertiser.
    """

    score: int
    number: int | None = None
    quality: int = 2**20
    effective: int = 0
    floor: int = 0
    is_own: bool = False


def landscape_bid(bid):
    """Return the candidate that a bid of the landscape is, micro-currency per impression."""
    return Candidate(score=bid << 8)


def rank(candidates):
    """Order candidates, the highest score first; among equals the lower ad group, the landscape last."""
    return sorted(candidates, key=lambda one: (-one.score, one.number is None, one.number))


def n_filled(ranking, effects):
    return min(len(ranking), len(effects))


def score_at(ranking, place):
    return ranking[place].score if place < len(ranking) else 0


def payment_scores(ranking, auction_format, effects):
    """Return the score that each filled slot is paid by; effects are the chances of being seen, in 2^-16."""
    following = [score_at(ranking, slot + 1) for slot in range(n_filled(ranking, effects))]
    if auction_format != "vcg":
        return following
    payments = list(following)
    for slot in reversed(range(len(following) - 1)):
        fewer = (following[slot] - payments[slot + 1]) * effects[slot + 1] // effects[slot]
        payments[slot] = following[slot] - fewer
    return payments


def price_for(candidate, payment_score):
    """Return the least price per event at which a candidate reaches a score and its floor."""
    return max(-(-payment_score * 2**12 // candidate.quality), candidate.floor)


def prices(ranking, auction_format, effects):
    """Return the price per billable event of each filled slot; None where the landscape got it."""
    prices = []
    for candidate, payment_score in zip(ranking, payment_scores(ranking, auction_format, effects), strict=False):
        if candidate.number is None:
            prices.append(None)
        elif auction_format == "first_price":
            prices.append(candidate.effective)
        else:
            prices.append(price_for(candidate, payment_score))
    return prices


def raised_by(ranking, slot, auction_format, effects):
    """Return the next own ad group and by how much it raises the price of a slot; None where it does not."""
    is_by_next = auction_format in ("second_price", "gsp") or (auction_format == "vcg" and len(effects) == 1)
    winner, below = ranking[slot], ranking[slot + 1 :]
    if not is_by_next or not winner.is_own or not below or not below[0].is_own:
        return None
    without = max((candidate.score for candidate in below if not candidate.is_own), default=0)
    raise_ = price_for(winner, below[0].score) - price_for(winner, without)
    return (below[0].number, raise_) if raise_ else None
