import subprocess
import sys

SCRIPT = """
import sys
from workbench.charts.light_altair import alt
print(alt.__name__, "rfc3987_syntax" in sys.modules, "jsonschema" in sys.modules)
import rfc3987_syntax
print(rfc3987_syntax.__name__)
"""


def test_altair_is_imported_without_the_grammar_which_stays_importable():
    """Fails as well when Altair no longer needs jsonschema, and `light_altair` can go."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.splitlines() == ["altair False True", "rfc3987_syntax"]
