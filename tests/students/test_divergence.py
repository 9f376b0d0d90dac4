from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import linear

from distil_dagster.students.divergence import TOKENS_AT_A_TIME, summed_divergence

TOKENS, WORDS = TOKENS_AT_A_TIME + 40, 50


@pytest.fixture
def student() -> tuple[Tensor, Tensor]:
    """What an output layer reads, and its weights."""
    torch.manual_seed(1)
    return torch.randn(TOKENS, 8, requires_grad=True), torch.randn(WORDS, 8)


@pytest.fixture
def teacher() -> tuple[Tensor, Tensor]:
    """The same of a wider model."""
    torch.manual_seed(2)
    return torch.randn(TOKENS, 12), torch.randn(WORDS, 12)


@pytest.mark.filterwarnings("ignore:You are importing from 'trl.experimental'")
@pytest.mark.parametrize("beta", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_loss_and_gradient_are_those_of_trl(
    student: tuple[Tensor, Tensor], teacher: tuple[Tensor, Tensor], beta: float
) -> None:
    from trl.experimental.gkd import GKDTrainer

    loss = summed_divergence(*student, *teacher, beta=beta)
    (gradient,) = torch.autograd.grad(loss, student[0])
    expected = GKDTrainer.generalized_jsd_loss(linear(*student), linear(*teacher), beta=beta, reduction="sum")
    (expected_gradient,) = torch.autograd.grad(expected, student[0])
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(gradient, expected_gradient)


def test_a_student_that_predicts_as_its_teacher_does_has_none(student: tuple[Tensor, Tensor]) -> None:
    for beta in (0.0, 0.5, 1.0):
        assert summed_divergence(*student, *student, beta=beta).item() == pytest.approx(0, abs=1e-3)


def test_words_that_only_the_teacher_has_room_for_are_left_out(
    student: tuple[Tensor, Tensor], teacher: tuple[Tensor, Tensor]
) -> None:
    states, weight = teacher
    roomy = torch.cat((weight, torch.zeros(14, weight.shape[1])))
    expected = summed_divergence(*student, states, weight, beta=1.0)
    torch.testing.assert_close(summed_divergence(*student, states, roomy, beta=1.0), expected)
