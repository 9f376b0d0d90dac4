from dataclasses import replace

from distil_dagster.tasks import Example
from distil_dagster.teachers.recombination.tool_calls import RecombinationTeacher


def test_seeds_are_read_as_they_are_labelled(tasks) -> None:
    for task in tasks:
        examples = [example for row in task.seeds for example in task.kind.expand(row)]
        assessments = RecombinationTeacher(task).assess(examples)
        assert [assessment.example_id for assessment in assessments] == [example.id for example in examples]
        assert sum(assessment.right for assessment in assessments) >= 0.9 * len(examples)


def test_an_answer_is_right_if_it_is_equivalent_to_the_target(tasks) -> None:
    (example,) = tasks.git.kind.expand(tasks.git.seeds[0])
    wrong = replace(example, target='{"name":"push","parameters":{}}')
    (right,), (other,) = (RecombinationTeacher(tasks.git).assess([item]) for item in (example, wrong))
    assert (right.right, other.right) == (True, False)
    assert right.answer == other.answer is not None


def test_a_question_that_no_template_reads_gets_no_answer(tasks) -> None:
    (example,) = tasks.git.kind.expand(tasks.git.seeds[0])
    strange = replace(example, messages=(replace(example.messages[0], content="colourless green ideas sleep"),))
    (assessment,) = RecombinationTeacher(tasks.git).assess([strange])
    assert (assessment.answer, assessment.right) == (None, False)


def test_what_was_asked_back_counts_in_the_next_question(tasks) -> None:
    task = tasks.bank
    row = next(seed for seed in task.seeds if "please unfreeze it" in seed.question)
    example: Example = task.kind.expand(row)[-1]
    (assessment,) = RecombinationTeacher(task).assess([example])
    assert assessment.right
