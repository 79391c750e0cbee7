"""Audiences as things to pick: name, type and size, and whether an ad can use them."""

from collections.abc import Collection

from workbench.audiences import AudienceStatus
from workbench.charts import shown_people
from workbench.widgets.picks import Option
from workbench.widgets.shelf import AudienceShelf
from workbench.widgets.status import STATUS_WORDS, TYPE_WORDS


def audience_options(shelf: AudienceShelf, *, disabled: Collection[str] = ()) -> list[Option]:
    """Return an option for each audience of a shelf.

    Parameters
    ----------
    shelf : AudienceShelf
        The audiences.
    disabled : collection of str
        Ids of those that cannot be picked.
    """
    names = shelf.names
    options = []
    for audience in shelf.audiences:
        audience_id, status = audience.spec.audience_id, audience.status
        word, tone = STATUS_WORDS[status]
        is_ready = status is AudienceStatus.READY
        options.append(
            Option(
                audience_id,
                names[audience_id],
                f"{TYPE_WORDS[audience.spec.audience_type]} · {shown_people(audience.audience_size)}",
                pill="" if is_ready else word,  # what needs no attention gets none
                tone=tone,
                is_disabled=audience_id in disabled,
            )
        )
    return options
