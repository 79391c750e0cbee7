"""The closed forms against a plain inverse of the whole matrix, and logistic regression against its optimum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from workbench.actalike.country_moments import Moments
from workbench.actalike.heads import (
    CAUTIOUS,
    HEADS,
    INVERSE_PENALTY,
    MAX_COUNTED_FEATURES,
    Discriminant,
    Head,
    logistic_weights,
)
from workbench.actalike.row_scaling import Scaling

CLOSED_FORMS = [head for head in HEADS if head.shrinkage is not None]


def naive_weights(moments, basis, head, is_masked, contrast):
    """Write the covariance out and invert it; masked features are not there at all."""
    kept = np.flatnonzero(~is_masked)
    part = basis[kept].astype(float)
    n_directions = basis.shape[1]
    weights = np.zeros(len(basis))
    if head.has_own_features:
        unit = moments.total_variance / min(len(basis), MAX_COUNTED_FEATURES)
        own = np.diag(moments.residual[kept].astype(float) + head.shrinkage * unit)
        weights[kept] = np.linalg.inv(part @ moments.covariance @ part.T + own) @ contrast[kept]
    else:
        ridge = head.shrinkage * np.trace(moments.covariance) / n_directions * np.eye(n_directions)
        weights[kept] = part @ np.linalg.inv(moments.covariance + ridge) @ part.T @ contrast[kept]
    return weights


@settings(max_examples=30, deadline=None)
@given(rng_seed=st.integers(0, 10_000), n_features=st.integers(2, 12), head=st.sampled_from(CLOSED_FORMS))
def test_closed_forms_are_the_inverse_written_out(rng_seed, n_features, head):
    rng = np.random.default_rng(rng_seed)
    n_directions = int(rng.integers(1, n_features + 1))
    basis = np.linalg.qr(rng.normal(size=(n_features, n_directions)))[0].astype(np.float32)
    factor = rng.normal(size=(n_directions, n_directions + 1))
    moments = Moments(
        np.zeros(n_features, np.float32), factor @ factor.T, rng.random(n_features).astype(np.float32), 2.0
    )
    contrasts = rng.normal(size=(n_features, 2))
    is_masked = rng.random(n_features) < 0.3
    solved = Discriminant.prepared(moments, basis, head, is_masked).weights(contrasts)
    for column in range(2):
        expected = naive_weights(moments, basis, head, is_masked, contrasts[:, column])
        np.testing.assert_allclose(solved[:, column], expected, rtol=1e-4, atol=1e-6)
    assert not solved[is_masked].any()


def test_a_country_without_any_difference_gives_weights_and_no_nan():
    nothing = Moments(np.zeros(3, np.float32), np.zeros((3, 3)), np.zeros(3, np.float32), 0.0)
    for head in CLOSED_FORMS:
        weights = Discriminant.prepared(nothing, np.eye(3, dtype=np.float32), head, None).weights(np.ones((3, 1)))
        assert np.isfinite(weights).all()


def test_logistic_regression_is_at_its_optimum():
    rng = np.random.default_rng(1)
    members, others = rng.random((40, 5)), rng.random((200, 5)) - 0.2
    weights = logistic_weights(sparse.csr_array(members), sparse.csr_array(others))
    rows = np.vstack([members, others])
    is_member = np.repeat([1.0, 0.0], [40, 200])
    side = np.repeat([240 / 80, 240 / 400], [40, 200])  # both sides count the same
    # The intercept that belongs to the weights: at the optimum it, as one more penalised weight, has slope 0, too.
    intercepts = np.linspace(-3, 3, 6_001)
    errors = 1 / (1 + np.exp(-(rows @ weights)[:, None] - intercepts)) - is_member[:, None]
    intercept = intercepts[np.argmin(np.abs(intercepts + INVERSE_PENALTY * (side @ errors)))]
    error = 1 / (1 + np.exp(-(rows @ weights) - intercept)) - is_member
    np.testing.assert_allclose(weights + INVERSE_PENALTY * (rows.T @ (side * error)), 0, atol=0.02)


def test_every_candidate_has_a_name_of_its_own_and_one_is_cautious():
    assert len({head.name for head in HEADS}) == len(HEADS)
    assert HEADS[CAUTIOUS].shrinkage == max(head.shrinkage or 0 for head in HEADS)
    assert {head.scaling for head in HEADS} == set(Scaling)


@pytest.mark.parametrize("head", CLOSED_FORMS, ids=lambda head: head.name)
def test_more_shrinkage_leans_to_the_difference_of_means(head):
    rng = np.random.default_rng(2)
    factor = rng.normal(size=(4, 4))
    moments = Moments(np.zeros(4, np.float32), factor @ factor.T, np.ones(4, np.float32), 4.0)
    contrast = rng.normal(size=(4, 1))
    much = Head("much", head.scaling, 1e6, head.has_own_features)
    weights = Discriminant.prepared(moments, np.eye(4, dtype=np.float32), much, None).weights(contrast)
    cosine = (weights * contrast).sum() / np.linalg.norm(weights) / np.linalg.norm(contrast)
    assert cosine == pytest.approx(1, abs=1e-4)
