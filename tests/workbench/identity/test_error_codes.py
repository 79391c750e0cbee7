import pytest

from workbench.identity import ERROR_CODES, ErrorCode
from workbench.identity.error_codes import WARNINGS, WarningCode


def test_every_code_and_every_warning_is_explained():
    assert set(ERROR_CODES) == set(ErrorCode)
    assert set(WARNINGS) == set(WarningCode)


@pytest.mark.parametrize("code", ErrorCode)
def test_an_explanation_says_what_was_expected_what_came_and_what_to_do(code):
    explanation = ERROR_CODES[code]
    assert explanation.message.startswith("expected ")
    assert ", got " in explanation.message
    assert explanation.fix[0].islower()
    assert not explanation.message.endswith(".")
    assert not explanation.fix.endswith(".")
