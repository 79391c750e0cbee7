"""A universe small enough to know every account of it by heart.

Account i has the address ``person<i>@mail.example`` and, if i is even, the advertising id that ends in i. The first two
thirds live in the US, the rest in DE; age, gender and device go round in turn; activity is 1 for all.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.identity import DigestKind, hash_email, hash_maid
from workbench.universe import TABLES, Universe, open_universe
from workbench.universe.schema import AGE_BUCKETS, DEVICES, GENDERS

N_ACCOUNTS = 300
AS_OF = datetime(2026, 11, 1, 12, tzinfo=UTC)


def email(account: int) -> str:
    return f"person{account}@mail.example"


def aaid(account: int) -> str:
    return f"00000000-0000-4000-8000-{account:012d}"


def is_american(account: int) -> bool:
    return account < 2 * N_ACCOUNTS // 3


def write_universe(
    folder: Path,
    *,
    tag_events: Iterable[dict] = (),
    segments: Iterable[dict] = (),
    segment_records: Iterable[dict] = (),
    **others: Iterable[dict],
) -> Universe:
    """Write the tables and open them; the arguments are rows with some of the columns, by table."""
    rows = {
        "accounts": [account_row(account) for account in range(N_ACCOUNTS)],
        "identifiers": [row for account in range(N_ACCOUNTS) for row in identifier_rows(account)],
        "tag_events": list(tag_events),
        "segments": [segment_row(**segment) for segment in segments],
        "segment_records": list(segment_records),
        **{name: list(rows) for name, rows in others.items()},
    }
    folder.mkdir()
    for name, table_rows in rows.items():
        columns = {field.name: [row.get(field.name) for row in table_rows] for field in TABLES[name].arrow_schema}
        pq.write_table(pa.table(columns, schema=TABLES[name].arrow_schema), folder / TABLES[name].file_name)
    (folder / "universe.json").write_text(json.dumps({"format_version": 1, "as_of": AS_OF.isoformat()}))
    return open_universe(folder)


def account_row(account: int) -> dict:
    return {
        "account": account,
        "country": "US" if is_american(account) else "DE",
        "age_bucket": AGE_BUCKETS[account % len(AGE_BUCKETS)],
        "gender": GENDERS[account % len(GENDERS)],
        "device": DEVICES[account % len(DEVICES)],
        "activity": 1.0,
    }


def identifier_rows(account: int) -> list[dict]:
    rows = [{"account": account, "identifier_kind": "EMAIL"} | email_digests(email(account))]
    if account % 2 == 0:
        digests = {kind.lower(): hash_maid(aaid(account), kind) for kind in DigestKind}
        rows.append({"account": account, "identifier_kind": "MAID"} | digests)
    return rows


def email_digests(address: str) -> dict:
    return {"md5": hash_email(address, DigestKind.MD5), "sha1": None, "sha256": hash_email(address, DigestKind.SHA256)}


def segment_row(segment_id: str, data_fee_rate_bp: int = 1_000) -> dict:
    return {
        "segment_id": segment_id,
        "name": f"Segment {segment_id}",
        "provider": "Invented Data",
        "description": "People who",
        "data_fee_rate_bp": data_fee_rate_bp,
        "country": "US",
    }
