"""Whose opportunity it is, and how much traffic is expected when."""

from dataclasses import dataclass

from tests.simulator.naive.draws import draw, key


@dataclass
class PeopleClass:
    """Countries that share an hourly profile and a weight.

    share : weight times the class's part of everybody's activity; profile : relative traffic of the 24 hours;
    accounts, threshold, alias : the alias table, one column an account; of 2^32 draws of a column ``threshold`` stay
    with its account and the others go to account ``alias``.
    """

    share: float
    profile: tuple
    accounts: list
    threshold: list
    alias: list

    def share_in(self, hour_of_day):
        return self.share * (self.profile[hour_of_day] / sum(self.profile))


def country_classes(traffic, people, table_of):
    """Return the classes of countries, in the order of their first country.

    people : list of dicts with country and activity; table_of : gives (threshold, alias) of the accounts it is given.
    """
    countries_by_rules = {}
    for country in sorted({person["country"] for person in people}):
        rules = traffic.profile_of(country), traffic.country_weights.get(country, 1.0)
        countries_by_rules.setdefault(rules, []).append(country)
    everybody = sum(person["activity"] for person in people)
    classes = []
    for (profile, weight), countries in countries_by_rules.items():
        accounts = [account for account, person in enumerate(people) if person["country"] in countries]
        share = weight * sum(people[account]["activity"] for account in accounts) / everybody
        classes.append(PeopleClass(share, profile, accounts, *table_of(accounts)))
    return classes


def expected_share(classes, tick):
    """Return the expected traffic of a tick in days of an average account."""
    return sum(a_class.share_in(tick % 24) for a_class in classes)


def drawn_account(rng_seed, classes, opportunity):
    """Draw whose opportunity it is."""
    a_class = drawn_class(rng_seed, classes, opportunity)
    bits = draw(key(rng_seed, "account"), opportunity)
    column = (bits >> 32) * len(a_class.alias) >> 32
    is_own = bits % 2**32 < a_class.threshold[column]
    return (a_class.accounts if is_own else a_class.alias)[column]


def drawn_class(rng_seed, classes, opportunity):
    if len(classes) == 1:
        return classes[0]
    shares = [(a_class, a_class.share_in((opportunity >> 32) % 24)) for a_class in classes]
    shares = [(a_class, share) for a_class, share in shares if share > 0]
    total, passed = sum(share for _, share in shares), 0.0
    bits = draw(key(rng_seed, "country"), opportunity) >> 32
    for a_class, share in shares[:-1]:
        passed += share
        if bits < int(2**32 * (passed / total)):
            return a_class
    return shares[-1][0]
