"""The room of a shard: holds the auctions of some accounts, and holds them again when it is told more.

Within a tick accounts meet in the budgets only, and in bids that learn from charges. A shard that is told what the
others charge, and where in the tick, does with its own accounts what a run of all accounts does with them. Nobody can
tell it before the others have charged; so it keeps its state, and does a part of the tick again when it hears.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.auction_room import MAX_CALL, SHARE_COLUMNS, AuctionRoom, Balances, TickOrders
from simulator.config import RunConfig
from simulator.eligibility import Eligibility
from simulator.kernels.shard import Listed, OwnAccounts, Told, clear_listed, list_own, own_columns, take_told
from simulator.kernels.tables import N_TALLY_COLUMNS, ChargeLog, Group, Inputs, Outputs, PairSums, Record
from simulator.ledger import Ledger, SelfCompetition
from simulator.sharding.charges import Charges
from simulator.traffic_classes import class_numbers
from simulator.world import World
from workbench.identity import AccountSet

_END: Final = 1 << 32
"""Behind the last position that a tick can have."""


class TickOutcome(NamedTuple):
    """What a shard has done in a tick.

    Attributes
    ----------
    tally : int64 array, shape (n_all_ad_groups, N_TALLY_COLUMNS)
        Counts and sums.
    highest_bid_micros : int64 array, shape (n_all_ad_groups,)
        With this much left every bid of the ad group here can be paid, micro-currency.
    campaign_highest_bid_micros : int64 array, shape (n_all_ad_groups,)
        The same for all bids of its campaign.
    learners : int64 array, shape (n_all_ad_groups, len(Learner))
        Adaptive pacing at the end of the tick.
    """

    tally: NDArray[np.int64]
    highest_bid_micros: NDArray[np.int64]
    campaign_highest_bid_micros: NDArray[np.int64]
    learners: NDArray[np.int64]


class ShardTotals(NamedTuple):
    """What a shard knows at the end of a run; attributes as in `simulator.ledger.Ledger`, and warnings."""

    entry_counts: NDArray[np.uint8]
    conversions: NDArray[np.int64]
    by_ad: NDArray[np.int64]
    by_audience: NDArray[np.int64]
    self_competition: SelfCompetition
    warnings: tuple[str, ...]


class _Tick(NamedTuple):
    """The tick that is being held."""

    orders: TickOrders
    inputs: Inputs
    outputs: Outputs
    listed: Listed


class _Checkpoint(NamedTuple):
    """A state within a tick: what is listed before ``place`` is final."""

    place: int
    arrays: tuple[NDArray[Any], ...]
    raised: PairSums
    n_shown: int


class ShardRoom(AuctionRoom):
    """Holds the auctions of a shard.

    Parameters
    ----------
    config : RunConfig
        What is run.
    world : World
        That fits it.
    own : OwnAccounts
        Whose opportunities the shard clears.
    is_repeatable : bool
        Whether a tick may be held again. That takes a copy of the counters, and a list of the charges.
    """

    def __init__(self, config: RunConfig, world: World, own: OwnAccounts, *, is_repeatable: bool) -> None:
        universe = world.universe
        within = AccountSet.from_indices(np.arange(own.first, own.end), universe.n_accounts)
        eligibility = Eligibility.build(
            config, universe, world.versions, demographics=world.demographics, within=within
        )
        ledger = Ledger.blank(config, eligibility.n_entries)
        super().__init__(config, eligibility, world.traffic_classes(config).table, world.landscape(config), ledger)
        self._world, self._own, self._is_repeatable = world, own, is_repeatable
        self._groups[:, Group.RECORDS] |= Record.BY_CHARGE * is_repeatable
        self._columns = own_columns(own, self._traffic)
        self._tally = np.zeros((len(self._groups), N_TALLY_COLUMNS), dtype=np.int64)
        self._tally_before = self._tally.copy()
        self._final_log: list[Charges] = []
        self._log: list[Charges] = []

    def activity_by_class(self) -> NDArray[np.float64]:
        """Return how much activity the shard has of those that each ad group could ever want.

        Returns
        -------
        float64 array, shape (n_all_ad_groups, n_classes)
            By class of traffic.
        """
        numbers = np.array(class_numbers(self.config.traffic, self._world.countries))
        of_account, activity = self._world.countries.spread(numbers), self._world.activity.astype(np.float64)
        by_class = [
            self._eligibility.sums_by_ad_group(np.where(of_account == number, activity, 0))
            for number in range(int(numbers.max()) + 1)
        ]
        return np.stack(by_class, axis=1)

    def hold(self, orders: TickOrders, balances: Balances) -> TickOutcome:
        """Hold the shard's auctions of a tick, as if nobody else charged anything.

        Parameters
        ----------
        orders : TickOrders
            What holds for the tick.
        balances : Balances
            What the shard may use up; left as it is.
        """
        self._tally_before += self._tally  # of the tick before, which is final now
        self._tally = np.zeros_like(self._tally)
        self._final_log, self._log = [], []
        inputs, outputs = self._open(orders, Balances(*(array.copy() for array in balances)), self._tally)
        self._tick = _Tick(orders, inputs, outputs, self._list_own(orders.n_opportunities, inputs))
        return self._go_on(0, Charges.none())

    def charges(self, is_watched: NDArray[np.bool_], is_new: NDArray[np.bool_]) -> Charges:
        """Return what the shard charges some ad groups in a tick.

        Parameters
        ----------
        is_watched : bool array, shape (n_all_ad_groups,)
            Of which ad groups in the part of the tick that is not final.
        is_new : bool array, shape (n_all_ad_groups,)
            Of which also in the part that is.
        """
        return Charges.joined([Charges.joined(self._final_log).of(is_new), Charges.joined(self._log).of(is_watched)])

    def hold_again(self, told: Charges, end_of_certain: int) -> TickOutcome:
        """Hold the shard's auctions of the part of a tick that is not final again, now with what the others charge.

        Parameters
        ----------
        told : Charges
            What all shards returned from `charges`, joined.
        end_of_certain : int
            Position before which they are certain, at least that of the call before; that part is final now.
        """
        others = self._of_others(told)
        first = self._restore()
        place = int(np.searchsorted(self._tick.listed.positions, end_of_certain))
        self._clear(first, place, end_of_certain, others)
        return self._go_on(place, others.since(end_of_certain))

    def totals(self) -> ShardTotals:
        """Bring the shard's run to its end."""
        self._tally_before += self._tally
        self.finish()
        ledger = self.ledger
        sums = ledger.conversions, ledger.by_ad, ledger.by_audience
        return ShardTotals(ledger.entry_counts, *sums, ledger.self_competition, self.warnings)

    def _shares(self) -> NDArray[np.int64]:
        return self._tally_before[:, SHARE_COLUMNS]

    def _go_on(self, place: int, others: Charges) -> TickOutcome:
        """Hold what is not final."""
        self._final_log += self._log
        self._log = []
        if self._is_repeatable:
            self._checkpoint = self._saved(place)
        self._clear(place, self._tick.listed.positions.size, _END, others)
        self._settle(*self._tick[:3])
        groups = self._groups
        highest, campaign_highest = groups[:, Group.HIGHEST_BID].copy(), groups[:, Group.CAMPAIGN_HIGHEST_BID].copy()
        return TickOutcome(self._tally, highest, campaign_highest, self._tick.outputs.learners)

    def _list_own(self, n_opportunities: int, inputs: Inputs) -> Listed:
        """List the shard's opportunities of a tick."""
        buffer = Listed(*(np.zeros(MAX_CALL, dtype=np.uint32) for _ in Listed._fields))
        places = np.zeros(MAX_CALL, dtype=np.uint64)
        parts = [Listed(*(column[:0] for column in buffer))]
        for first in range(0, n_opportunities, MAX_CALL):
            n = min(MAX_CALL, n_opportunities - first)
            n_own = list_own(first, n, self._own, self._columns, inputs, buffer, places)
            parts.append(Listed(*(column[:n_own].copy() for column in buffer)))
        return Listed(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _of_others(self, told: Charges) -> Charges:
        """Return the charges that are not the shard's own."""
        own, positions = self._tick.listed.positions, told.positions
        places = np.minimum(np.searchsorted(own, positions), own.size - 1)
        return told.where(own[places] != positions) if own.size else told

    def _clear(self, first: int, end: int, end_position: int, others: Charges) -> None:
        """Clear what is listed between two places, and take what others charge before a position."""
        _, inputs, outputs, listed = self._tick
        told = Told(others.keys, others.micros, np.zeros(1, dtype=np.int64))
        for start in range(first, end, MAX_CALL):
            n = min(MAX_CALL, end - start)
            clear_listed(start, start + n, listed, told, inputs, self._with_room(outputs, n), self._scratch)
            self._keep_logs(inputs)
        take_told(end_position, told, inputs, outputs)

    def _make_room(self, n_opportunities: int) -> None:
        super()._make_room(n_opportunities)
        n_charges = n_opportunities * self._rules.position_effects.size
        if self._is_repeatable and self._charged.keys.size < n_charges:
            columns = (np.zeros(n, dtype=np.int64) for n in (n_charges, n_charges, 1))
            self._charged = ChargeLog(*columns)

    def _keep_logs(self, inputs: Inputs) -> None:
        super()._keep_logs(inputs)
        n = int(self._charged.n[0]) if self._is_repeatable else 0
        if n:
            self._log.append(Charges(self._charged.keys[:n].copy(), self._charged.micros[:n].copy()))
            self._charged.n[0] = 0

    def _saved(self, place: int) -> _Checkpoint:
        arrays = tuple(array.copy() for array in self._changing())
        raised = PairSums(*(array.copy() for array in self._raised))
        return _Checkpoint(place, arrays, raised, len(self._shown_today()))

    def _restore(self) -> int:
        """Return to the last checkpoint, and return its place."""
        self._log = []
        for array, saved in zip(self._changing(), self._checkpoint.arrays, strict=True):
            np.copyto(array, saved)
        self._raised = PairSums(*(array.copy() for array in self._checkpoint.raised))
        del self._shown_today()[self._checkpoint.n_shown :]
        return self._checkpoint.place

    def _changing(self) -> tuple[NDArray[Any], ...]:
        """Return the arrays that auctions change, but for those whose size may change, too."""
        ledger, outputs = self.ledger, self._tick.outputs
        in_outputs = (*outputs[:3], outputs.tally, outputs.offer_shares)
        return (*in_outputs, ledger.entry_counts, ledger.conversions, ledger.by_ad, self._tick.inputs.glances.promises)

    def _shown_today(self) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        return self._shown_on(self._tick.orders.tick)
