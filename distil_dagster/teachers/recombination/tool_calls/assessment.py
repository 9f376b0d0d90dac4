"""Assessment: how a teacher without a model would answer the test set, by parsing its questions."""

from collections.abc import Iterable

from distil_dagster.tasks import Example, Task, ToolCall
from distil_dagster.tasks.rows import canonical_json
from distil_dagster.tasks.tool_call_metrics import tool_call_equivalence
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.teachers.recombination.tool_calls.dialogue import Pending, Said
from distil_dagster.teachers.recombination.tool_calls.grammar import Grammar
from distil_dagster.teachers.recombination.tool_calls.parsing import Parser
from distil_dagster.teachers.recombination.tool_calls.vocabulary import domain_at
from distil_dagster.teachers.recombination.tool_calls.words import tokenise
from distil_dagster.teachers.teacher import Assessment


def assess(task: Task, parser: Parser, grammar: Grammar, examples: Iterable[Example]) -> tuple[Assessment, ...]:
    """One assessment per example: the call that the templates read, and whether it is equivalent to the target."""
    assessments = []
    for example in examples:
        parsed = _answer(task, parser, grammar, example)
        target = tool_calling(task.kind).parse(example.target)
        right = parsed is not None and tool_call_equivalence(task.tools, target, parsed)
        assessments.append(Assessment(example.id, parsed.to_answer() if parsed else None, right))
    return tuple(assessments)


def _answer(task: Task, parser: Parser, grammar: Grammar, example: Example) -> ToolCall | None:
    utterance = ""
    dialogues: list[tuple[Said, ...]] = [()]
    asking = {canonical_json([call.name, call.arguments]) for call in grammar.asking_calls}
    for message in example.messages:
        if message.role == "user":
            utterance = message.content
            continue
        call = tool_calling(task.kind).parse(message.content)
        if canonical_json([call.name, call.arguments]) in asking:
            pendings: list[Pending | None] = list(_pendings(task, parser, grammar, (utterance, call), dialogues[0]))
            dialogues = [(*dialogues[0], Said(call, utterance, pending=pending)) for pending in pendings or [None]]
        else:
            dialogues = [(*dialogues[0], Said(call, utterance))]
        utterance = ""
    answers = [answer for dialogue in dialogues if (answer := parser.read(utterance, dialogue)) is not None]
    if not answers:
        return None
    return answers[0] if all(tool_call_equivalence(task.tools, answers[0], other) for other in answers) else None


def _pendings(
    task: Task, parser: Parser, grammar: Grammar, asked: tuple[str, ToolCall], dialogue: tuple[Said, ...]
) -> Iterable[Pending]:
    """What a request that was answered by asking back can be about: as a template reads it, else by its words."""
    utterance, call = asked
    found: dict[str, Pending] = {}
    for reading in parser.readings(utterance, dialogue):
        if reading.pending is not None and reading.call == call:
            found[canonical_json([reading.pending.tool, reading.pending.arguments])] = reading.pending
    if found:
        return found.values()
    tokens = tokenise(utterance)
    for template in grammar.templates:
        if template.completion is None:
            continue
        tool = task.tools.by_name[template.tool]
        arguments = {}
        for name in sorted(template.completion.known):
            domain = domain_at(tool, (name,))
            mentions = {value for _, _, value in grammar.aligner.mentions(tokens, domain)}
            if domain.kind == "enum" and len(mentions) == 1:
                arguments[name] = mentions.pop()
        if arguments.keys() == template.completion.known:
            found[canonical_json([tool.name, arguments])] = Pending(tool.name, arguments)
    return found.values()
