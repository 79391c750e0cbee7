"""Matching as plainly as it can be said: dictionaries and sets, one record at a time."""

from workbench.identity import DigestKind


def account_of_digest(rows, list_type):
    """Return a dictionary from (digest kind, digest) to the lowest account that has it.

    ``rows`` are (account, identifier kind, md5, sha1 or None, sha256), as in the identifiers table.
    """
    accounts = {}
    for account, identifier_kind, *digests in sorted(rows, key=lambda row: -row[0]):
        if identifier_kind == list_type:
            for kind, digest in zip(DigestKind, digests, strict=True):
                if digest is not None:
                    accounts[kind, digest] = account
    return accounts


def match(records, rows, list_type):
    """Return the member accounts, the number of distinct records and how many of them matched.

    ``records`` are (digest kind, digest).
    """
    accounts = account_of_digest(rows, list_type)
    distinct = set(records)
    matched = {record for record in distinct if record in accounts}
    return {accounts[record] for record in matched}, len(distinct), len(matched)
