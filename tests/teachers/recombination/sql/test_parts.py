"""The parts of requests: conditions around nouns, plurals, templates of seeds, joins, the check by execution."""

from random import Random

import pytest

from distil_dagster.tasks import Row
from distil_dagster.teachers.recombination.sql.checking import informative
from distil_dagster.teachers.recombination.sql.conditions import Condition, noun_phrase
from distil_dagster.teachers.recombination.sql.english import Voice, plural, with_article, with_right_articles
from distil_dagster.teachers.recombination.sql.induction import Slot, Template, induce
from distil_dagster.teachers.recombination.sql.lexicon import ENTITIES
from distil_dagster.teachers.recombination.sql.lexicon.reading import read_entities
from distil_dagster.teachers.recombination.sql.requests_sets import managed
from distil_dagster.teachers.recombination.sql.sampling import SchemaSampler
from distil_dagster.teachers.recombination.sql.seeds import read_seeds, seed_schemas
from distil_dagster.teachers.recombination.sql.writing import aliases, joined
from tests.teachers.recombination.sql.conftest import FERRIES, TREES, seed_rows


def condition(before: str = "", after: str = "") -> Condition:
    return Condition("{q}x = 1", ("x",), before, after, "", "", "equal")


class TestEnglish:
    @pytest.mark.parametrize(
        ("one", "many"),
        [
            *(
                ("category", "categories"),
                ("order id", "order ids"),
                ("branch", "branches"),
                ("date paid", "dates paid"),
            ),
            *(("units in stock", "units in stock"), ("net pay (gross minus tax)", "net pays (gross minus tax)")),
        ],
    )
    def test_plurals_are_those_of_the_head(self, one: str, many: str) -> None:
        assert plural(one) == many

    def test_articles_follow_the_sound(self) -> None:
        assert [with_article(word) for word in ("order", "user", "GPA", "SKU", "likes")] == [
            *("an order", "a user", "a GPA", "an SKU", "likes"),
        ]
        assert with_right_articles("a order of an user") == "an order of a user"

    def test_nested_alternatives_are_resolved(self) -> None:
        assert Voice(Random(1)).say("[a|a[| b]] {x}", x="[kept]").endswith("[kept]")


class TestNounPhrase:
    def test_adjectives_come_before_and_modifiers_in_order_after(self) -> None:
        found = noun_phrase(
            "orders", [condition(after="with a total above 5"), condition("late"), condition(after="placed in 2023")]
        )
        assert found == "late orders placed in 2023 with a total above 5"

    def test_what_rows_lack_comes_last(self) -> None:
        found = noun_phrase("orders", [condition(after="without a coupon"), condition(after="with status 'open'")])
        assert found == "orders with status 'open' and without a coupon"


class TestInduction:
    @pytest.fixture
    def templates(self) -> dict[str, Template]:
        seeds = read_seeds(seed_rows())
        of_seed = {name: schema for schema in seed_schemas(seeds) for name in schema.seeds}
        return {seed.question: found for seed in seeds if (found := induce(seed, of_seed[seed.id]))}

    def test_a_seed_whose_words_are_all_known_serves_any_schema(self, templates: dict[str, Template]) -> None:
        question = (
            "What is the average capacity per route? Only routes with at least 3 ferries. Return route and average."
        )
        template = templates[question]
        assert template.is_general
        assert [part.item or part.form for part in template.question if isinstance(part, Slot)] == [
            *("capacity", "route", "route", "3", "many", "route"),
        ]

    def test_a_seed_that_implies_a_column_serves_its_own_schema_only(self, templates: dict[str, Template]) -> None:
        assert not templates["Tree id and park's name of all trees in parks with an area of at least 5."].is_general

    def test_texts_become_slots_in_question_and_query(self, templates: dict[str, Template]) -> None:
        template = templates["Which parks have no tree of the species 'oak'? Return the park id."]
        slot = Slot("text", item="oak")
        assert slot in template.question
        assert slot in template.query

    def test_a_query_that_joins_a_table_with_itself_gives_none(self) -> None:
        query = "SELECT a.name, b.name FROM ferries AS a JOIN ferries AS b ON a.route = b.route;"
        (seed,) = read_seeds([Row(f"Schema:\n{FERRIES}\n\nQuestion: Ferries on one route?", query)])
        (schema,) = seed_schemas([seed])
        assert induce(seed, schema) is None


class TestSchemas:
    def test_aliases_are_first_letters_that_differ(self) -> None:
        (schema, _) = seed_schemas(read_seeds(seed_rows()))
        sampler = SchemaSampler([schema])
        found = [sampler.sample(Random(number)) for number in range(60)]
        pairs = [one for one in found if one.parent is not None]
        assert pairs
        assert all(aliases(one).parent != aliases(one).child for one in pairs)
        assert all(f" ON {aliases(one).child}.{one.link} = " in joined(one, first="parent") for one in pairs)

    def test_rows_may_refer_to_others_of_their_table(self) -> None:
        sampler = SchemaSampler(seed_schemas(read_seeds(seed_rows())))
        schemas = [sampler.sample(Random(number)) for number in range(1000)]
        (schema, *_) = [one for one in schemas if one.manager and one.main.having("label")]
        draft = managed(schema, Voice(Random(1)))
        assert draft is not None
        assert schema.manager_word in draft.question
        assert f"JOIN {schema.main.name} AS " in draft.query

    def test_a_line_that_describes_no_column_is_refused(self) -> None:
        with pytest.raises(ValueError, match="describes no column"):
            read_entities("tree/trees\n  height tallness: height\n")

    def test_most_parents_of_the_lexicon_are_entities(self) -> None:
        nouns = {noun.one for entity in ENTITIES for noun in entity.nouns}
        assert all(set(entity.parents) & nouns for entity in ENTITIES if entity.parents)


class TestChecking:
    @pytest.mark.parametrize(
        ("query", "tells"),
        [
            ("SELECT species FROM trees WHERE height > 12;", True),
            ("SELECT species FROM trees WHERE height > 12 AND height > 5;", False),
            ("SELECT species FROM trees WHERE height > 12 AND height < 5;", False),
            ("SELECT t.tree_id FROM trees AS t JOIN parks AS p ON p.park_id = t.park_id WHERE p.city = 'Oslo';", True),
            ("SELECT COUNT(*) FROM trees WHERE tree_id IS NULL;", False),
            ("SELECT nothing FROM trees;", False),
            ("SELECT 5;", False),
        ],
    )
    def test_only_queries_of_which_each_condition_matters_tell_something(self, query: str, tells: bool) -> None:
        assert informative(TREES, [query]) == [tells]
