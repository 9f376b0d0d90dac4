"""From a task and the teacher's settings to the calls that will be made, and what they can cost; asks nobody."""

from __future__ import annotations

from collections.abc import Mapping

from distil_dagster.serving.budget import TokenPrices
from distil_dagster.serving.usage import most_input_tokens
from distil_dagster.tasks import Task
from distil_dagster.teachers.emphasis import Emphasis
from distil_dagster.teachers.model.mutators import combinations
from distil_dagster.teachers.model.plan import MostSpent, Order, Plan, deal, described
from distil_dagster.teachers.model.writer import with_shots
from distil_dagster.teachers.model.writers import writer_for
from distil_dagster.teachers.settings import ModelTeacherSettings

CALLS_OF_A_BATCH = 1_000_000
"""Calls of each further batch are numbered from the next multiple on. Equal requests are told apart by the number."""


class Planning:
    """The plans for one task."""

    def __init__(
        self,
        task: Task,
        settings: ModelTeacherSettings,
        *,
        max_output_tokens: int,
        prices: TokenPrices,
    ) -> None:
        """`max_output_tokens` is the endpoint's setting, which the task's own comes before.

        Raises:
            NoRowsError: if the task lacks what its rows are written from.
        """
        self.writer = writer_for(task)
        self.max_output_tokens = task.settings.synthgen.teacher_max_tokens or max_output_tokens
        self.prices = prices
        self._task = task
        self._settings = settings
        self._mutators = combinations(task.settings.synthgen)

    @property
    def votes(self) -> int:
        """Blind answers to each row."""
        return self._settings.label_votes if self.writer.takes_votes_on_labels else self._settings.votes

    def orders(self, *, count: int, seed: int, emphasis: Emphasis | None = None) -> list[Order]:
        """The calls that there may be: those that it takes if every row passes, then more."""
        calls = self._calls(count)
        more = int(calls * self._settings.most_requested) - calls
        wanted = [emphasis.of_mutators(mutators) for mutators in self._mutators] if emphasis else None
        deals = [
            deal(
                self.writer.designs,
                self._mutators,
                calls=part,
                rows_per_call=self._rows_per_call,
                seed=name,
                weights=self._design_weights(emphasis),
                combination_weights=wanted,
            )
            for part, name in ((calls, f"{seed}"), (more, f"{seed} more"))
            if part
        ]
        return [
            Order(number, order.cell, order.count, f"{seed}")
            for number, order in enumerate(
                (order for dealt in deals for order in dealt), CALLS_OF_A_BATCH * (emphasis.batch if emphasis else 0)
            )
        ]

    def plan(self, *, count: int, seed: int, emphasis: Emphasis | None = None) -> Plan:
        """The plan as it is shown."""
        orders = self.orders(count=count, seed=seed, emphasis=emphasis)
        return described(
            orders[: self._calls(count)],
            self.writer.designs,
            self._mutators,
            target=count,
            most_calls=len(orders),
            most=self._most_spent(orders),
        )

    @property
    def _rows_per_call(self) -> int:
        synthgen = self._task.settings.synthgen
        return 1 if synthgen.parallel_llm_calls else synthgen.generation_in_single_call

    def _calls(self, count: int) -> int:
        """Calls for the target, which is rounded up to whole iterations."""
        size = self._task.settings.synthgen.generation_iteration_size
        iterations = -(-count // size)
        return -(-iterations * size // self._rows_per_call)

    def _design_weights(self, emphasis: Emphasis | None) -> Mapping[str, float]:
        """By what the task says of the seeds' shares, times the emphasis."""
        as_in_seeds = self._task.settings.synthgen.match_generated_distribution_to_seed
        return {
            design.name: (len(design.seeds) if as_in_seeds else 1.0)
            * (emphasis.of_design(design.name) if emphasis else 1.0)
            for design in self.writer.designs
        }

    def _most_spent(self, orders: list[Order]) -> MostSpent:
        """Were every prompt as long as the longest, and every answer as long as it may be."""
        kind, synthgen = self._task.kind, self._task.settings.synthgen
        first_of = {order.cell.design: order for order in reversed(orders)}
        longest = max(
            (self.writer.questions_of_call(order) for order in first_of.values()),
            key=lambda questions: sum(most_input_tokens(question.messages) for question in questions),
        )
        prompt = tuple(kind.prompt(self._task, kind.expand(self._task.seeds[0])[-1]))
        blind = most_input_tokens(with_shots(self._task, prompt, "")) + synthgen.validation_max_total_length
        votes = self.votes * self._rows_per_call
        input_tokens = sum(most_input_tokens(question.messages) for question in longest) + votes * blind
        requests = len(orders) * (len(longest) + votes)
        total_in, total_out = len(orders) * input_tokens, requests * self.max_output_tokens
        return MostSpent(
            requests=requests,
            input_tokens=total_in,
            output_tokens=total_out,
            dollars=self.prices.dollars(total_in, total_out),
            budget_dollars=self._settings.budget_dollars,
            budget_tokens=self._settings.budget_tokens,
        )
