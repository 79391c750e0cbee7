import pickle

import pytest

import simulator.errors  # noqa: F401 - its errors are of the same tree
from workbench.errors import WorkbenchError

SENTENCE = "expected this, got that; do so"
ARGUMENTS = {  # of the errors that take more than a sentence
    "IdentifierError": ((SENTENCE,), {"error_code": "MALFORMED_EMAIL"}),
    "ListFileError": ((SENTENCE,), {"error_code": "HEADER_ROW", "line_number": 1}),
    "FieldError": ((("campaigns", 0), SENTENCE), {"n_more": 2}),
}


def tree(error):
    return [error, *(below for child in error.__subclasses__() for below in tree(child))]


@pytest.mark.parametrize("error", tree(WorkbenchError))
def test_an_error_is_the_same_after_pickling(error):
    positional, named = ARGUMENTS.get(error.__name__, ((SENTENCE,), {}))
    refusal = error(*positional, **named)
    refusal.add_note("seen twice")
    again = pickle.loads(pickle.dumps(refusal))  # noqa: S301 - our own
    assert type(again) is error
    assert SENTENCE in str(again)
    assert (str(again), again.args, vars(again)) == (str(refusal), refusal.args, vars(refusal))
    assert named.items() <= vars(again).items()
