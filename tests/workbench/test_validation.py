"""What comes from outside is refused in one sentence: which field, what was expected, what came."""

import math
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError

from workbench.errors import DefinitionError, FieldError
from workbench.validation import DigitId, Written, complaint

PRIVATE = "anna@mail.example"


class Colour(StrEnum):
    RED = "RED"
    BLUE = "BLUE"


class Cat(Written):
    type: Literal["CAT"] = "CAT"
    n_lives: int = Field(default=9, ge=1, le=9)


class Dog(Written):
    type: Literal["DOG"] = "DOG"


class House(Written):
    house_id: DigitId = "1"
    pet: Annotated[Cat | Dog, Field(discriminator="type")] = Cat()
    cats: tuple[Cat, ...] = ()
    weights: tuple[float, ...] = Field(default=(1.0, 2.0), min_length=2, max_length=3)
    colour: Colour = Colour.RED
    is_open: bool = True
    height: float | None = None
    note: bool | int | float | str | list[str] | None = None
    tag: DigitId | None = None


class Street(Written):
    houses: tuple[House, ...]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"house_id": PRIVATE}, "house_id: expected an id of 1 to 18 digits, as text, got another text"),
        ({"house_id": 7}, "house_id: expected a text, got 7 (an id of 1 to 18 digits, as text)"),
        ({"cats": 5}, "cats: expected a list, got 5"),
        ({"cats": {}}, "cats: expected a list, got an object"),
        ({"cats": [PRIVATE]}, "cats.0: expected an object, got a text"),
        ({"pet": 5}, "pet: expected an object, got 5"),
        ({"pet": {}}, "pet: expected a type; known are: CAT, DOG"),
        ({"pet": {"type": "COT"}}, "pet: unknown type; did you mean CAT?"),
        ({"pet": {"type": []}}, "pet: unknown type; known are: CAT, DOG"),
        ({"pet": {"type": "CAT", "n_lives": 10}}, "pet.n_lives: expected at most 9, got 10"),
        ({"cats": [{}, {"n_lives": 0}]}, "cats.1.n_lives: expected at least 1, got 0"),
        ({"cats": [{"n_lives": 10**30}]}, "cats.0.n_lives: expected at most 9, got a larger number"),
        ({"weights": [1]}, "weights: expected a list of at least 2, got 1"),
        ({"weights": [1, "x"]}, "weights.1: expected a number, got a text"),
        ({"weights": [1, math.inf]}, "weights.1: expected a finite number, got inf"),
        ({"colour": PRIVATE}, "colour: expected 'RED' or 'BLUE', got another text"),
        ({"is_open": None}, "is_open: expected true or false, got null"),
        ({"height": math.nan}, "height: expected a finite number or null, got nan"),
        ({"height": True, "note": {}}, "note: expected true or false, a number, a text, a list or null, got an object"),
        ({"note": ["a", 3]}, "note.1: expected a text, got 3"),
        ({"colr": 1}, "colr: unknown field; did you mean colour?"),
        ({"house_id": "x", "cats": [{"n_lives": 0, "type": "DOG"}]}, "; and 2 more to correct"),
    ],
)
def test_a_refusal_says_where_what_was_expected_and_what_came(fields, sentence):
    with pytest.raises(FieldError) as refusal:
        House(**fields)
    assert str(refusal.value).endswith(sentence)
    assert str(refusal.value).startswith(sentence) or sentence.startswith(";")
    assert PRIVATE not in str(refusal.value)


def test_the_way_to_a_field_is_one_path_however_deep_it_is():
    with pytest.raises(DefinitionError) as refusal:
        Street(houses=[{}, {"cats": [{"n_lives": 0}], "colour": "x"}, {"height": "x"}])
    assert refusal.value.place == ("houses", 1, "cats", 0, "n_lives")
    assert str(refusal.value) == "houses.1.cats.0.n_lives: expected at least 1, got 0; and 2 more to correct"


def test_json_is_refused_in_the_same_words():
    with pytest.raises(ValidationError) as refusal:
        Street.model_validate_json('{"houses": [{"height": NaN}]}')
    assert complaint(refusal.value) == "houses.0.height: expected a finite number or null, got nan"
    with pytest.raises(ValidationError) as refusal:
        Street.model_validate(5)
    assert complaint(refusal.value) == "expected an object, got 5"
