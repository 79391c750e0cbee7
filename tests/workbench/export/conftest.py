from collections.abc import Iterable, Iterator
from itertools import count

import numpy as np
import pytest

from tests.workbench.audiences.tiny_universe import write_universe
from tests.workbench.customer_lists.conftest import emails
from workbench.audiences import AudienceSpec
from workbench.customer_lists.list_records import ListRecords
from workbench.export import ApiRequest, Export, PlatformIds
from workbench.identity import DigestKind, Digests, ListType
from workbench.universe import Universe

AD_ACCOUNT = "549755885175"
IDS = PlatformIds(ad_account_id=AD_ACCOUNT)


@pytest.fixture(scope="session")
def universe(tmp_path_factory) -> Universe:
    return write_universe(tmp_path_factory.mktemp("universe") / "tiny")


@pytest.fixture
def ids() -> PlatformIds:
    return IDS


def spec(audience_id: str, definition: dict, **fields: object) -> AudienceSpec:
    return AudienceSpec(audience_id=audience_id, name=f"Audience {audience_id}", definition=definition, **fields)


def visitor(audience_id: str, **fields: object) -> AudienceSpec:
    return spec(audience_id, {"type": "VISITOR", "visitor_source_id": "800000000001"} | fields)


def records(accounts: Iterable[int], kind: DigestKind = DigestKind.SHA256, *, batch: int = 1) -> ListRecords:
    """Return the records of people of the tiny universe, as one upload holds them."""
    return added(ListRecords.empty(), accounts, kind, batch=batch)


def added(
    before: ListRecords, accounts: Iterable[int], kind: DigestKind = DigestKind.SHA256, *, batch: int
) -> ListRecords:
    return before.added(ListType.EMAIL, digests(emails(accounts, kind)), batch)


def digests(hexadecimal: Iterable[str]) -> Digests:
    found = [bytes.fromhex(one) for one in hexadecimal]
    values = np.zeros((len(found), 32), dtype=np.uint8)
    for row, digest in zip(values, found, strict=True):
        row[: len(digest)] = list(digest)
    lengths = {kind.n_bytes: kind.code for kind in DigestKind}
    return Digests(np.array([lengths[len(digest)] for digest in found], dtype=np.uint8), values)


def sent(export: Export) -> list[ApiRequest]:
    """Send an export to a platform that gives ids: each request with what the answers before it gave."""
    given: dict[str, str] = {}
    ids = _fresh_ids()
    requests = []
    for request in export.requests:
        requests.append(request.filled(given))
        if request.gives:
            assert request.gives not in given
            given[request.gives] = next(ids)
    return requests


def _fresh_ids() -> Iterator[str]:
    return (str(number) for number in count(2542620905473))
