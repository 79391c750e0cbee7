"""Audiences that take several definitions to say, written in one step."""

from typing import Any, NamedTuple

from workbench.audiences.audience import AudienceSpec
from workbench.audiences.combination import AllOf, CombinationDefinition, NoneOf
from workbench.audiences.event_data import EventData
from workbench.audiences.visitor import VisitorDefinition


class CartWithoutCheckout(NamedTuple):
    """Three audiences: an ad group includes the first and excludes the second, or takes the third, which is both."""

    include: AudienceSpec
    exclude: AudienceSpec
    derived: AudienceSpec


def cart_without_checkout(
    visitor_source_id: str,
    audience_ids: tuple[str, str, str],
    *,
    name: str = "In the cart, not checked out",
    event_data: EventData | None = None,
    **fields: Any,
) -> CartWithoutCheckout:
    """Write down "put something into the cart and did not check out" (S12, Q10).

    The platform's rules have no negation, so an ad group there includes one audience and excludes another. The derived
    audience says the same in one and exists in the workbench only.

    Parameters
    ----------
    visitor_source_id : str
        The tag.
    audience_ids : tuple of str
        Ids for the three audiences.
    name : str
        What people call the derived one.
    event_data : EventData, optional
        What was put into the cart. Whoever checked out anything in the window is left out.
    **fields
        What both have in common: ``retention_days``, ``prefill``, ``event_source``, ``ingestion_source``.

    Returns
    -------
    CartWithoutCheckout
        The audiences to save or to populate together.

    Raises
    ------
    DefinitionError
        If a field is out of its range.
    """
    shared = {"visitor_source_id": visitor_source_id, **fields}
    carts = VisitorDefinition(events=("addtocart",), event_data=event_data, **shared)
    orders = VisitorDefinition(events=("checkout",), **shared)
    include_id, exclude_id, derived_id = audience_ids
    rule = AllOf(all_of=(include_id, NoneOf(none_of=(exclude_id,))))
    return CartWithoutCheckout(
        AudienceSpec(audience_id=include_id, name=f"{name}: in the cart", definition=carts),
        AudienceSpec(audience_id=exclude_id, name=f"{name}: checked out", definition=orders),
        AudienceSpec(audience_id=derived_id, name=name, definition=CombinationDefinition(rule=rule)),
    )
