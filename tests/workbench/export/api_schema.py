"""The API's own description as an oracle: what its schema says of a request body, and nothing else."""

import json
from functools import cache
from typing import NamedTuple

from openapi_schema_validator import OAS30StrictValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.house.project_files import ROOT

EXTRACT = ROOT / "tests" / "data" / "pinterest-api-description" / "openapi-extract.json"
HERE = "urn:api"


class Operation(NamedTuple):
    method: str
    path: str


@cache
def description() -> dict:
    return json.loads(EXTRACT.read_text("utf-8"))


@cache
def operations() -> dict[str, Operation]:
    """Return the requests of the extract by operation id."""
    return {
        operation["operationId"]: Operation(method.upper(), path)
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
    }


@cache
def _validator(operation_id: str) -> OAS30StrictValidator:
    whole = Resource.from_contents(description(), default_specification=DRAFT4)
    method, path = operations()[operation_id]
    place = ("paths", path, method.lower(), "requestBody", "content", "application/json", "schema")
    pointer = "/".join(part.replace("/", "~1") for part in place)
    return OAS30StrictValidator({"$ref": f"{HERE}#/{pointer}"}, registry=Registry().with_resource(HERE, whole))


def schema_faults(operation_id: str, body: object) -> list[str]:
    """Return what the API's schema has against a body, as places and the words that they break."""
    return [f"{error.json_path}: {error.validator}" for error in _validator(operation_id).iter_errors(body)]
