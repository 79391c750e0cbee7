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


def score_at(ranking, place):
    return ranking[place].score if place < len(ranking) else 0


def payment_score(ranking, slot, auction_format, effects):
    """Return the score that a filled slot is paid by; effects are the chances of being seen, in 2^-16.

    By VCG: for every slot from this one down, what it adds to being seen, at the score that it takes: that of the next
    below, and no less than that of the winner's own floor.
    """
    if auction_format != "vcg":
        return score_at(ranking, slot + 1)
    least = ranking[slot].floor * ranking[slot].quality >> 12
    payment, effect_below = least, 0
    for place in reversed(range(slot, len(effects))):
        following = max(least, score_at(ranking, place + 1))
        payment = following - (following - payment) * effect_below // effects[place]
        effect_below = effects[place]
    return payment


def price_for(candidate, score):
    """Return the least price per event at which a candidate reaches a score and its floor."""
    return max(-(-score * 2**12 // candidate.quality), candidate.floor)


def prices(ranking, auction_format, effects):
    """Return the price per billable event of each filled slot; None where the landscape got it."""
    prices = []
    for slot, candidate in enumerate(ranking[: len(effects)]):
        if candidate.number is None:
            prices.append(None)
        elif auction_format == "first_price":
            prices.append(candidate.effective)
        else:
            prices.append(price_for(candidate, payment_score(ranking, slot, auction_format, effects)))
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
