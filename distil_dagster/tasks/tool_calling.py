"""The kind `tool-calling-closed-book`: one request, answered by one call of one of the task's tools.

A row:

    question: turn off the plug in the hall
    answer:   {"name": "plug_off", "parameters": {"place": "hall"}}
"""

from typing import Any

from distil_dagster.tasks.fences import without_fence
from distil_dagster.tasks.kind import INVALID, RIGHT, InvalidOutput, Kind, Score, Statement
from distil_dagster.tasks.rows import Conversation, Example, Exchange, Message, Row, ToolCall, Turn, read_json
from distil_dagster.tasks.tool_call_metrics import binary_tool_call, staged_tool_call, tool_call_equivalence

ANSWER_FORM = 'Answer with one call as JSON: {"name": "…", "parameters": {…}}'


class ToolCalling:
    """Single-turn tool calling; see `distil_dagster.tasks.kind.Kind` for the meaning of each method."""

    name = "tool-calling-closed-book"
    deciding_metric = "tool_call_equivalence"
    metrics: tuple[str, ...] = ("tool_call_equivalence", "binary_tool_call", "staged_tool_call")
    question_noun = "question"
    cluster_noun: str | None = None

    def declaration_problems(self, task: Statement) -> list[str]:
        """No tool."""
        return [] if task.tools.tools else [f"tools: the kind {self.name} needs at least one tool"]

    def conversation(self, row: Row) -> Conversation:
        """The row as a conversation of one turn."""
        return Conversation(row.id, (Turn(row.question, parse_tool_call(row.answer)),))

    def row(self, conversation: Conversation) -> Row:
        """A conversation of one turn as a row."""
        (turn,) = conversation.turns
        return Row(turn.user, turn.call.to_answer())

    def row_problems(self, task: Statement, row: Row) -> list[str]:
        """Every call of the row that can't be read or is not valid for the task's tools."""
        try:
            conversation = self.conversation(row)
        except ValueError as error:
            return [str(error)]
        return [
            f"the call in turn {number} is not valid: {problem}"
            for number, turn in enumerate(conversation.turns, start=1)
            for problem in task.tools.problems(turn.call)
        ]

    def grounding_problems(self, task: Statement, row: Row) -> list[str]:
        """None: that a tool takes its call is already asked of every call of every row, in `row_problems`."""
        return []

    def system_prompt(self, task: Statement) -> str:
        """Task description, the form of the answer, and the tools as one-line signatures."""
        return f"{task.description}\n{ANSWER_FORM}\n{task.tools.signatures()}"

    def expand(self, row: Row) -> tuple[Example, ...]:
        """One example per assistant turn: everything said before it is its prompt."""
        conversation = self.conversation(row)
        messages: list[Message] = []
        examples = []
        for number, turn in enumerate(conversation.turns, start=1):
            if turn.observation is not None:
                messages.append(Message("user", f"Result: {turn.observation}"))
            if turn.user:
                messages.append(Message("user", turn.user))
            target = turn.call.to_answer()
            examples.append(Example(f"{row.id}#{number}", row, number, tuple(messages), target, row.id))
            messages.append(Message("assistant", target))
        return tuple(examples)

    def prompt(self, task: Statement, example: Example) -> list[Message]:
        """The system message and the chat so far."""
        return [Message("system", self.system_prompt(task)), *example.messages]

    def transcript(self, task: Statement, row: Row) -> list[Message]:
        """The whole dialogue; every assistant message is one call, written as the model is to write it."""
        last = self.expand(row)[-1]
        return [*self.prompt(task, last), Message("assistant", last.target)]

    def parse(self, text: str) -> ToolCall:
        """The call in a model's text, which may be wrapped in a code fence but in nothing else."""
        return parse_tool_call(text)

    def score(self, task: Statement, example: Example, prediction: str) -> Score:
        """The three metrics; JSON that is no call still earns the first stage of the staged one."""
        reference = parse_tool_call(example.target)
        try:
            call = self.parse(prediction)
        except InvalidOutput as error:
            staged = 0.25 if _is_json(prediction) else 0.0
            metrics = {"tool_call_equivalence": 0.0, "binary_tool_call": 0.0, "staged_tool_call": staged}
            return Score(metrics, INVALID, (str(error),))
        right = tool_call_equivalence(task.tools, reference, call)
        metrics = {
            "tool_call_equivalence": float(right),
            "binary_tool_call": float(binary_tool_call(reference, call)),
            "staged_tool_call": staged_tool_call(task.tools, reference, call),
        }
        problems = tuple(task.tools.problems(call))
        if right:
            return Score(metrics, RIGHT, problems)
        wrong = "other arguments" if call.name == reference.name else "other tool"
        return Score(metrics, INVALID if problems else wrong, problems)

    def exchanges(self, row: Row) -> tuple[Exchange, ...]:
        """What was said in each turn, and its call: the tool and each argument."""
        return tuple(
            Exchange(
                turn.user,
                (turn.call.name, *(f"{name}={value}" for name, value in sorted(turn.call.arguments.items()))),
            )
            for turn in self.conversation(row).turns
        )

    def label(self, answer: str) -> str | None:
        """The tool."""
        try:
            return self.parse(answer).name
        except InvalidOutput:
            return None

    def structure(self, row: Row) -> str | None:
        """The last call's signature, its name and those of its arguments: `lights(power, room)`."""
        call = self.conversation(row).turns[-1].call
        return f"{call.name}({', '.join(sorted(call.arguments))})"


def tool_calling(kind: Kind) -> ToolCalling:
    """The kind as one whose answers are calls. Raises TypeError if they are not; ask with isinstance before."""
    if not isinstance(kind, ToolCalling):
        raise TypeError(f"answers of the kind {kind.name} are no tool calls")
    return kind


def parse_tool_call(text: str) -> ToolCall:
    """Read one call. Raises InvalidOutput with the reason if the text holds anything else.

    The arguments may stand under `parameters` (answers) or `arguments` (chat messages), as an object or, as
    the Chat Completions API writes them, as a JSON string of one.
    """
    try:
        value = read_json(without_fence(text))
    except ValueError as error:
        raise InvalidOutput(f"not JSON ({error})") from error
    return call_from_json(value)


def call_from_json(value: Any) -> ToolCall:
    """A call from its decoded JSON form. Raises InvalidOutput with the reason."""
    if isinstance(value, dict) and isinstance(value.get("function"), dict):
        value = value["function"]
    if not isinstance(value, dict):
        raise InvalidOutput(f"expected an object with name and parameters, found {type(value).__name__}")
    name = value.get("name")
    if not isinstance(name, str) or not name:
        raise InvalidOutput("expected the name of a tool under 'name'")
    arguments = value.get("parameters", value.get("arguments", {}))
    if isinstance(arguments, str):
        try:
            arguments = read_json(arguments or "{}")
        except ValueError as error:
            raise InvalidOutput(f"the arguments of {name} are not JSON ({error})") from error
    if not isinstance(arguments, dict):
        raise InvalidOutput(f"the arguments of {name} must be an object, not {type(arguments).__name__}")
    return ToolCall(name, arguments)


def _is_json(text: str) -> bool:
    try:
        read_json(without_fence(text))
    except ValueError:
        return False
    return True
