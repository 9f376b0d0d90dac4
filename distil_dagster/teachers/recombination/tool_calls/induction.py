"""Induction: from the seeds to templates, and to the habits by which follow-ups carry arguments on."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from distil_dagster.tasks import Conversation, Task, Tool, ToolCall, Turn
from distil_dagster.tasks.rows import canonical_json
from distil_dagster.tasks.tool_call_metrics import same_json
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.teachers.recombination.tool_calls.alignment import Aligner, Span
from distil_dagster.teachers.recombination.tool_calls.english import (
    ASKING_MARKS,
    ECHO_CUES,
    FOLLOW_UP_CUES,
    FUNCTION_WORDS,
    NEUTRAL_WORDS,
    PRONOUNS,
)
from distil_dagster.teachers.recombination.tool_calls.grammar import Grammar
from distil_dagster.teachers.recombination.tool_calls.habits import HabitEvidence
from distil_dagster.teachers.recombination.tool_calls.quantities import Quantity, find_quantities
from distil_dagster.teachers.recombination.tool_calls.slots import SlotFinder
from distil_dagster.teachers.recombination.tool_calls.templates import (
    FALL,
    RISE,
    Asked,
    Completion,
    Reference,
    Slot,
    Template,
    parts_of,
)
from distil_dagster.teachers.recombination.tool_calls.vocabulary import (
    Domain,
    Path,
    Vocabulary,
    alike,
    domain_at,
    is_action,
    leaves,
)
from distil_dagster.teachers.recombination.tool_calls.words import find_words, normal_words, tokenise

_ANAPHORA = PRONOUNS - {"they"}
_CORRECTING = frozenset({"no", "wait", "sorry", "meant", "mean", "actually", "instead", "rather"})
_LATER_OPENERS = frozenset({"and", "then", "now", "also", "oh", "but"})
_LATER_WORDS = frozenset({"instead", "too", "then", "next", "either", "also"})


def induce(task: Task, conversations: Iterable[Conversation] | None = None) -> Grammar:
    """Induce the grammar of a task from its seeds (or from some conversations of the same tools)."""
    if conversations is None:
        conversations = [tool_calling(task.kind).conversation(row) for row in task.seeds]
    return _Inducer(task, tuple(conversations)).grammar()


@dataclass(frozen=True)
class _Moment:
    """One turn of a seed: what was said and called, what went before, and the words that say the arguments."""

    name: str
    seed: str
    before: tuple[Turn, ...]
    turn: Turn
    tool: Tool
    spans: tuple[Span, ...]

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(token.normal for token in tokenise(self.turn.user))

    @property
    def said(self) -> frozenset[Path]:
        return frozenset(span.path for span in self.spans)


class _Inducer:
    def __init__(self, task: Task, conversations: tuple[Conversation, ...]) -> None:
        self.task = task
        self.conversations = conversations
        self.aligner = Aligner(Vocabulary(task.tools))
        self.aligner.learn(
            (turn.user, tool, turn.call.arguments)
            for conversation in conversations
            for turn in conversation.turns
            if (tool := task.tools.get(turn.call.name)) and turn.user
        )
        self.slots = SlotFinder(task.tools, self.aligner, conversations)
        self.chat_tools = frozenset(tool.name for tool in task.tools.tools if self._is_chat(tool))
        self.asking = self._asking_calls()
        self.evidence = HabitEvidence(task.tools, self.aligner, conversations)
        self.domain_tools: dict[Domain, set[str]] = defaultdict(set)
        for tool in task.tools.tools:
            for name in tool.properties:
                self.domain_tools[domain_at(tool, (name,))].add(tool.name)

    def grammar(self) -> Grammar:
        templates: list[Template] = []
        paths: dict[str, tuple[str, ...]] = {}
        for conversation in self.conversations:
            names = []
            for number in range(len(conversation.turns)):
                template = self._template(conversation, number)
                if template is not None:
                    templates.append(template)
                    names.append(template.name)
            paths[conversation.id] = tuple(names)
        word_tools: dict[str, set[str]] = defaultdict(set)
        for template in templates:
            if template.reference is None and template.completion is None:
                for word in template.literal_words:
                    word_tools[word].add(template.asked.tool if template.asked else template.tool)
        return Grammar(
            tuple(templates),
            self.evidence.settled(templates),
            self.aligner,
            self.chat_tools,
            tuple(self.asking.values()),
            {word: frozenset(tools) for word, tools in word_tools.items()},
            paths,
            self.slots.company(),
        )

    # What tools are for

    def _is_chat(self, tool: Tool) -> bool:
        domains = [domain_at(tool, (name,)) for name in tool.properties]
        return not any(self.aligner.is_varied(domain) or domain.kind in ("number", "text") for domain in domains)

    def _asking_calls(self) -> dict[str, ToolCall]:
        """Calls that ask back: the next turn's call takes arguments from the words that were asked about."""
        followed: Counter[str] = Counter()
        completed: Counter[str] = Counter()
        calls: dict[str, ToolCall] = {}
        for conversation in self.conversations:
            for turn, following in zip(conversation.turns, conversation.turns[1:], strict=False):
                tool = self.task.tools.get(following.call.name)
                if turn.call.name not in self.chat_tools or following.call.name in self.chat_tools or tool is None:
                    continue
                key = canonical_json([turn.call.name, turn.call.arguments])
                calls[key] = turn.call
                followed[key] += 1
                own = {span.path for span in self.aligner.align(following.user, tool, following.call.arguments)}
                before = {span.path for span in self.aligner.align(turn.user, tool, following.call.arguments)}
                completed[key] += bool(before - own)
        named = {key: bool(set(normal_words(key)) & ASKING_MARKS) for key in calls}
        return {
            key: calls[key]
            for key in calls
            if completed[key] >= (1 if named[key] else 2) and 3 * completed[key] >= followed[key]
        }

    # One turn

    def _template(self, conversation: Conversation, number: int) -> Template | None:
        turn = conversation.turns[number]
        tool = self.task.tools.get(turn.call.name)
        if tool is None or not turn.user or turn.observation is not None:
            return None
        name = f"{conversation.id}#{number + 1}"
        before = conversation.turns[:number]
        key = canonical_json([turn.call.name, turn.call.arguments])
        if key in self.asking:
            return self._asking_template(conversation, number, name)
        spans = self.aligner.align(turn.user, tool, turn.call.arguments)
        moment = _Moment(name, conversation.id, before, turn, tool, spans)
        if before and canonical_json([before[-1].call.name, before[-1].call.arguments]) in self.asking:
            return self._completion(moment)
        return self._plain(moment)

    def _asking_template(self, conversation: Conversation, number: int, name: str) -> Template:
        turn = conversation.turns[number]
        following = conversation.turns[number + 1] if number + 1 < len(conversation.turns) else None
        tool = self.task.tools.get(following.call.name) if following else None
        asked: Asked | None = None
        slots: list[tuple[int, int, Slot]] = []
        if following and tool and tool.name not in self.chat_tools:
            own = {span.path for span in self.aligner.align(following.user, tool, following.call.arguments)}
            spans = [
                span
                for span in self.aligner.align(turn.user, tool, following.call.arguments)
                if span.path not in own and span.domain.kind != "fixed"
            ]
            slots, fixed = self.slots.find(turn.user, tool, spans)
            known = frozenset(str(span.path[0]) for span in spans)
            asked = Asked(tool.name, known, tuple(fixed))
        words = {token.normal for token in tokenise(turn.user)}
        anaphoric = bool(words & _ANAPHORA)
        return Template(
            name,
            turn.call.name,
            parts_of(turn.user, slots),
            tuple(leaves(turn.call.arguments)),
            (conversation.id,),
            asked=asked,
            only_first=number == 0 and (anaphoric or asked is None),
            only_later=number > 0,
            after_tool=conversation.turns[number - 1].call.name if number else None,
        )

    def _completion(self, moment: _Moment) -> Template | None:
        arguments = moment.turn.call.arguments
        request = self.aligner.align(moment.before[-1].user, moment.tool, arguments)
        before = {span.path for span in request} - moment.said
        slots, fixed = self.slots.find(moment.turn.user, moment.tool, moment.spans)
        implied = [(path, value) for path, value in leaves(arguments) if path not in moment.said | before]
        if any(self._recalled(moment, path, value) for path, value in implied):
            return None
        return Template(
            moment.name,
            moment.tool.name,
            parts_of(moment.turn.user, slots),
            (*fixed, *implied),
            (moment.seed,),
            completion=Completion(frozenset(str(path[0]) for path in before)),
            only_later=True,
        )

    def _plain(self, moment: _Moment) -> Template | None:
        slots, fixed = self.slots.find(moment.turn.user, moment.tool, moment.spans)
        unsaid = [(path, value) for path, value in leaves(moment.turn.call.arguments) if path not in moment.said]
        referred, distance = self._referred(moment.before)
        changed = self._changed(moment, referred, unsaid) if referred else None
        reckoned = [slot for slot in (changed or self._framed(moment, unsaid),) if slot is not None]
        slots += reckoned
        unsaid = [(path, value) for path, value in unsaid if all(path != slot.path for _, _, slot in reckoned)]
        carried = self._carried(moment, referred, unsaid) if referred else frozenset[str]()
        implied = [(path, value) for path, value in unsaid if path[0] not in carried]
        mentioned = self._mentioned(moment, implied)
        implied = [(path, value) for path, value in implied if path[0] not in mentioned]
        if any(self._recalled(moment, path, value) for path, value in implied):
            return None
        if carried and distance > 1:
            self.evidence.note_skipped(between.call for between in moment.before[1 - distance :])
        parts = parts_of(moment.turn.user, slots)
        template = Template(moment.name, moment.tool.name, parts, (*fixed, *implied), (moment.seed,))
        if mentioned:
            before = moment.before[-1].call.name
            return None if carried else replace(template, mentioned=mentioned, only_later=True, after_tool=before)
        if referred is not None and (carried or changed):
            return replace(template, reference=self._reference(template, moment, referred, carried), only_later=True)
        opener = next((word for word in moment.words if word[0].isalnum()), "")
        joining = bool(set(moment.words) & _LATER_WORDS) or "as well" in moment.turn.user.lower()
        later = bool(moment.before) and (opener in _LATER_OPENERS or joining)
        after = None
        if moment.before and self._needs_context(template, moment, moment.before[-1].call):
            after = moment.before[-1].call.name
        if after == moment.tool.name:
            earlier = frozenset(moment.before[-1].call.arguments)
            self.evidence.note(moment.tool.name, template.said_keys, earlier, frozenset())
        return replace(template, only_later=later or after is not None, after_tool=after)

    def _referred(self, before: tuple[Turn, ...]) -> tuple[ToolCall | None, int]:
        for distance, turn in enumerate(reversed(before), start=1):
            if turn.call.name not in self.chat_tools:
                return turn.call, distance
        return None, 0

    def _carried(self, moment: _Moment, referred: ToolCall, unsaid: list[tuple[Path, Any]]) -> frozenset[str]:
        """The arguments that the words leave unsaid and the earlier call supplies."""
        other = self.task.tools.get(referred.name)
        if other is None:
            return frozenset()
        arguments = moment.turn.call.arguments
        cued = self._is_cued(moment)
        carried = set()
        for name in {str(path[0]) for path, _ in unsaid}:
            domain = domain_at(moment.tool, (name,))
            whole = all(path[0] != name or path not in moment.said for path, _ in leaves(arguments))
            if not whole or name not in referred.arguments or not alike(domain_at(other, (name,)), domain):
                continue
            # An action that the phrase itself implies may equal the last one by chance.
            supplied = self.aligner.is_object(domain) or domain.kind == "number" or cued or not moment.said
            if supplied and same_json(arguments[name], referred.arguments[name]):
                carried.add(name)
        return frozenset(carried)

    @staticmethod
    def _is_cued(moment: _Moment) -> bool:
        """Whether the words alone tell that they follow up, or say next to nothing."""
        content = [word for word in moment.words if word[0].isalnum() and word not in FUNCTION_WORDS]
        return bool(set(moment.words) & FOLLOW_UP_CUES) or len(content) <= 1

    def _changed(
        self, moment: _Moment, referred: ToolCall, unsaid: list[tuple[Path, Any]]
    ) -> tuple[int, int, Slot] | None:
        """The words that say by how much a number of the earlier call was changed ("three degrees warmer")."""
        quantity = self._loose_number(moment)
        if referred.name != moment.tool.name or quantity is None:
            return None
        for path, value in unsaid:
            domain = domain_at(moment.tool, path)
            before = referred.arguments.get(str(path[0])) if len(path) == 1 else None
            if domain.kind != "number" or isinstance(before, bool) or not isinstance(before, int | float):
                continue
            if abs(value - before) == quantity.value > 0:
                start, end, said = self._words_of(moment, quantity)
                return start, end, Slot(path, domain, RISE if value > before else FALL, "other", said)
        return None

    def _framed(self, moment: _Moment, unsaid: list[tuple[Path, Any]]) -> tuple[int, int, Slot] | None:
        """The number that a free text is made of ("HEAD~4" of "the last four commits")."""
        quantity = self._loose_number(moment)
        for path, value in unsaid if quantity else ():
            domain = domain_at(moment.tool, path)
            parts = re.split(r"(?<!\d)(\d+)(?!\d)", value) if domain.kind == "text" else []
            if quantity and len(parts) == 3 and int(parts[1]) == quantity.value:
                start, end, said = self._words_of(moment, quantity)
                return start, end, Slot(path, domain, quantity.manner, "other", said, frame=(parts[0], parts[2]))
        return None

    @staticmethod
    def _loose_number(moment: _Moment) -> Quantity | None:
        """The only number of the utterance that says no argument as it is."""
        covered = {index for span in moment.spans for index in range(span.start, span.end)}
        found = find_quantities(tokenise(moment.turn.user))
        loose = [quantity for quantity in found if covered.isdisjoint(range(quantity.start, quantity.end))]
        return loose[0] if len(loose) == 1 else None

    @staticmethod
    def _words_of(moment: _Moment, quantity: Quantity) -> tuple[int, int, str]:
        tokens = tokenise(moment.turn.user)
        start, end = tokens[quantity.start].start, tokens[quantity.end - 1].end
        return start, end, moment.turn.user[start:end]

    def _mentioned(self, moment: _Moment, implied: list[tuple[Path, Any]]) -> frozenset[str]:
        """The arguments that a pronoun stands for and that only the words of the turn before name."""
        if not moment.before or PRONOUNS.isdisjoint(moment.words) or moment.before[-1].call.name == moment.tool.name:
            return frozenset()
        tokens = tokenise(moment.before[-1].user)
        return frozenset(
            str(path[0])
            for path, value in implied
            if len(path) == 1 and self.aligner.only_mention(tokens, domain_at(moment.tool, path)) == value
        )

    def _recalled(self, moment: _Moment, path: Path, value: Any) -> bool:
        """Whether an unsaid value was told earlier in the dialogue, so that the phrase alone may not imply it."""
        domain = domain_at(moment.tool, path)
        if domain.kind == "enum" and is_action(domain):
            # The phrase may imply the action, or the last call supply it: that can't be told from the words.
            previous = moment.before[-1].call if moment.before else None
            return bool(
                previous
                and previous.name == moment.tool.name
                and same_json(previous.arguments.get(str(path[0])), value)
            )
        if domain.kind != "number" and not self.aligner.is_object(domain):
            return False
        return any(self._tells(earlier, domain, value) for earlier in moment.before)

    def _tells(self, earlier: Turn, domain: Domain, value: Any) -> bool:
        """Whether a turn says or calls a value, or a number from which it may be reckoned."""
        tool = self.task.tools.get(earlier.call.name)
        for path, other in leaves(earlier.call.arguments) if tool else ():
            if tool and alike(domain_at(tool, path), domain) and (domain.kind == "number" or same_json(other, value)):
                return True
        tokens = tokenise(earlier.user)
        if domain.kind == "enum":
            return any(value == named for _, _, named in self.aligner.mentions(tokens, domain))
        return domain.kind == "text" and bool(find_words(tokens, normal_words(str(value)), plural=False))

    def _reference(self, template: Template, moment: _Moment, referred: ToolCall, carried: frozenset[str]) -> Reference:
        said = template.said_keys
        same_tool = referred.name == moment.tool.name
        present = frozenset(referred.arguments) if same_tool else carried
        replaced = said & present
        if same_tool:
            self.evidence.note(moment.tool.name, said, present, carried)
        content = {word for word in template.literal_words if word not in NEUTRAL_WORDS}
        general = same_tool and not content and not template.fixed and said == replaced and len(said) == 1
        exact = self._exact(template, moment, referred)
        return Reference(referred.name, carried, present - carried - said, replaced, exact, general)

    def _exact(self, template: Template, moment: _Moment, referred: ToolCall) -> tuple[tuple[str, Any], ...]:
        """The earlier call's arguments from which the words take their meaning, so that others would change it."""
        echoing = bool(set(moment.words) & ECHO_CUES)
        implied = {str(path[0]) for path, _ in template.fixed}
        exact: list[tuple[str, Any]] = []
        for name, value in referred.arguments.items():
            domain = domain_at(self.task.tools.by_name[referred.name], (name,))
            if referred.name == moment.tool.name:
                decisive = not template.said_keys or (name in implied and echoing)
            else:
                decisive = not template.said_keys or (echoing and bool(implied) and is_action(domain))
            if decisive and not self.aligner.is_object(domain):
                exact.append((name, value))
        return tuple(exact)

    def _needs_context(self, template: Template, moment: _Moment, previous: ToolCall) -> bool:
        """Whether the words make sense only right after a call of the tool that went before."""
        first_slot = len(template.parts[0]) if template.slots and isinstance(template.parts[0], str) else 0
        for token in tokenise(moment.turn.user):
            if token.normal in ("one", "ones") or (
                token.normal in _ANAPHORA and not (template.slots and token.start > first_slot)
            ):
                return True
        if moment.tool.name != previous.name:
            return False
        if self.evidence.fills and previous.arguments.items() <= moment.turn.call.arguments.items():
            return True
        if _CORRECTING & set(moment.words):
            return True
        content = {word for word in template.literal_words if word not in FUNCTION_WORDS}
        telling = any(
            len(self.domain_tools[slot.domain]) == 1 and slot.domain.kind == "enum" for slot in template.slots
        )
        return not content and not telling
