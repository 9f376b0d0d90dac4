"""The cross-entropy behind a frozen output layer, without ever holding the logits of all tokens.

A vocabulary is a hundred times as wide as a small student, so the logits and their gradients would be the largest
tensors of training by far. Since the output layer is frozen, the gradient of what it reads is all that is kept, and can
be computed together with the loss, some tokens at a time (as in Hsu et al. 2024, "Liger Kernel", section 3.2).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

TOKENS_AT_A_TIME = 256


def summed_cross_entropy(states: Tensor, output_weight: Tensor, labels: Tensor) -> Tensor:
    """The summed cross-entropy of predicting the labels; a scalar in nats, differentiable in `states`.

    Args:
        states: what the output layer reads, shape (tokens, hidden size).
        output_weight: of the output layer, shape (vocabulary, hidden size); gets no gradient.
        labels: the right tokens, shape (tokens,).
    """
    loss: Tensor = _SummedCrossEntropy.apply(states, output_weight, labels)
    return loss


class _SummedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, states: Tensor, output_weight: Tensor, labels: Tensor) -> Tensor:
        loss = torch.zeros((), dtype=torch.float32, device=states.device)
        gradients = []
        for some, right in zip(states.split(TOKENS_AT_A_TIME), labels.split(TOKENS_AT_A_TIME), strict=True):
            logits = linear(some, output_weight).float()
            chosen = logits.gather(1, right.unsqueeze(1))
            normaliser = logits.logsumexp(dim=1, keepdim=True)
            loss += (normaliser - chosen).sum()
            if context.needs_input_grad[0]:
                of_logits = logits.sub_(normaliser).exp_()
                of_logits.scatter_add_(1, right.unsqueeze(1), torch.full_like(chosen, -1.0))
                gradients.append(of_logits.to(output_weight.dtype) @ output_weight)
        if gradients:
            context.save_for_backward(torch.cat(gradients))
        return loss

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        (of_states,) = context.saved_tensors
        return of_states * gradient.to(of_states.dtype), None, None
