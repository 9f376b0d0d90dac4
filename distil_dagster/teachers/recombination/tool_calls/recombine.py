"""The embedded teacher: new rows by recombination of the seeds, with no model (Jia & Liang 2016).

The seeds are cut into templates, templates are chained to dialogues where each one's call follows from the words and
the dialogue alone, and slots are filled from the task's schemas and from what the seeds show. A row is given up rather
than written with a doubtful label.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from random import Random
from typing import Any

from distil_dagster.tasks import Conversation, Example, Task, ToolCall, Turn
from distil_dagster.tasks.rows import canonical_json
from distil_dagster.tasks.tool_call_metrics import tool_call_equivalence
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.teachers.recombination.tool_calls.assessment import assess
from distil_dagster.teachers.recombination.tool_calls.concepts import concept_templates
from distil_dagster.teachers.recombination.tool_calls.derivation import derived_templates
from distil_dagster.teachers.recombination.tool_calls.descriptions import described_templates
from distil_dagster.teachers.recombination.tool_calls.dialogue import Interpreter, Plan, Said
from distil_dagster.teachers.recombination.tool_calls.induction import induce
from distil_dagster.teachers.recombination.tool_calls.mining import mined_values
from distil_dagster.teachers.recombination.tool_calls.paraphrase import Piece, joined, misspelt, paraphrase, style_of
from distil_dagster.teachers.recombination.tool_calls.parsing import Parser
from distil_dagster.teachers.recombination.tool_calls.phrases import english_templates
from distil_dagster.teachers.recombination.tool_calls.phrasings import written_templates
from distil_dagster.teachers.recombination.tool_calls.templates import FALL, RISE, Template
from distil_dagster.teachers.recombination.tool_calls.values import Values, direction_of
from distil_dagster.teachers.recombination.tool_calls.vocabulary import domain_at
from distil_dagster.teachers.recombination.tool_calls.words import normal_words, tokenise
from distil_dagster.teachers.teacher import Assessment, GeneratedRow, Generation, Origin

PATIENCE = 500
"""Attempts in a row without a new row after which the teacher says that it has no more."""
ORIGINS = {"seed": 0.4, "derived": 0.3, "english": 0.3, "grammar": 0.2}
"""How often a template of each origin is preferred where there are several."""
UNSEEN = 0.1
"""The weight of a kind of call that no seed shows in this place, beside the count of those that do."""


class RecombinationTeacher:
    """Writes rows by recombining a task's seeds; see `distil_dagster.teachers.teacher.Teacher`."""

    name = "recombination"
    is_model = False

    def __init__(self, task: Task) -> None:
        self.task = task
        self.grammar = induce(task)
        self.interpreter = Interpreter(task, self.grammar)
        complete, leaning = concept_templates(task, self.grammar)
        requests = (*written_templates(task), *complete)
        self.templates: tuple[Template, ...] = (
            *self.grammar.templates,
            *requests,
            *derived_templates(task, self.grammar, (*requests, *leaning)),
            *english_templates(task, self.grammar),
            *described_templates(task, self.grammar),
        )
        self.values = Values(task, self.grammar)
        reader = Parser(task, self.interpreter, self.values, self.templates)
        for domain, value in mined_values(reader, task.unstructured):
            self.values.add_text(domain, value)
        self.parser = Parser(task, self.interpreter, self.values, self.templates)

    def generate(self, *, count: int, seed: int) -> Generation:
        """Write up to `count` rows that are neither seeds nor repeat each other; ends early when there are no more."""
        writer = _Writer(self, Random(seed))
        conversations = map(tool_calling(self.task.kind).conversation, self.task.seeds)
        known = {_wording(turn.user for turn in conversation.turns) for conversation in conversations}
        rows: list[GeneratedRow] = []
        failures = 0
        while len(rows) < count and failures < PATIENCE:
            dialogue = writer.dialogue()
            wording = _wording(said.wording for said, _ in dialogue)
            writer.tire(dialogue, new=wording not in known)
            if not dialogue or wording in known:
                failures += 1
                continue
            failures = 0
            known.add(wording)
            rows.append(writer.row(dialogue))
        return Generation(tuple(rows), count, len(rows) < count)

    def assess(self, examples: Iterable[Example]) -> tuple[Assessment, ...]:
        """Parse each example with the templates; a question that none or several of them read gets no answer."""
        return assess(self.task, self.parser, self.grammar, examples)


class _Writer:
    """One run of the teacher: the random numbers, and what was written so far."""

    def __init__(self, teacher: RecombinationTeacher, random: Random) -> None:
        self.teacher = teacher
        self.task = teacher.task
        self.random = random
        self.values = Values(teacher.task, teacher.grammar)
        self.values.copy_texts(teacher.values)
        conversations = [tool_calling(self.task.kind).conversation(row) for row in self.task.seeds]
        self.lengths = [len(conversation.turns) for conversation in conversations]
        self.style = style_of(
            {turn.user: turn.call.name for item in conversations for turn in item.turns},
            teacher.grammar.aligner.vocabulary.schema_words,
        )
        self.used: Counter[str] = Counter()
        self.groups_used: Counter[tuple[str, str, str]] = Counter()
        self.stale: Counter[tuple[str, str, str]] = Counter()
        self.answers: dict[tuple[str, str], ToolCall] = {}
        self.orders = {tool.name: tuple(tool.properties) for tool in self.task.tools.tools}
        self.banned = self._banned_words()
        self.by_name = {template.name: template for template in teacher.templates}
        self.successors = self._successors(teacher.grammar.paths)
        self.roles: dict[str, dict[tuple[str, str, str], list[Template]]] = defaultdict(lambda: defaultdict(list))
        self.weights: Counter[tuple[str, str, str]] = Counter()
        for template in teacher.templates:
            group = self._group(template)
            self.roles[group[0]][group].append(template)
            if template.origin == "seed":
                self.weights[group] += 1
        seeds = teacher.grammar.templates
        self.opening_roles = [self._role(template) for template in seeds if self._is_opening(template)]
        self.role_counts = Counter(self._role(template) for template in seeds if not self._is_opening(template))

    def dialogue(self) -> tuple[tuple[Said, Plan], ...]:
        """One attempt at a new dialogue, turn by turn; empty if it came to a dead end."""
        steps: tuple[tuple[Said, Plan], ...] = ()
        for _ in range(self.random.choice(self.lengths)):
            step = self._turn(tuple(said for said, _ in steps))
            if step is None:
                return ()
            steps = (*steps, step)
        return steps

    def row(self, dialogue: tuple[tuple[Said, Plan], ...]) -> GeneratedRow:
        """The row of a dialogue."""
        templates = [plan.template for _, plan in dialogue]
        for said, _ in dialogue:
            self.values.note_call(self.task.tools.get(said.call.name), said.call)
        conversation = Conversation("", tuple(Turn(said.utterance, said.call) for said, _ in dialogue))
        return GeneratedRow(
            tool_calling(self.task.kind).row(conversation),
            Origin(
                seeds=tuple(dict.fromkeys(seed for template in templates for seed in template.seeds)),
                template=" + ".join(template.name for template in templates),
            ),
        )

    def tire(self, dialogue: tuple[tuple[Said, Plan], ...], *, new: bool) -> None:
        """Make the templates of a dialogue less likely to be chosen, the more so the longer they gave nothing new."""
        for _, plan in dialogue:
            group = self._group(plan.template)
            self.stale[group] = 0 if new else self.stale[group] + 1
            self._tire(plan.template, times=2 ** min(self.stale[group], 12))

    # Choice of a template

    def _turn(self, dialogue: tuple[Said, ...]) -> tuple[Said, Plan] | None:
        for _ in range(6):
            template = self._template(dialogue)
            if template is None:
                continue
            plan = self.teacher.interpreter.plan(template, dialogue)
            said = self._utter(plan, dialogue) if plan else None
            if plan and said:
                return said, plan
            # A template that fails is as tired as one that was used, or it would be tried for ever.
            self._tire(template)
        return None

    def _template(self, dialogue: tuple[Said, ...]) -> Template | None:
        following = self.successors.get(dialogue[-1].template) if dialogue else None
        if following and self.random.random() < 0.25:
            return self.random.choice(following)
        role = self._next_role(dialogue)
        groups = self.roles.get(role)
        if not groups:
            return None
        keys = list(groups)
        scores = [
            math.sqrt(self.weights[key] or UNSEEN) / (1 + self.groups_used[key]) * (0.5 + self.random.random())
            for key in keys
        ]
        ranked = sorted(range(len(keys)), key=lambda index: -scores[index])
        for index in ranked[:12]:
            chosen = self._least_used(groups[keys[index]], dialogue)
            if chosen is not None:
                return chosen
        return None

    def _next_role(self, dialogue: tuple[Said, ...]) -> str:
        if dialogue and dialogue[-1].pending is not None and self.random.random() < 0.85:
            return "completion"
        if not dialogue:
            return self.random.choice(self.opening_roles)
        roles = [role for role in self.role_counts if role != "completion"]
        return self.random.choices(roles, [self.role_counts[role] for role in roles])[0]

    @staticmethod
    def _is_opening(template: Template) -> bool:
        return template.name.endswith("#1")

    def _least_used(self, templates: list[Template], dialogue: tuple[Said, ...]) -> Template | None:
        candidates = self.random.sample(templates, min(len(templates), 40))
        # Few templates of an origin don't get the share of many, or one of them would be said again and again.
        counts = Counter(template.origin for template in candidates)
        (origin,) = self.random.choices(
            list(counts), [ORIGINS[name] * math.sqrt(count) for name, count in counts.items()]
        )
        candidates.sort(key=lambda item: (item.origin != origin, self.used[item.name]))
        for template in candidates:
            if self.teacher.interpreter.plan(template, dialogue) is not None:
                return template
        return None

    def _role(self, template: Template) -> str:
        if template.completion is not None:
            return "completion"
        if template.reference is not None or template.mentioned:
            return "follow-up"
        if template.asked is not None:
            return "asking"
        return "chat" if template.tool in self.teacher.grammar.chat_tools else "request"

    def _successors(self, paths: Mapping[str, tuple[str, ...]]) -> dict[str, list[Template]]:
        following: dict[str, list[Template]] = defaultdict(list)
        for names in paths.values():
            for name, after in pairwise(names):
                following[name].append(self.by_name[after])
        return following

    # From a plan to an utterance and its call

    def _utter(self, plan: Plan, dialogue: tuple[Said, ...]) -> Said | None:
        values = self._choose(plan)
        if values is None:
            return None
        call = plan.call(values, self.orders.get(plan.tool, ()))
        if self.task.tools.problems(call) or not self.teacher.grammar.is_shown(call):
            return None
        if plan.reference is not None and plan.template.said_keys and call == plan.reference:
            return None
        pieces = self._pieces(plan, values)
        for attempt in range(3):
            varied = pieces if attempt == 2 else self._vary(plan, pieces, dialogue)
            wording = joined(varied)
            if self._consistent(wording, dialogue, call, mentioned=bool(plan.template.mentioned)):
                utterance = joined(misspelt(varied, self.random, self.style))
                return Said(call, utterance, plan.template.name, plan.pending(values), wording)
        return None

    def _choose(self, plan: Plan) -> tuple[Any, ...] | None:
        values: list[Any] = []
        direction = direction_of(plan.template)
        for slot, path, domain in zip(plan.template.slots, plan.paths, plan.domains, strict=True):
            forbidden = list(slot.excluded)
            if path in plan.previous:
                forbidden.insert(0, plan.previous[path])
            forbidden += [
                value
                for value, other in zip(values, plan.domains, strict=False)
                if other.kind == domain.kind and (other.name == domain.name or (other.values == domain.values != ()))
            ]
            if slot.manner in (RISE, FALL):
                value = self.values.changed(slot, domain, plan.previous[path], self.random)
            else:
                value = self.values.choose(
                    slot, domain, self.random, forbidden=forbidden, direction=direction if path in plan.previous else 0
                )
            if value is None:
                return None
            values.append(value)
        return tuple(values)

    def _pieces(self, plan: Plan, values: tuple[Any, ...]) -> list[Piece]:
        pieces: list[Piece] = []
        number = 0
        parts = plan.template.parts
        for index, part in enumerate(parts):
            if isinstance(part, str):
                pieces.append(Piece(part))
                continue
            after = pieces[-1].text if pieces and not pieces[-1].value else ""
            following = parts[index + 1] if index + 1 < len(parts) else ""
            domain = plan.domains[number]
            spoken = values[number]
            if part.manner in (RISE, FALL):
                spoken = abs(spoken - plan.previous[plan.paths[number]])
            elif part.frame is not None:
                spoken = part.unframed(spoken)
            after, words = self.values.say(
                part,
                domain,
                spoken,
                self.random,
                after=after,
                before=following if isinstance(following, str) else "",
            )
            if pieces and not pieces[-1].value:
                pieces[-1] = Piece(after)
            pieces.append(Piece(words, value=True, verbatim=domain.kind == "text" and part.frame is None))
            number += 1
        return pieces

    def _vary(self, plan: Plan, pieces: list[Piece], dialogue: tuple[Said, ...]) -> list[Piece]:
        template = plan.template
        fragment = any((template.reference, template.completion, template.mentioned))
        banned = self.banned.get(plan.tool, frozenset())
        return paraphrase(pieces, self.random, self.style, later=bool(dialogue), fragment=fragment, banned=banned)

    def _consistent(self, utterance: str, dialogue: tuple[Said, ...], call: ToolCall, *, mentioned: bool) -> bool:
        """Whether the utterance has no other answer here, be it in this run or by another template."""
        state = canonical_json(
            [
                [(said.call.name, said.call.arguments) for said in dialogue[-2:]],
                dialogue[-1].pending.arguments if dialogue and dialogue[-1].pending else None,
                dialogue[-1].wording if mentioned else None,
            ]
        )
        key = (" ".join(normal_words(utterance)), state)
        known = self.answers.get(key)
        if known is not None:
            return tool_call_equivalence(self.task.tools, known, call)
        if not self.teacher.parser.agrees(utterance, dialogue, call):
            return False
        self.answers[key] = call
        return True

    # Bookkeeping

    def _tire(self, template: Template, *, times: int = 1) -> None:
        self.used[template.name] += times
        self.groups_used[self._group(template)] += times

    def _group(self, template: Template) -> tuple[str, str, str]:
        return self._role(template), template.tool, self._signature(template)

    def _signature(self, template: Template) -> str:
        """What tells the groups of a role apart that must be covered evenly.

        The arguments that are said or implied, and what no words of their own say: flags, reasons. Other values that
        a phrase implies don't set it apart, or a single odd seed would be a group.
        """
        tool = self.task.tools.by_name[template.tool]
        unspoken = sorted(
            (str(path), canonical_json(value))
            for path, value in template.fixed
            if not self.teacher.grammar.aligner.is_varied(domain_at(tool, path))
        )
        return canonical_json([unspoken, sorted(template.said_keys) if template.asked is None else template.asked.tool])

    def _banned_words(self) -> dict[str, frozenset[str]]:
        """For each tool, the words that were seen with other tools only, or that say a value of its own."""
        banned: dict[str, frozenset[str]] = {}
        for tool in self.task.tools.tools:
            foreign = {word for word, tools in self.teacher.grammar.word_tools.items() if tool.name not in tools}
            banned[tool.name] = frozenset(foreign | self.values.action_words(tool))
        return banned


def _wording(utterances: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """What makes a dialogue another one: its words, whatever their case, marks and misspellings."""
    return tuple(tuple(token.normal for token in tokenise(utterance) if token.is_word) for utterance in utterances)
