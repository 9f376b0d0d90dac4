"""CREATE TABLE statements as the seeds write them: one line each, constraints in one of several spellings."""

from collections.abc import Sequence
from random import Random

from distil_dagster.teachers.recombination.sql.model import Column, Table


def create_table(table: Table, references: Sequence[tuple[str, str, str]], random: Random) -> str:
    """The statement for a table; `references` are (column, parent table, parent column).

    A foreign key stands beside its column or at the end.
    """
    beside = random.random() < 0.5
    lines = []
    for column in table.columns:
        definition = f"{column.name} {column.declared}{_constraint(table, column)}"
        for name, parent, key in references:
            if name == column.name and beside:
                definition += f" REFERENCES {parent}({key})"
        lines.append(definition)
    if len(table.primary_key) > 1:
        lines.append(f"PRIMARY KEY ({', '.join(table.primary_key)})")
    if not beside:
        lines += [f"FOREIGN KEY ({name}) REFERENCES {parent}({key})" for name, parent, key in references]
    return f"CREATE TABLE {table.name} ({', '.join(lines)});"


def _constraint(table: Table, column: Column) -> str:
    if table.primary_key == (column.name,):
        return " PRIMARY KEY"
    return " NOT NULL" if column.required else ""
