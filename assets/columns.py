"""What an asset's definition says of the table that it writes."""

from typing import Any

import dagster as dg

from distil_dagster.columns import columns_of


def described_table(file: str, row_type: type) -> dict[str, Any]:
    """Metadata of an asset whose main table is this file of its artifact, with rows that the class declares."""
    columns = [
        dg.TableColumn(
            column.name,
            column.type,
            column.description,
            constraints=dg.TableColumnConstraints(nullable=column.nullable),
        )
        for column in columns_of(row_type)
    ]
    return {"table": file, "dagster/column_schema": dg.TableSchema(columns)}
