"""Induction: from the seeds to templates, and to the habits by which follow-ups carry arguments on."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

from distil_dagster.tasks import Conversation, Task, Tool, ToolCall, Turn
from distil_dagster.tasks.rows import canonical_json
from distil_dagster.tasks.tool_call_metrics import same_json
from distil_dagster.teachers.alignment import Aligner, Span
from distil_dagster.teachers.english import (
    ASKING_MARKS,
    ECHO_CUES,
    FOLLOW_UP_CUES,
    FUNCTION_WORDS,
    NEUTRAL_WORDS,
    PARTICLES,
    PRONOUNS,
)
from distil_dagster.teachers.quantities import Quantity, find_quantities
from distil_dagster.teachers.templates import FALL, RISE, Asked, Completion, Reference, Slot, Template, parts_of
from distil_dagster.teachers.vocabulary import Domain, Path, Vocabulary, alike, domain_at, is_action, leaves
from distil_dagster.teachers.words import Token, find_words, normal_words, stem, tokenise

FILLING_SEEDS = 4
"""Turns that only add to the call before them, from which on this counts as how the task is spoken to."""
TOPICAL = 1.8
"""How much more concentrated a parameter's values must be beside single words than on the whole to be topical."""
_ANAPHORA = PRONOUNS - {"they"}
_CORRECTING = frozenset({"no", "wait", "sorry", "meant", "mean", "actually", "instead", "rather"})
_LATER_OPENERS = frozenset({"and", "then", "now", "also", "oh", "but"})
_LATER_WORDS = frozenset({"instead", "too", "then", "next", "either", "also"})


@dataclass(frozen=True)
class CarryHabits:
    """What the seeds show of a follow-up's arguments: which are carried, which are dropped.

    `decisions` maps (tool, names said anew, those of them that replace a value, name of another argument) to whether
    it was carried; cases that the seeds decide in both ways are left out. `swapped` are the arguments whose
    replacement carried all others, `held` those ever carried and never dropped.
    """

    decisions: Mapping[tuple[str, frozenset[str], frozenset[str], str], bool]
    swapped: frozenset[tuple[str, str]]
    held: frozenset[tuple[str, str]]
    skipped: frozenset[str]
    """Calls (as JSON) over which a follow-up reached back to an earlier call."""
    yielding: frozenset[tuple[str, str, str]] = frozenset()
    """Tool and two of its arguments, of which the second is dropped where the first is said anew without it.

    Known only where the seeds show that a new action or number takes the place of another ("play", then "volume 20").
    """
    fills: bool = False
    """Calls are filled turn by turn: what is said further is added to the same call, and nothing is dropped."""

    def carries(self, tool: str, said: frozenset[str], replaced: frozenset[str], name: str) -> bool | None:
        """Whether an argument of the earlier call is carried; None if the seeds don't tell."""
        decision = self.decisions.get((tool, said, replaced, name))
        if decision is None and len(said) == 1 and said == replaced and (tool, next(iter(said))) in self.swapped:
            return True
        if decision is None and len(said) == 1 and not replaced:
            (new,) = said
            if (tool, name) in self.held and any((tool, new) == pair[:2] for pair in self.yielding):
                return True
            if (tool, new, name) in self.yielding:
                return False
        if decision is None and self.fills and not replaced:
            return True
        return decision


@dataclass(frozen=True)
class Grammar:
    """All that was induced from a task's seeds."""

    templates: tuple[Template, ...]
    habits: CarryHabits
    aligner: Aligner
    chat_tools: frozenset[str]
    """Tools none of whose arguments are said in words of their own: nothing can be carried from their calls."""
    asking_calls: tuple[ToolCall, ...]
    word_tools: Mapping[str, frozenset[str]]
    """In the calls of which tools a word was seen in a seed that says all itself."""
    paths: Mapping[str, tuple[str, ...]]
    """The names of the templates of each seed, turn by turn."""

    @cached_property
    def asked_back(self) -> frozenset[tuple[str, frozenset[str]]]:
        """Tools with the arguments of a request that is asked back for more, if only those are said."""
        asked = (template.asked for template in self.templates)
        return frozenset((item.tool, item.known) for item in asked if item is not None)


def induce(task: Task, conversations: Iterable[Conversation] | None = None) -> Grammar:
    """Induce the grammar of a task from its seeds (or from some conversations of the same tools)."""
    if conversations is None:
        conversations = [task.kind.conversation(row) for row in task.seeds]
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
        self.seen_with = self._values_by_word()
        self.given_with: dict[tuple[str, Path, Any], set[frozenset[str]]] = defaultdict(set)
        """The sets of arguments that stand together with a value of an enum."""
        for turn in (turn for conversation in conversations for turn in conversation.turns):
            for path, value in leaves(turn.call.arguments):
                if isinstance(value, str):
                    self.given_with[turn.call.name, path, value].add(frozenset(turn.call.arguments))
        self.chat_tools = frozenset(tool.name for tool in task.tools.tools if self._is_chat(tool))
        self.asking = self._asking_calls()
        self.fills = self._fills()
        self.evidence: dict[tuple[str, frozenset[str], frozenset[str], str], Counter[bool]] = defaultdict(Counter)
        self.skipped: set[str] = set()
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
            self._habits(templates),
            self.aligner,
            self.chat_tools,
            tuple(self.asking.values()),
            {word: frozenset(tools) for word, tools in word_tools.items()},
            paths,
        )

    # How values relate to words over all seeds

    def _values_by_word(self) -> dict[tuple[Domain, str], Counter[Any]]:
        """How often a word was said where a value of a domain was meant; the word "" stands for all such turns."""
        seen: dict[tuple[Domain, str], Counter[Any]] = defaultdict(Counter)
        for conversation in self.conversations:
            for turn in conversation.turns:
                tool = self.task.tools.get(turn.call.name)
                for path, value in leaves(turn.call.arguments) if tool else ():
                    domain = domain_at(tool, path) if tool else None
                    if domain is not None and domain.kind == "enum":
                        for word in {"", *(stem(token.normal) for token in tokenise(turn.user))}:
                            seen[domain, word][value] += 1
        return seen

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

    def _habits(self, templates: list[Template]) -> CarryHabits:
        decisions = {key: True in counts for key, counts in self.evidence.items() if len(counts) == 1}
        swapped: dict[tuple[str, str], bool] = {}
        held: dict[tuple[str, str], bool] = {}
        for (tool, said, replaced, name), counts in self.evidence.items():
            held[tool, name] = held.get((tool, name), True) and False not in counts
            if len(said) == 1 and said == replaced:
                key = (tool, next(iter(said)))
                swapped[key] = swapped.get(key, True) and False not in counts
        objects = {
            (tool.name, name)
            for tool in self.task.tools.tools
            for name in tool.properties
            if self._is_object(domain_at(tool, (name,)))
        }
        seen_swaps = {key for key, always in swapped.items() if always and key in objects}
        if len({template.name for template in templates if self._is_swap(template)}) >= 2:
            # The seeds show how an object is exchanged; the habit holds for the objects of all tools.
            seen_swaps |= {key for key in objects if swapped.get(key, True)}
        kept = {key for key, always in held.items() if always} & objects
        yielding = self._yielding(objects)
        return CarryHabits(
            decisions, frozenset(seen_swaps), frozenset(kept), frozenset(self.skipped), yielding, self.fills
        )

    def _fills(self) -> bool:
        """Whether the seeds often fill a call turn by turn, and never drop an argument in doing so."""
        filled = 0
        for conversation in self.conversations:
            for before, turn in pairwise(conversation.turns):
                tool = self.task.tools.get(turn.call.name)
                if tool is None or before.call.name != tool.name or not turn.user:
                    continue
                earlier = before.call.arguments
                said = {str(span.path[0]) for span in self.aligner.align(turn.user, tool, turn.call.arguments)}
                if not said or said & earlier.keys():
                    continue
                if not all(same_json(turn.call.arguments.get(name), value) for name, value in earlier.items()):
                    return False
                filled += said | earlier.keys() == turn.call.arguments.keys()
        return filled >= FILLING_SEEDS

    def _yielding(self, objects: set[tuple[str, str]]) -> frozenset[tuple[str, str, str]]:
        cases = [
            (tool, name, counts)
            for (tool, said, replaced, name), counts in self.evidence.items()
            if not replaced and len(said) == 1 and not ({(tool, name), (tool, next(iter(said)))} & objects)
        ]
        if len({(tool, name) for tool, name, _ in cases}) < 2 or any(True in counts for _, _, counts in cases):
            return frozenset()
        dropped = {
            (tool, name, other)
            for (tool, said, _, other), counts in self.evidence.items()
            for name in said
            if len(said) == 1 and True not in counts
        }
        together = {
            (turn.call.name, name, other)
            for conversation in self.conversations
            for turn in conversation.turns
            for name in turn.call.arguments
            for other in turn.call.arguments
        }
        pairs = {
            (tool.name, name, other)
            for tool in self.task.tools.tools
            for name in tool.properties
            for other in tool.properties
            if name != other and not ({(tool.name, name), (tool.name, other)} & objects)
        }
        return frozenset(pair for pair in pairs if pair in dropped or pair not in together)

    def _is_object(self, domain: Domain) -> bool:
        return domain.kind == "text" or (
            domain.kind == "enum" and self.aligner.is_varied(domain) and not is_action(domain)
        )

    @staticmethod
    def _is_swap(template: Template) -> bool:
        reference = template.reference
        return bool(reference and reference.carried and len(template.said_keys) == 1 == len(reference.replaced))

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
            slots, fixed = self._slots(turn.user, tool, spans)
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
        slots, fixed = self._slots(moment.turn.user, moment.tool, moment.spans)
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
        slots, fixed = self._slots(moment.turn.user, moment.tool, moment.spans)
        unsaid = [(path, value) for path, value in leaves(moment.turn.call.arguments) if path not in moment.said]
        referred, distance = self._referred(moment.before)
        changed = self._changed(moment, referred, unsaid) if referred else None
        reckoned = [slot for slot in (changed or self._framed(moment, unsaid),) if slot is not None]
        slots += reckoned
        unsaid = [(path, value) for path, value in unsaid if all(path != slot.path for _, _, slot in reckoned)]
        carried = self._carried(moment, referred, unsaid) if referred else frozenset[str]()
        implied = [(path, value) for path, value in unsaid if path[0] not in carried]
        if any(self._recalled(moment, path, value) for path, value in implied):
            return None
        if carried and distance > 1:
            self.skipped.update(
                canonical_json([between.call.name, between.call.arguments]) for between in moment.before[1 - distance :]
            )
        parts = parts_of(moment.turn.user, slots)
        template = Template(moment.name, moment.tool.name, parts, (*fixed, *implied), (moment.seed,))
        if referred is not None and (carried or changed):
            return replace(template, reference=self._reference(template, moment, referred, carried), only_later=True)
        opener = next((word for word in moment.words if word[0].isalnum()), "")
        joining = bool(set(moment.words) & _LATER_WORDS) or "as well" in moment.turn.user.lower()
        later = bool(moment.before) and (opener in _LATER_OPENERS or joining)
        after = None
        if moment.before and self._needs_context(template, moment, moment.before[-1].call):
            after = moment.before[-1].call.name
        if after == moment.tool.name:
            said, earlier = template.said_keys, frozenset(moment.before[-1].call.arguments)
            for name in earlier - said:
                self.evidence[moment.tool.name, said, said & earlier, name][False] += 1
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
        content = [word for word in moment.words if word[0].isalnum() and word not in FUNCTION_WORDS]
        cued = bool(set(moment.words) & FOLLOW_UP_CUES) or len(content) <= 1
        carried = set()
        for name in {str(path[0]) for path, _ in unsaid}:
            domain = domain_at(moment.tool, (name,))
            whole = all(path[0] != name or path not in moment.said for path, _ in leaves(arguments))
            if not whole or name not in referred.arguments or not alike(domain_at(other, (name,)), domain):
                continue
            # An action that the phrase itself implies may equal the last one by chance.
            supplied = self._is_object(domain) or domain.kind == "number" or cued or not moment.said
            if supplied and same_json(arguments[name], referred.arguments[name]):
                carried.add(name)
        return frozenset(carried)

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

    def _recalled(self, moment: _Moment, path: Path, value: Any) -> bool:
        """Whether an unsaid value was told earlier in the dialogue, so that the phrase alone may not imply it.

        A number that follows one of the same parameter may be reckoned from it, so it need not be equal.
        """
        domain = domain_at(moment.tool, path)
        if domain.kind == "fixed" or (domain.kind == "enum" and not self._is_object(domain)):
            return False
        for earlier in moment.before:
            tool = self.task.tools.get(earlier.call.name)
            for other_path, other in leaves(earlier.call.arguments) if tool else ():
                if tool and alike(domain_at(tool, other_path), domain) and domain.kind == "number":
                    return True
                if tool and alike(domain_at(tool, other_path), domain) and same_json(other, value):
                    return True
            tokens = tokenise(earlier.user)
            if domain.kind == "enum" and any(value == named for _, _, named in self.aligner.mentions(tokens, domain)):
                return True
            if domain.kind == "text" and find_words(tokens, normal_words(str(value)), plural=False):
                return True
        return False

    def _reference(self, template: Template, moment: _Moment, referred: ToolCall, carried: frozenset[str]) -> Reference:
        said = template.said_keys
        same_tool = referred.name == moment.tool.name
        present = frozenset(referred.arguments) if same_tool else carried
        replaced = said & present
        if same_tool:
            for name in present - said:
                self.evidence[moment.tool.name, said, replaced, name][name in carried] += 1
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
                decisive = (not template.said_keys or (name in implied and echoing)) and not self._is_object(domain)
            else:
                decisive = not template.said_keys or (echoing and bool(implied) and is_action(domain))
            if decisive and not self._is_object(domain):
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
        if self.fills and previous.arguments.items() <= moment.turn.call.arguments.items():
            return True
        if _CORRECTING & set(moment.words):
            return True
        content = {word for word in template.literal_words if word not in FUNCTION_WORDS}
        telling = any(
            len(self.domain_tools[slot.domain]) == 1 and slot.domain.kind == "enum" for slot in template.slots
        )
        return not content and not telling

    # Slots

    def _slots(
        self, utterance: str, tool: Tool, spans: Iterable[Span]
    ) -> tuple[list[tuple[int, int, Slot]], list[tuple[Path, Any]]]:
        """The spans as slots where exchanging the words is safe, else as arguments that the phrase implies."""
        tokens = tokenise(utterance)
        spans = tuple(spans)
        covered = {index for span in spans for index in range(span.start, span.end)}
        said = frozenset(str(span.path[0]) for span in spans)
        slots: list[tuple[int, int, Slot]] = []
        fixed: list[tuple[Path, Any]] = []
        for span in spans:
            if not self._exchangeable(tokens, covered, span):
                fixed.append((span.path, span.value))
                continue
            start, end = tokens[span.start].start, tokens[span.end - 1].end
            excluded = tuple(
                value
                for begin, finish, value in (
                    self.aligner.mentions(tokens, span.domain) if span.domain.kind == "enum" else ()
                )
                if covered.isdisjoint(range(begin, finish)) and value != span.value
            )
            excluded += self._foreign(tokens, covered, span) + self._alone(tool, span, said)
            if span.domain.kind == "enum" and len(set(span.domain.values) - set(excluded)) < 2:
                fixed.append((span.path, span.value))
                continue
            slot = Slot(span.path, span.domain, span.manner, span.position, utterance[start:end], excluded)
            slots.append((start, end, slot))
        return slots, fixed

    def _alone(self, tool: Tool, span: Span, said: frozenset[str]) -> tuple[Any, ...]:
        """The actions that the seeds show, but never with these arguments: a branch is not listed to a new name."""
        if not is_action(span.domain):
            return ()
        shown = {value: self.given_with[tool.name, span.path, value] for value in span.domain.values}
        return tuple(value for value, sets in shown.items() if sets and not any(said <= names for names in sets))

    def _foreign(self, tokens: tuple[Token, ...], covered: set[int], span: Span) -> tuple[Any, ...]:
        """The values that the other words don't go with: "locked" is said of doors, never of lights."""
        if span.domain.kind != "enum" or is_action(span.domain) or not self._topical(span.domain):
            return ()
        words = {
            stem(token.normal) for index, token in enumerate(tokens) if index not in covered and _tells(token.normal)
        }
        return tuple(
            value
            for value in span.domain.values
            if value != span.value and not all(self.seen_with[span.domain, word][value] for word in words)
        )

    def _topical(self, domain: Domain) -> bool:
        """Whether the value can often be told from the words around it, as a kind of device can and a room can't.

        Compares how concentrated the values are beside the words that occur three times or more with how concentrated
        they are on the whole (Simpson's index).
        """
        concentrated, turns = 0.0, 0
        for (seen, word), counts in self.seen_with.items():
            if seen == domain and counts.total() >= 3 and _tells(word):
                concentrated += counts.total() * _concentration(counts)
                turns += counts.total()
        return turns > 0 and concentrated / turns > TOPICAL * _concentration(self.seen_with[domain, ""])

    def _exchangeable(self, tokens: tuple[Token, ...], covered: set[int], span: Span) -> bool:
        domain = span.domain
        if domain.kind in ("number", "text"):
            return True
        if not self.aligner.is_varied(domain):
            return False
        said_again = [
            index
            for index, token in enumerate(tokens)
            if index not in range(span.start, span.end) and token.normal == tokens[span.start].normal
        ]
        if said_again and is_action(domain):
            return False
        if not is_action(domain):
            return True
        rest = [
            token.normal
            for index, token in enumerate(tokens)
            if index not in covered and token.is_word and token.normal not in NEUTRAL_WORDS
        ]
        return all(len(self.seen_with[domain, stem(word)]) >= 2 for word in rest)


def _tells(word: str) -> bool:
    """Whether a word may say what a request is about."""
    return word[:1].isalnum() and word not in FUNCTION_WORDS - PARTICLES


def _concentration(counts: Counter[Any]) -> float:
    """The chance that two draws give the same."""
    return sum(count**2 for count in counts.values()) / counts.total() ** 2


def grammar_templates(task: Task) -> tuple[Template, ...]:
    """The phrasings of the folder's grammar.yaml as templates; `{name}` marks a parameter's place."""
    templates = []
    for tool_name, phrasings in task.phrasings.items():
        tool = task.tools.by_name[tool_name]
        for number, phrasing in enumerate(phrasings, start=1):
            parts: list[str | Slot] = []
            for index, piece in enumerate(re.split(r"\{([\w.]+)\}", phrasing)):
                if index % 2 == 0:
                    if piece:
                        parts.append(piece)
                    continue
                path: Path = tuple(piece.split("."))
                domain = domain_at(tool, path)
                before = "".join(part if isinstance(part, str) else "x" for part in parts).rstrip().split(" ")[-1]
                position = "noun" if before.lower() in ("the", "a", "my") else "verb" if not before else "other"
                manner = "digits" if domain.kind == "number" else "text" if domain.kind == "text" else "base"
                parts.append(Slot(path, domain, manner, position, piece))
            templates.append(Template(f"grammar:{tool_name}:{number}", tool_name, tuple(parts), origin="grammar"))
    return tuple(templates)
