"""One word per idea: files and identifiers use the project's vocabulary."""

import ast

import pytest

from tests.house.project_files import package_modules, project_files

# A file is a concept; these are drawers.
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc"}
# Words that have a better one here.
BANNED_WORDS = {
    "seed": "rng_seed, or seed_audience_ids for an actalike's source",
    "lookalike": "actalike",
    "look_alike": "actalike",
    "pinner": "account",
    "pii": "identifier",
    "whitelist": "include",
    "blacklist": "exclude",
    "suppress": "exclude",
    "ttl": "retention_days",
    "backfill": "prefill",
    "throttle": "pacing_multiplier",
    "markup": "data_fee_rate",
    "shading": "bid_reduction_rate",
    "line_item": "ad_group",
    "flights": "campaigns",
    "knob": "lever",
    "epoch": "tick",
    "iteration": "tick",
    "market_price": "clearing_price_micros",
    "minimum_bid": "bid_floor_micros",
    "share_of_voice": "win_rate",
}
BANNED_PREFIXES = ("get_", "process_", "handle_", "do_", "manage_")


def identifiers(tree: ast.Module) -> set[str]:
    """Return every name that a module gives: functions, classes, arguments, variables, attributes."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                names.add(name)
    return names


def banned_identifiers(tree: ast.Module) -> dict[str, str]:
    """Return each identifier that a better word exists for, with that word."""
    return {name: BANNED_WORDS[name.strip("_")] for name in identifiers(tree) if name.strip("_") in BANNED_WORDS}


def functions_with_empty_verbs(tree: ast.Module) -> list[str]:
    """Return public functions whose verb says nothing."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [function.name for function in functions if function.name.startswith(BANNED_PREFIXES)]


def test_every_file_is_a_concept_and_not_a_drawer():
    assert [path.name for path in project_files(".py") if path.stem in DRAWERS] == []


def test_identifiers_use_the_projects_words():
    found = {str(path): banned for path, tree in package_modules() if (banned := banned_identifiers(tree))}
    assert found == {}


def test_public_functions_say_what_they_do():
    found = {str(path): empty for path, tree in package_modules() if (empty := functions_with_empty_verbs(tree))}
    assert found == {}


@pytest.mark.parametrize(
    "planted", ["seed = 1", "def f(seed): ...", "class pii: ...", "x.ttl = 3", "def whitelist(): ..."]
)
def test_a_banned_word_is_found(planted):
    assert len(banned_identifiers(ast.parse(planted))) == 1


def test_the_allowed_compound_is_not_confused_with_the_banned_word():
    assert banned_identifiers(ast.parse("def f(rng_seed, seed_audience_ids): return rng_seed")) == {}


def test_an_empty_verb_is_found():
    assert functions_with_empty_verbs(ast.parse("def get_size(): ...")) == ["get_size"]
