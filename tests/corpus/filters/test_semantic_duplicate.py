"""Rows that ask the same in other words, by a static model of six words that is made here."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from distil_dagster.corpus.curation import CurationSettings, curate
from distil_dagster.corpus.filters.semantic_duplicate import NoSemanticModelError
from distil_dagster.tasks import Row, Task, load_task
from distil_dagster.teachers import GeneratedRow
from tests.corpus.parts import as_generated, only

needs_semhash = pytest.mark.skipif(
    importlib.util.find_spec("semhash") is None, reason="the extra `semantic` (semhash) is not installed"
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Words that mean the same lie side by side: card and plastic, gone and lost; machine and PIN stand alone."""
    import numpy as np
    from model2vec import StaticModel
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    words = ["[UNK]", "card", "plastic", "gone", "lost", "machine", "pin"]
    tokenizer = Tokenizer(WordLevel({word: place for place, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    vectors = np.zeros((len(words), 4), dtype=np.float32)
    for word, axis, length in ((1, 0, 1.0), (2, 0, 0.9), (3, 1, 1.0), (4, 1, 0.9), (5, 2, 1.0), (6, 3, 1.0)):
        vectors[word, axis] = length
    StaticModel(vectors, tokenizer).save_pretrained(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def task(tiny_classification_folder: Path) -> Task:
    return load_task(tiny_classification_folder)


def with_model(model: Path | None) -> CurationSettings:
    return CurationSettings().model_copy(update={"semantic_model": model})


def texts(*said: str, label: str = "card_lost") -> list[GeneratedRow]:
    return [as_generated(Row(text, label)) for text in said]


@needs_semhash
class TestWithAModel:
    def test_the_same_in_other_words_is_out_and_its_original_is_named(self, task: Task, model: Path) -> None:
        rows = texts("card gone", "plastic lost", "machine pin", "lost plastic")
        assert only("semantic_duplicate", task, rows, with_model(model)) == {
            1: f"similarity 1.00 in meaning to row {rows[0].row.id}",
            3: f"similarity 1.00 in meaning to row {rows[0].row.id}",
        }

    def test_what_means_something_else_is_in(self, task: Task, model: Path) -> None:
        assert only("semantic_duplicate", task, texts("card gone", "card pin", "machine"), with_model(model)) == {}

    def test_another_answer_is_no_duplicate(self, task: Task, model: Path) -> None:
        rows = [*texts("card gone"), *texts("plastic lost", label="other")]
        assert only("semantic_duplicate", task, rows, with_model(model)) == {}

    def test_the_threshold_is_a_setting(self, task: Task, model: Path) -> None:
        rows = texts("card gone", "card pin")
        loose = with_model(model).model_copy(update={"semantic_similarity": 0.4})
        assert only("semantic_duplicate", task, rows, loose) == {
            1: f"similarity 0.50 in meaning to row {rows[0].row.id}"
        }

    def test_it_runs_where_the_profile_names_it(self, task: Task, model: Path) -> None:
        settings = CurationSettings(
            filters=("unreadable", "invalid_answer", "semantic_duplicate", "test_contamination"), semantic_model=model
        )
        verdicts = curate(task, texts("card gone", "plastic lost"), settings)
        assert [verdict.rejected_by for verdict in verdicts] == [None, "semantic_duplicate"]

    @pytest.mark.parametrize("folder", ["nowhere", "."])
    def test_a_folder_without_a_model_is_an_error_that_names_the_setting(
        self, task: Task, tmp_path: Path, folder: str
    ) -> None:
        with pytest.raises(NoSemanticModelError, match=r"curation\.semantic_model .* holds no model\.safetensors"):
            only("semantic_duplicate", task, texts("card gone"), with_model(tmp_path / folder))


def test_without_the_package_the_error_says_what_to_install(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "semhash", None)
    with pytest.raises(NoSemanticModelError, match=r"install distil_dagster\[semantic\]"):
        only("semantic_duplicate", task, texts("card gone"), with_model(Path("anywhere")))
