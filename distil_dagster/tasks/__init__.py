"""What a task is: its folder, its rows, and its kind (prompt, parse, validate, score). Knows nothing above it."""

from distil_dagster.tasks.folder import Problem, Task, TaskFolderError, load_task
from distil_dagster.tasks.kind import InvalidOutput, Kind, Score
from distil_dagster.tasks.rows import Conversation, Example, Exchange, Message, Row, ToolCall, Turn
from distil_dagster.tasks.tools import Tool, Toolbox

__all__ = [
    "Conversation",
    "Example",
    "Exchange",
    "InvalidOutput",
    "Kind",
    "Message",
    "Problem",
    "Row",
    "Score",
    "Task",
    "TaskFolderError",
    "Tool",
    "ToolCall",
    "Toolbox",
    "Turn",
    "load_task",
]
