"""How far a student's predictions are from its teacher's, without ever holding the logits of all tokens.

The generalised Jensen-Shannon divergence of Agarwal et al. 2024, "On-Policy Distillation of Language Models: Learning
from Self-Generated Mistakes" (arXiv 2306.13649), section 2, over the whole vocabulary at each token.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import kl_div, linear
from torch.utils.checkpoint import checkpoint

TOKENS_AT_A_TIME = 256


def summed_divergence(
    states: Tensor, output_weight: Tensor, teacher_states: Tensor, teacher_weight: Tensor, *, beta: float
) -> Tensor:
    """The divergence at each token, summed; a scalar in nats, differentiable in `states`.

    With p the teacher's prediction, q the student's and m = beta p + (1 - beta) q it is beta KL(p, m) +
    (1 - beta) KL(q, m); at its ends KL(p, q) for a beta of 0 and KL(q, p) for 1, to which it tends when scaled. The
    logits are computed anew for the backward pass.

    Args:
        states: what the student's output layer reads, shape (tokens, hidden size).
        output_weight: of that layer, shape (vocabulary, hidden size); gets no gradient.
        teacher_states: the same of the teacher, whose hidden size may be another; likewise `teacher_weight`. Models of
            one tokenizer may round their vocabularies up to different sizes: words that only one has are left out.
        teacher_weight: see above.
        beta: from 0 to 1.
    """
    words = min(len(output_weight), len(teacher_weight))
    output_weight, teacher_weight = output_weight[:words], teacher_weight[:words]
    total = torch.zeros((), dtype=torch.float32, device=states.device)
    for some, of_teacher in zip(states.split(TOKENS_AT_A_TIME), teacher_states.split(TOKENS_AT_A_TIME), strict=True):
        part: Tensor = checkpoint(
            _divergence,
            *(some, output_weight, of_teacher, teacher_weight, beta),
            use_reentrant=False,
            preserve_rng_state=False,
        )
        total = total + part
    return total


def _divergence(
    states: Tensor, output_weight: Tensor, teacher_states: Tensor, teacher_weight: Tensor, beta: float
) -> Tensor:
    own = linear(states, output_weight).float().log_softmax(dim=-1)
    of_teacher = linear(teacher_states, teacher_weight).float().log_softmax(dim=-1)
    if beta == 0:
        return _divergence_of(of_teacher, own)
    if beta == 1:
        return _divergence_of(own, of_teacher)
    mixture = torch.logaddexp(of_teacher + math.log(beta), own + math.log1p(-beta))
    return beta * _divergence_of(of_teacher, mixture) + (1 - beta) * _divergence_of(own, mixture)


def _divergence_of(first: Tensor, second: Tensor) -> Tensor:
    """KL(first, second) of log probabilities, summed."""
    return kl_div(second, first, reduction="sum", log_target=True)
