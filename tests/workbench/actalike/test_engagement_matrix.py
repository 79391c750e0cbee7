import numpy as np
import pytest
from scipy import sparse

from workbench.actalike import EngagementMatrix

WHERE = np.zeros(3, dtype=np.int32)


def test_events_add_up_and_count_by_their_logarithm():
    matrix = EngagementMatrix.from_events(
        np.array([2, 0, 2, 1]), np.array([1, 0, 1, 0]), np.array([1.0, 3.0, 2.0, 0.0]), ("a", "b"), WHERE, ("US",)
    )
    np.testing.assert_allclose(matrix.weights.toarray(), [[np.log(4), 0], [0, 0], [0, np.log(4)]], rtol=1e-6)
    assert matrix.weights.nnz == 2
    assert repr(matrix) == "EngagementMatrix(3 accounts, 2 features)"


def test_a_matrix_of_ones_own_is_copied_and_needs_no_zeros():
    own = sparse.csr_matrix(np.array([[1.0, 0], [2, 0], [0, 0]]))
    own[0, 0] = 0
    matrix = EngagementMatrix.from_sparse(own)
    assert matrix.weights.nnz == 1
    assert matrix.feature_names == ("0", "1")
    own.data[:] = 9
    assert matrix.weights.max() == 2


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_weights_that_are_none_are_refused(value):
    with pytest.raises(ValueError, match="expected finite weights of 0 or more"):
        EngagementMatrix.from_sparse(sparse.csr_array(np.array([[value]])))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"feature_names": ("a",)}, "a name for every feature, 2, got 1"),
        ({"feature_names": ("a", "a")}, "names that differ"),
        ({"country_of_account": WHERE[:2]}, "a country for every account, 3, got 2"),
        ({"country_of_account": WHERE + 1}, "positions of countries from 0 to 0, got 1 to 1"),
        ({"group_of_feature": np.array([0, 0, 0], dtype=np.int32)}, "a group for every feature, 2, got 3"),
        ({"group_of_feature": np.array([0, 5], dtype=np.int32)}, "positions of groups of features"),
    ],
)
def test_parts_that_do_not_fit_are_refused(fields, message):
    parts = {"feature_names": ("a", "b"), "country_of_account": WHERE, "countries": ("US",)}
    with pytest.raises(ValueError, match=message):
        EngagementMatrix(sparse.csr_array((3, 2), dtype=np.float32), **parts | fields)
