"""Seeds as dialogue turns before each question: which ones, in which form, and no more than fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from distil_dagster.benchmark.few_shot import FewShotSettings, SeedsDoNotFit, fitting_seeds, with_seeds
from distil_dagster.benchmark.predict import Prediction
from distil_dagster.benchmark.scores import score_arm
from distil_dagster.tasks import Example, Task, load_task

ROOM = 100_000


@pytest.fixture
def task(tiny_multi_turn_folder: Path) -> Task:
    return load_task(tiny_multi_turn_folder)


def tokens(task: Task, example: Example, model_folder: Path) -> int:
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    messages = [message.as_dict() for message in task.kind.prompt(task, example)]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return len(tokenizer(text, add_special_tokens=False)["input_ids"])


def test_the_dialogues_of_the_seeds_stand_between_the_instructions_and_the_question(task: Task) -> None:
    example, seeds = task.test_examples[1], task.seeds[:2]
    plain, prompt = task.kind.prompt(task, example), task.kind.prompt(task, with_seeds(task, example, seeds))
    shots = [message for row in seeds for message in task.kind.transcript(task, row)[1:]]
    assert prompt == [plain[0], *shots, *plain[1:]]
    assert [message.role for message in shots] == ["user", "assistant"] * 4


def test_the_question_its_answer_and_its_score_stay_and_the_prompt_is_recorded(task: Task) -> None:
    example = task.test_examples[0]
    asked = with_seeds(task, example, task.seeds[:1])
    (row,) = score_arm(task, "base", [asked], [Prediction(asked.id, "", example.target, 0.1, 1, 1)])
    assert (row["example_id"], row["target"], row["verdict"]) == (example.id, example.target, "right")
    assert len(json.loads(row["prompt"])) == len(task.kind.prompt(task, example)) + 4


def test_as_many_seeds_as_asked_for_are_drawn_under_the_seed(task: Task, base_model_dir: Path) -> None:
    def drawn(seed: int) -> list[str]:
        settings = FewShotSettings(shots=5, max_prompt_tokens=ROOM, random_seed=seed)
        rows, summary = fitting_seeds(task, task.test_examples, settings, model_folder=base_model_dir)
        assert [row.id for row in rows] == list(summary.seeds)
        return [row.id for row in rows]

    assert len(set(drawn(1))) == 5
    assert drawn(1) == drawn(1) != drawn(2)
    assert set(drawn(1)) <= {row.id for row in task.seeds}


def test_no_prompt_is_longer_than_allowed_and_one_more_seed_would_make_one(task: Task, base_model_dir: Path) -> None:
    settings = FewShotSettings(shots=25, max_prompt_tokens=500)
    rows, summary = fitting_seeds(task, task.test_examples, settings, model_folder=base_model_dir)
    lengths = [tokens(task, with_seeds(task, example, rows), base_model_dir) for example in task.test_examples]
    assert max(lengths) == summary.longest_prompt_tokens <= 500
    others = [row for row in task.seeds if row not in rows]
    longest = task.test_examples[lengths.index(max(lengths))]
    assert all(tokens(task, with_seeds(task, longest, [*rows, row]), base_model_dir) > 500 for row in others)


def test_where_not_one_fits_the_setting_to_change_is_named(task: Task, base_model_dir: Path) -> None:
    with pytest.raises(SeedsDoNotFit, match="raise max_prompt_tokens"):
        fitting_seeds(
            task,
            task.test_examples,
            FewShotSettings(shots=2, max_prompt_tokens=10),
            model_folder=base_model_dir,
        )
