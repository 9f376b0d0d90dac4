"""The bound on requests per second, against figures worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from distil_dagster.serving.roofline import ModelShape, RequestShape, UnknownShapeError, roofline
from distil_dagster.serving.settings import DevicePeak

QWEN3_4B = {
    "hidden_size": 2560,
    "num_hidden_layers": 36,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "intermediate_size": 9728,
    "vocab_size": 151936,
}
SHAPE = ModelShape.of(QWEN3_4B, bytes_per_number=2)
PEAK = DevicePeak(teraflops=800, gigabytes_per_second=3350, source="assumed")
REQUEST = RequestShape(input_tokens=250, cached_tokens=0, output_tokens=40)


def test_the_shape_of_qwen3_4b_has_its_published_size() -> None:
    assert SHAPE.body_parameters == pytest.approx(3.633e9, rel=1e-3)
    assert SHAPE.body_parameters + SHAPE.head_parameters == pytest.approx(4.022e9, rel=1e-3)
    assert SHAPE.cache_bytes_per_token == 144 * 1024


def test_without_a_width_for_its_heads_they_share_that_of_the_model() -> None:
    smol = {"hidden_size": 576, "num_hidden_layers": 30, "num_attention_heads": 9, "num_key_value_heads": 3}
    shape = ModelShape.of({**smol, "intermediate_size": 1536, "vocab_size": 49152}, bytes_per_number=4)
    assert shape.attention_width == 576
    assert shape.body_parameters + shape.head_parameters == pytest.approx(134.5e6, rel=1e-3)
    assert shape.cache_bytes_per_token == 2 * 30 * 3 * 64 * 4


@pytest.mark.parametrize(
    ("cached", "gigaflops", "bound", "expected"),
    [(0, 2156, 371, 317), (144, 1103, 725, 543)],
)
def test_a_request_of_text2sql_on_an_h100_has_the_bounds_of_a_calculation_by_hand(
    cached: int, gigaflops: float, bound: float, expected: float
) -> None:
    found = roofline(SHAPE, replace(REQUEST, cached_tokens=cached), PEAK, measured=222)
    assert found.gigaflops_per_request == pytest.approx(gigaflops, rel=2e-3)
    assert found.bound_per_second == pytest.approx(bound, rel=3e-3)
    assert found.expected_per_second == pytest.approx(expected, rel=3e-3)
    assert found.share == pytest.approx(222 / found.expected_per_second)


def test_long_answers_of_a_small_model_are_bound_by_the_memory() -> None:
    wide = replace(SHAPE, body_parameters=1, head_parameters=1, attention_width=1)
    found = roofline(wide, RequestShape(1000, 0, 500), PEAK, measured=1)
    assert found.bound_per_second == pytest.approx(3350e9 / (SHAPE.cache_bytes_per_token * 499 * (1000 + 499 / 2)))


def test_a_config_that_lacks_a_size_is_named() -> None:
    with pytest.raises(UnknownShapeError, match=r"config\.json has no intermediate_size"):
        ModelShape.of({key: size for key, size in QWEN3_4B.items() if key != "intermediate_size"}, bytes_per_number=2)
