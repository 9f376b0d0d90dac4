from __future__ import annotations

import pytest
import torch

from distil_dagster.students.precision import DeviceError, choose_precision


@pytest.mark.parametrize(
    ("capabilities", "dtype", "reason"),
    [
        ({"avx2": True, "avx512_bf16": False, "amx_bf16": False}, torch.float32, "no bfloat16 instructions"),
        ({"avx2": True, "avx512_bf16": True}, torch.bfloat16, "avx512_bf16"),
        ({"avx2": True, "amx_bf16": True}, torch.bfloat16, "amx_bf16"),
        ({}, torch.float32, "no bfloat16 instructions"),
    ],
)
def test_bfloat16_is_chosen_only_where_the_cpu_multiplies_it(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], dtype: torch.dtype, reason: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    precision = choose_precision("cpu")
    assert precision.dtype == dtype
    assert reason in precision.reason


def test_asking_for_cuda_where_there_is_none_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceError, match="no CUDA device"):
        choose_precision("cuda")
    assert choose_precision().device.type == "cpu"
