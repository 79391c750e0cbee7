"""Requests of the public API v5 that make the platform know what the workbench knows; written down, never sent.

`audience_requests`, `list_requests`, `targeting_requests` and `conversion_requests` turn definitions into requests; the
modules named ``…_bodies`` are what may stand in one, with the rules that the API's schema leaves out. `explaining`
tells beforehand what gets lost. Nothing here uses the network.
"""

from workbench.export.audience_book import AudienceBook
from workbench.export.audience_requests import AudienceExporter
from workbench.export.checking import check_body
from workbench.export.conversion_requests import conversion_requests
from workbench.export.explaining import explain_export
from workbench.export.findings import Finding, FindingKind
from workbench.export.list_requests import ListExporter
from workbench.export.platform_ids import PlatformIds, read_platform_ids
from workbench.export.request import ApiRequest, Export
from workbench.export.restricted_categories import RestrictedCategory, restricted_targeting
from workbench.export.targeting_requests import TargetingExporter, targeting_of

__all__ = [
    "ApiRequest",
    "AudienceBook",
    "AudienceExporter",
    "Export",
    "Finding",
    "FindingKind",
    "ListExporter",
    "PlatformIds",
    "RestrictedCategory",
    "TargetingExporter",
    "check_body",
    "conversion_requests",
    "explain_export",
    "read_platform_ids",
    "restricted_targeting",
    "targeting_of",
]
