"""What a task is: its folder, its rows, and its kind (prompt, parse, validate, score). Knows nothing above it."""

from distil_dagster.tasks.folder import Problem, Task, TaskFolderError, load_task
from distil_dagster.tasks.kind import InvalidOutput, Kind
from distil_dagster.tasks.rows import Conversation, Example, Message, Row, ToolCall, Turn
from distil_dagster.tasks.tools import Tool, Toolbox

__all__ = [
    "Conversation",
    "Example",
    "InvalidOutput",
    "Kind",
    "Message",
    "Problem",
    "Row",
    "Task",
    "TaskFolderError",
    "Tool",
    "ToolCall",
    "Toolbox",
    "Turn",
    "load_task",
]
