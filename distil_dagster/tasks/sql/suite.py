"""The databases on which a reference is compared with predictions, and its answers there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from distil_dagster.tasks.sql.answers import same_order, same_rows
from distil_dagster.tasks.sql.determinacy import rows_are_determined
from distil_dagster.tasks.sql.facts import Facts, parse_query, query_facts
from distil_dagster.tasks.sql.ordering import reference_ordering
from distil_dagster.tasks.sql.population import Population, counted_blocks
from distil_dagster.tasks.sql.profiles import PROFILES, Profile
from distil_dagster.tasks.sql.sandbox import Budget, Database, Row, check_statement
from distil_dagster.tasks.sql.schema import Table, read_schema, without_keys
from distil_dagster.tasks.sql.verdicts import BadReference, QueryFailure

SUITES_KEPT = 16
"""A suite takes about a megabyte of the heap that the queries share."""
_FOR_BOTH_QUERIES = (
    "few rows",
    "few values",
    "many nulls",
    "each boundary",
    "counted children",
    "counted groups",
    "hardly any ties, some nulls",
    "ties",
)

_MOST_TELLING_FIRST = sorted(PROFILES, key=lambda profile: not profile.each_boundary)
"""Where all but one condition is met in each row, a small database is enough for most queries."""


@dataclass(frozen=True)
class Case:
    """One populated database and what the reference returns there."""

    profile: Profile
    database: Database
    rows: list[Row]
    tie_sizes: list[int] | None
    """How many rows tie, from the first on; None where order doesn't count."""

    def accepts(self, rows: Sequence[Row]) -> bool:
        """Whether these rows are the reference's answer, too."""
        if self.tie_sizes is None:
            return same_rows(self.rows, rows)
        return same_order(self.rows, rows, self.tie_sizes)


class Suite:
    """A reference and the databases made for it."""

    def __init__(self, schema: str, reference: str) -> None:
        """Raises BadReference if schema or reference can't be run."""
        self._schema = schema
        self._reference = reference
        try:
            check_statement(reference)
            self.tables: tuple[Table, ...] = read_schema(schema)
            if not self.tables:
                raise BadReference("the schema creates no table")
            tree = parse_query(reference)
            self._facts = query_facts(tree, self.tables)
            self._ordering = reference_ordering(reference, tree)
            ties_seen = self._ordering is None or bool(self._ordering.keys)
            self._is_determined = ties_seen and rows_are_determined(tree)
            self.cases = self._cases(self._facts, PROFILES)
        except QueryFailure as failure:
            raise BadReference(f"the reference or its schema can't be run: {failure.detail}") from failure

    @cached_property
    def answers_anything(self) -> bool:
        """Whether the reference returns a row on any of the databases."""
        return any(case.rows for case in self.cases)

    def cases_for(self, prediction: str) -> Iterator[Case]:
        """Databases for the reference alone, then such as the literals and joins of the prediction ask for."""
        yield from self.cases
        facts = query_facts(parse_query(prediction), self.tables)
        if not self._facts.covers(facts):
            yield from self._cases(
                self._facts | facts, [profile for profile in PROFILES if profile.name in _FOR_BOTH_QUERIES]
            )

    def _cases(self, facts: Facts, profiles: Sequence[Profile]) -> list[Case]:
        """One case per profile, without those where the reference's own answer is arbitrary.

        If no large database is left, as for a LIMIT without ORDER BY, the large ones stay: there the first rows that
        SQLite meets are what both queries see.
        """
        population = Population(self.tables, facts, seed=f"{self._schema}\0{self._reference}")
        budget = Budget()
        certain: list[Case] = []
        arbitrary: list[Case] = []
        for profile in profiles:
            if profile.counted and not counted_blocks(facts.counts):
                continue
            database = Database(self._schema)
            database.fill(population.rows(profile))
            backwards = None if self._is_determined else self._backwards(database)
            database.seal()
            case = self._case(profile, database, budget)
            is_certain = backwards is None or self._answers_the_same(case, backwards, budget)
            (certain if is_certain else arbitrary).append(case)
        if not any(case.profile.is_large for case in certain):
            certain += [case for case in arbitrary if case.profile.is_large and self._is_steady(case, budget)]
            if not any(case.profile.is_large for case in certain):
                raise BadReference("the reference gives another answer each time")
        return certain

    def _backwards(self, database: Database) -> Database:
        """The same rows in the opposite order, and without keys by which SQLite might find them in the same.

        An answer that changes there is arbitrary: a LIMIT that cuts through a tie, a column that is neither grouped by
        nor aggregated.
        """
        backwards = Database(without_keys(self.tables))
        backwards.fill(
            {
                table.name: (table.column_names, reversed(database.contents(table.name, table.column_names)))
                for table in self.tables
            }
        )
        backwards.seal()
        return backwards

    def _is_steady(self, case: Case, budget: Budget) -> bool:
        return case.accepts(case.database.run(self._reference, budget))

    def _answers_the_same(self, case: Case, backwards: Database, budget: Budget) -> bool:
        try:
            return case.accepts(backwards.run(self._reference, budget))
        except QueryFailure:  # it needs what the plain tables lack, such as a generated column
            return True

    def _case(self, profile: Profile, database: Database, budget: Budget) -> Case:
        rows = database.run(self._reference, budget)
        if self._ordering is None:
            return Case(profile, database, rows, None)
        if self._ordering.added:
            try:
                with_keys = database.run(self._ordering.query, budget)
            except QueryFailure:  # then ties can't be seen
                return Case(profile, database, rows, [1] * len(rows))
            if self._ordering.without_keys(with_keys) == rows:
                return Case(profile, database, rows, self._ordering.tie_sizes(with_keys))
            return Case(profile, database, rows, [1] * len(rows))
        return Case(profile, database, rows, self._ordering.tie_sizes(rows))


def is_informative(schema: str, query: str) -> bool:
    """Whether a query returns a row with anything but 0 and NULL on any of the databases made for it.

    It is tried on a database for all queries of its schema, then on those for its own literals, until it does; whether
    the answer is arbitrary isn't asked. Raises QueryFailure if the query fails on one of these databases.
    """
    budget = Budget()
    return any(
        # A count over nothing is a row, too.
        any(cell not in (None, 0) for row in database.run(query, budget) for cell in row)
        for database in _databases_for(schema, query)
    )


def _databases_for(schema: str, query: str) -> Iterator[Database]:
    yield _common_database(schema)
    facts = query_facts(parse_query(query), read_schema(schema))
    population = Population(read_schema(schema), facts, seed=f"{schema}\0{query}")
    for profile in _MOST_TELLING_FIRST:
        if not profile.counted or counted_blocks(facts.counts):
            yield _filled(schema, population, profile)


def _filled(schema: str, population: Population, profile: Profile) -> Database:
    database = Database(schema)
    database.fill(population.rows(profile))
    database.seal()
    return database


@lru_cache(maxsize=SUITES_KEPT)
def _common_database(schema: str) -> Database:
    population = Population(read_schema(schema), Facts(), seed=schema)
    return _filled(schema, population, next(profile for profile in PROFILES if profile.is_large))


suite_of = lru_cache(maxsize=SUITES_KEPT)(Suite)
"""The suite of a schema and a reference, kept for the next prediction."""
