"""The tiny models of the students' tests, which a benchmark asks as well."""

from tests.students.conftest import tiny_base

__all__ = ["tiny_base"]
