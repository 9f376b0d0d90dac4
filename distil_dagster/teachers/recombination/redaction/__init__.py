"""The recombination teacher for redaction: `RedactionRecombinationTeacher`.

From the bottom: `pieces` (a text and its values), `values` (what is filled in), `scene` (who a text is about),
`phrasebook` and `grammar` (own sentences), `refilling` and `seed_sentences` (those of the seeds), `composing` (whole
texts), `balance` (which sentence comes next), `typing_habits`, `teacher`.
"""

from distil_dagster.teachers.recombination.redaction.teacher import RedactionRecombinationTeacher

__all__ = ["RedactionRecombinationTeacher"]
