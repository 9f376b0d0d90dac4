"""What a person sees of how much of one part of a task's data is in another; not an asset of its own."""

import dagster as dg

from distil_dagster.corpus.contamination import ContaminationReport, Part
from resources.artifacts import shown_table


def contamination_table(report: ContaminationReport) -> list[dg.TableRecord]:
    """One line per pair of parts and level."""
    return [
        dg.TableRecord(
            {
                "of": cell.left,
                "in": cell.right,
                "level": cell.level,
                "rows": cell.rows,
                "of_rows": report.row_counts[cell.left],
                "rows_hit": cell.matched,
            }
        )
        for cell in report.cells
    ]


def contamination_metadata(report: ContaminationReport, left: Part, right: Part) -> dict[str, dg.MetadataValue]:
    """Counts of one pair on every level, and the closest examples."""
    cells = [cell for cell in report.cells if (cell.left, cell.right) == (left, right)]
    shown: dict[str, dg.MetadataValue] = {cell.level: dg.MetadataValue.int(cell.rows) for cell in cells}
    examples = [
        dg.TableRecord(
            {
                "level": cell.level,
                "similarity": round(example.similarity, 2),
                left: example.left_question[-200:],
                right: example.right_question[-200:],
            }
        )
        for cell in cells
        for example in cell.examples
    ]
    return {**shown, "examples": shown_table(examples)}
