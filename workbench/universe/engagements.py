"""What the accounts of a synthetic universe did with pins: they follow their interests, as often as they come by."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workbench.universe.catalogue import PinCatalogue
from workbench.universe.interests import Affinity
from workbench.universe.people import as_category, as_instants
from workbench.universe.randomness import GroupedChoice, Indices, draw_days_ago
from workbench.universe.schema import ENGAGEMENT_ACTIONS, TABLES

_N_ENGAGEMENTS: Final = 10.5  # of an account of activity 1
_MOST_ENGAGEMENTS: Final = 400.0
_PAID_SHARE: Final = 0.4  # of the engagements with a promoted pin
_PICK_ACTION: Final = GroupedChoice([(52.0, 12.0, 25.0, 2.0, 9.0)])  # in the order of ENGAGEMENT_ACTIONS


class EngagementMaker:
    """Draws the engagements of one block of accounts after the other with the pins of a catalogue.

    Parameters
    ----------
    pins : PinCatalogue
        The pins, each with an interest and a popularity.
    ads : pyarrow.Table
        The table of ads.
    as_of_micros : int
        "Now" of the universe, microseconds since 1970.
    """

    def __init__(self, pins: PinCatalogue, ads: pa.Table, as_of_micros: int) -> None:
        by_interest = np.argsort(pins.interest, kind="stable")
        n_interests = len(pins.interest_names)
        self._pick_pin = GroupedChoice(
            [list(pins.popularity[by_interest][pins.interest[by_interest] == each]) for each in range(n_interests)]
        )
        self._pin_ids = pins.pin_ids.take(pa.array(by_interest))
        self._paid_share = PaidShare(ads)
        self._as_of_micros = as_of_micros

    def draw(
        self,
        affinity: Affinity,
        activity: npt.NDArray[np.float32],
        generator: np.random.Generator,
        paid_generator: np.random.Generator,
    ) -> tuple[Indices, pa.Table]:
        """Draw the engagements of a block.

        Parameters
        ----------
        affinity : float32 array, shape (n, n_interests)
            What each account cares about.
        activity : float32 array, shape (n,)
            How often it comes by.
        generator, paid_generator : numpy.random.Generator
            Sources of the draws; which engagements happened through an ad has its own.

        Returns
        -------
        int64 array, shape (n_rows,)
            Row of the block each engagement belongs to, ascending.
        pyarrow.Table
            Columns pin_id, action, event_time, ad_id; oldest first within an account.
        """
        expected = np.minimum(_N_ENGAGEMENTS * activity.astype(np.float64) ** 0.9, _MOST_ENGAGEMENTS)
        row = np.repeat(np.arange(len(activity)), generator.poisson(expected))
        interest = GroupedChoice(affinity).draw(row, generator.random(len(row)))
        pin = self._pick_pin.draw_flat(interest, generator.random(len(row)))
        action = draw_actions(len(row), generator)
        event_time = as_instants(self._as_of_micros, draw_days_ago(generator, len(row)))
        order = np.lexsort((event_time, row))
        pin_id = as_category(pin[order], self._pin_ids)
        ad_id = self._paid_share.draw(pin_id, paid_generator)
        return row, engagement_columns(pin_id, action[order], event_time[order], ad_id)


def draw_actions(n: int, generator: np.random.Generator) -> Indices:
    """Draw what was done with a pin: int64 array, shape (n,), positions in ``ENGAGEMENT_ACTIONS``."""
    return _PICK_ACTION.draw(np.zeros(n, dtype=np.int64), generator.random(n))


class PaidShare:
    """Decides which engagements with promoted pins happened through the ad; the others met the pin without it.

    Parameters
    ----------
    ads : pyarrow.Table
        The table of ads; no two promote the same pin.
    """

    def __init__(self, ads: pa.Table) -> None:
        self._ad_ids, self._promoted = ads["ad_id"].combine_chunks(), ads["pin_id"]

    def draw(self, pin_id: pa.DictionaryArray, generator: np.random.Generator) -> pa.DictionaryArray:
        """Draw the ad that each engagement happened through.

        Parameters
        ----------
        pin_id : pyarrow.DictionaryArray of str, shape (n,)
            Pin of each engagement.
        generator : numpy.random.Generator
            Source of the draws.

        Returns
        -------
        pyarrow.DictionaryArray of str, shape (n,)
            Id of the ad; missing when there was none.
        """
        ad_of_pin = pc.fill_null(pc.index_in(pin_id.dictionary, self._promoted), -1).to_numpy()
        ad = ad_of_pin[pin_id.indices.to_numpy()]
        is_paid = generator.random(len(pin_id)) < _PAID_SHARE
        return as_category(np.where(is_paid, ad, -1), self._ad_ids)


def engagement_columns(
    pin_id: pa.DictionaryArray, action: Indices, event_time: npt.NDArray[np.int64], ad_id: pa.DictionaryArray
) -> pa.Table:
    """Put the columns of the engagements table together, all but the account.

    Parameters
    ----------
    pin_id : pyarrow.DictionaryArray of str, shape (n,)
        Pin of each engagement.
    action : int64 array, shape (n,)
        Positions in ``ENGAGEMENT_ACTIONS``.
    event_time : int64 array, shape (n,)
        Microseconds since 1970.
    ad_id : pyarrow.DictionaryArray of str, shape (n,)
        Ad it happened through, missing when organic.

    Returns
    -------
    pyarrow.Table
        Columns pin_id, action, event_time, ad_id.
    """
    schema = TABLES["pin_engagements"].arrow_schema
    columns = [
        pin_id,
        as_category(action, ENGAGEMENT_ACTIONS),
        pa.array(event_time).cast(schema.field("event_time").type),
        ad_id,
    ]
    return pa.Table.from_arrays(columns, schema=schema.remove(0))
