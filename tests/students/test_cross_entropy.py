from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cross_entropy

from distil_dagster.students.cross_entropy import TOKENS_AT_A_TIME, summed_cross_entropy


@pytest.mark.parametrize("tokens", [1, TOKENS_AT_A_TIME, 2 * TOKENS_AT_A_TIME + 3])
def test_loss_and_gradient_are_those_of_the_whole_logits(tokens: int) -> None:
    torch.manual_seed(0)
    weight, labels = torch.randn(50, 12), torch.randint(50, (tokens,))
    states = torch.randn(tokens, 12, requires_grad=True)
    ours, expected = (
        summed_cross_entropy(states, weight, labels),
        cross_entropy(states @ weight.T, labels, reduction="sum"),
    )
    torch.testing.assert_close(ours, expected)
    (of_ours,) = torch.autograd.grad(3 * ours, states)
    (of_expected,) = torch.autograd.grad(3 * expected, states)
    torch.testing.assert_close(of_ours, of_expected)


def test_logits_too_large_for_an_exponential_give_a_finite_loss() -> None:
    states = torch.tensor([[1000.0, 0.0]], requires_grad=True)
    loss = summed_cross_entropy(states, torch.eye(2), torch.tensor([1]))
    loss.backward()
    assert loss.item() == 1000.0
    assert states.grad.isfinite().all()


def test_without_gradients_only_the_loss_is_computed() -> None:
    with torch.no_grad():
        loss = summed_cross_entropy(torch.zeros(5, 4), torch.zeros(8, 4), torch.zeros(5, dtype=torch.long))
    assert loss.item() == pytest.approx(5 * torch.log(torch.tensor(8.0)).item())
