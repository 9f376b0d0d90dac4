"""The recombination teacher for text-to-SQL: `SqlRecombinationTeacher`.

From the bottom: `model` (what is known of a table beyond its name), `lexicon` and `seed_schemas` (where tables come
from), `sampling` (new schemas), `conditions`, `projections` and `orders` (parts of a request, in SQL and English side
by side), `requests_*` (whole requests, one concept of SQL each), `induction` and `filling` (templates from the
seeds), `concepts` (how often each is written), `checking` (execution), `teacher`.
"""

from distil_dagster.teachers.recombination.sql.teacher import SqlRecombinationTeacher

__all__ = ["SqlRecombinationTeacher"]
