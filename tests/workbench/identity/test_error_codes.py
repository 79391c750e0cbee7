import pytest

from workbench.identity import ERROR_CODES, ErrorCode
from workbench.identity.error_codes import WARNINGS, WarningCode


def test_every_code_and_every_warning_is_explained():
    assert set(ERROR_CODES) == set(ErrorCode)
    assert set(WARNINGS) == set(WarningCode)


@pytest.mark.parametrize("code", ErrorCode)
def test_a_rule_says_what_was_expected_what_came_and_what_to_do(code):
    rule = ERROR_CODES[code]
    assert rule.message.startswith("expected ")
    assert ", got " in rule.message
    assert rule.fix[0].islower()
    assert not rule.message.endswith(".")
    assert not rule.fix.endswith(".")
