"""Ways of speaking: frames of requests, follow-ups, and what people say in common situations.

Language data only; `distil_dagster.teachers.recombination.tool_calls.phrases` decides which of it fits a task.
"""

PREFIXES = (
    "please",
    "could you",
    "can you",
    "can you please",
    "would you",
    "would you please",
    "hey,",
    "ok,",
    "okay,",
    "right,",
    "so,",
)
"""Frames before an imperative."""

OPENERS = ("hey,", "ok,", "okay,", "right,", "so,", "alright,", "well,", "um,")
"""Frames before any sentence."""

CONTINUERS = ("and", "then", "now", "okay, now", "also,", "next,", "oh, and", "great, now", "thanks, now", "good, then")
"""Frames by which a request joins a dialogue that is under way."""

SUFFIXES = ("please", "thanks", "now", "for me", "thank you", "would you", "if you can", "will you")

SWAP_PHRASES = (
    "{x} too",
    "{x} as well",
    "and {x}",
    "and {x} too",
    "and {x} as well",
    "and {x} please",
    "also {x}",
    "also {x} please",
    "same for {x}",
    "the same for {x}",
    "and the same for {x}",
    "do the same for {x}",
    "now {x}",
    "now {x} please",
    "and now {x}",
    "then {x}",
    "{x} next",
    "{x} also",
    "do {x} too",
    "do {x} as well",
    "now do {x}",
    "now the same with {x}",
    "same again for {x}",
    "likewise {x}",
    "how about {x} too",
    "what about {x}",
    "how about {x}",
    "{x} needs it too",
    "{x} can have the same",
    "I want that for {x} too",
    "repeat that for {x}",
    "no, {x}",
    "no, I meant {x}",
    "no wait, {x}",
    "wait, {x}",
    "no no, {x}",
    "I meant {x}",
    "I mean {x}",
    "sorry, {x}",
    "sorry, I meant {x}",
    "oh sorry, {x} I mean",
    "actually, {x}",
    "actually {x} instead",
    "actually, I meant {x}",
    "{x} instead",
    "{x}, I mean",
    "{x}, I meant",
    "make that {x}",
    "make it {x}",
    "not that one, {x}",
    "oops, {x}",
    "hang on, {x}",
    "hmm, {x} rather",
    "{x} rather",
    "{x} is what I meant",
    "I was talking about {x}",
    "wrong one, I wanted {x}",
    "let's do {x} instead",
    "better {x}",
)
"""The last action again, with another object: "{x}" is the new one with its article."""

NUMBER_PHRASES = (
    "make it {n}",
    "make that {n}",
    "no, make it {n}",
    "actually, make it {n}",
    "{n} instead",
    "{n} rather",
    "no, {n}",
    "no wait, {n}",
    "actually {n}",
    "actually, {n} please",
    "sorry, {n}",
    "sorry, I meant {n}",
    "I meant {n}",
    "I mean {n}",
    "{n}, I mean",
    "set it to {n}",
    "put it at {n}",
    "change it to {n}",
    "change that to {n}",
    "take it to {n}",
    "bring it to {n}",
    "let's try {n}",
    "let's say {n}",
    "let's make it {n}",
    "how about {n}",
    "hm, {n}",
    "hmm, {n} would be better",
    "better {n}",
    "better make it {n}",
    "I'd prefer {n}",
    "{n} is better",
    "{n} will do",
    "{n} is enough",
    "go for {n}",
    "go with {n}",
    "try {n}",
    "hang on, {n}",
    "wait, {n}",
    "not quite, {n}",
    "no, that's wrong, {n}",
    "a bit different, {n} please",
)
"""The last action again, with another number."""

RISE_PHRASES = (
    "{n} more", "{n} higher", "up {n}", "up by {n}", "go up {n}", "go up by {n}", "raise it by {n}", "raise it {n}",
    "raise that by {n}", "turn it up {n}", "turn it up by {n}", "bump it up {n}", "bump it up by {n}", "push it up {n}",
    "increase it by {n}", "increase that by {n}", "another {n} up", "add {n}", "{n} up please", "put it up by {n}",
    "bring it up {n}", "a further {n} up", "make it {n} higher", "can you raise it by {n}", "take it up {n}",
)  # fmt: skip
FALL_PHRASES = (
    "{n} less", "{n} lower", "down {n}", "down by {n}", "go down {n}", "go down by {n}", "lower it by {n}",
    "lower it {n}", "lower that by {n}", "turn it down {n}", "turn it down by {n}", "bring it down {n}",
    "bring it down by {n}", "drop it {n}", "drop it by {n}", "reduce it by {n}", "decrease it by {n}",
    "another {n} down", "knock off {n}", "{n} down please", "take it down {n}", "a further {n} down",
    "make it {n} lower", "can you lower it by {n}", "take {n} off",
)  # fmt: skip
WARMER_PHRASES = ("{n} warmer", "make it {n} warmer", "a good {n} warmer", "{n} hotter", "heat it up by {n}")
COOLER_PHRASES = ("{n} cooler", "make it {n} cooler", "a good {n} cooler", "{n} colder", "cool it down by {n}")
"""The last number changed by an amount."""

VERB_PHRASES = (
    "{v} it",
    "{v} it please",
    "please {v} it",
    "now {v} it",
    "{v} it now",
    "and now {v} it",
    "{v} that",
    "{v} it again",
    "now {v} it again",
    "okay, {v} it",
    "okay, now {v} it again",
    "could you {v} it again",
    "can you {v} it",
    "you can {v} it now",
    "you can {v} it again",
    "actually, {v} it",
    "no, {v} it",
    "better {v} it",
    "{v} that one",
    "{v} it instead",
    "then {v} it",
    "just {v} it",
    "time to {v} it",
    "I'd like you to {v} it",
)
"""Another action on the last object; "{v}" is a verb."""

PARTICLE_PHRASES = (
    "turn it {v}",
    "turn it {v} again",
    "switch it {v}",
    "switch it {v} again",
    "now turn it {v}",
    "now switch it {v} again",
    "turn that {v}",
    "turn them {v}",
    "switch them {v} again",
    "okay, turn it {v}",
    "you can turn it {v} now",
    "you can switch it {v} again",
    "{v} again",
    "{v} again please",
    "and {v} again",
    "actually, {v}",
    "no, {v}",
    "switch that one {v}",
    "can you turn it {v}",
    "please turn it {v}",
    "turn it {v} please",
    "actually turn it {v}",
    "I'd rather have it {v}",
)
"""Another state of the last object; "{v}" is "on" or "off"."""

COMPLETION_ENTITY_PHRASES = (
    "{x}",
    "{x} please",
    "{x}, please",
    "{x}, I mean",
    "I mean {x}",
    "I meant {x}",
    "{x}, of course",
    "oh, {x}",
    "sorry, {x}",
    "oh sorry, {x}",
    "I was talking about {x}",
    "for {x}",
    "well, {x}",
    "just {x}",
    "{x} then",
    "let's say {x}",
)
"""The object that was missing."""

COMPLETION_NUMBER_PHRASES = (
    "{n}",
    "{n} please",
    "to {n}",
    "to {n} please",
    "make it {n}",
    "let's say {n}",
    "about {n}",
    "say {n}",
    "set it to {n}",
    "{n} is fine",
    "{n} would be good",
    "{n} will do",
    "go for {n}",
    "well, {n}",
    "oh, {n}",
    "I was thinking {n}",
    "try {n}",
)
"""The number that was missing."""

FILLING_TEXT_PHRASES = (
    "{x}", "{x} please", "it's {x}", "that's {x}", "{x}, thanks", "it's called {x}", "{x}, I think", "um, {x}",
)  # fmt: skip
"""A name, a word or a number of digits that was asked for."""

FILLING_ACTION_PHRASES = (
    "{v}",
    "{v} please",
    "{v}, please",
    "and {v}",
    "{v} then",
    "just {v}",
    "well, {v}",
    "I mean {v}",
)
"""An action or a state."""

FILLING_PLACE_PHRASES = ("{p} {x}", "{p} {x} please", "and {p} {x}", "it's {p} {x}", "{p} {x}, thanks", "okay, {p} {x}")
"""The same where the parameter's name says how it is joined ("from_account")."""

COMPLETION_VERB_PHRASES = (
    "{v} it",
    "{v} it please",
    "please {v} it",
    "just {v} it",
    "well, {v} it",
    "I want you to {v} it",
    "{v}",
    "{v} please",
    "could you {v} it",
)
"""The action that was missing."""

BARE_REQUESTS = (
    "{v} it",
    "{v} it please",
    "please {v} it",
    "can you {v} it",
    "could you {v} that",
    "{v} that please",
    "{v} that one",
    "{v} that for me",
    "I want you to {v} it",
    "hey, {v} it",
)
"""A request with an action and no object, which nothing said before supplies."""

OFF_TOPIC = (
    "what's the capital of {country}",
    "who won the match last night",
    "who won the election",
    "tell me a joke",
    "tell me a story",
    "tell me a riddle",
    "do you know any good jokes",
    "how old is the president",
    "how tall is mount everest",
    "how far away is the moon",
    "write a poem about autumn",
    "write an essay about bees",
    "write a birthday message for {name}",
    "translate good evening into {language}",
    "how do you say thank you in {language}",
    "what does serendipity mean",
    "how do you spell necessary",
    "what is the square root of 144",
    "what's 17 times 23",
    "who wrote war and peace",
    "who painted the mona lisa",
    "who invented the telephone",
    "when did the second world war end",
    "what's the meaning of life",
    "do you like me",
    "are you a robot",
    "how are you today",
    "what's your name",
    "where do you come from",
    "what should I cook tonight",
    "give me a recipe for pancakes",
    "recommend me a good book",
    "book me a table for two",
    "book a flight to {city}",
    "how is the traffic in {city}",
    "what's the news",
    "any news about the strike",
    "what's the weather like in {city}",
    "will it snow tomorrow",
    "do I need an umbrella today",
    "what's the stock price of apple",
    "how is the stock market doing",
    "send {name} a message that I'm late",
    "call {name}",
    "send an email to {name}",
    "what's the time in {city}",
    "how many people live in {city}",
    "is {city} bigger than {city}",
    "who is the best football player ever",
    "when is easter this year",
    "when does the next bus leave",
    "why is the sky blue",
    "how do planes fly",
    "what do cats dream about",
    "help me with my homework",
    "explain quantum physics to me",
    "order a pizza for me",
    "where can I buy cheap shoes",
    "remind me to call {name}",
    "add milk to the shopping list",
    "plan a trip to {country}",
    "sing me a birthday tune",
    "what's a good present for {name}",
    "how long do eggs need to boil",
    "is {name} a common name",
    "what year is it",
    "convert ten miles to kilometres",
    "who played the lead in that one",
    "did our team win",
    "what rhymes with orange",
)
"""Requests that belong to no narrow task; those that touch a task's own words are left out there."""

OFF_TOPIC_MARKS = ("off topic", "off-topic", "out of scope", "unrelated", "irrelevant", "chitchat", "small talk")
OFF_TOPIC_DESCRIPTIONS = ("nothing to do with", "not related to", "unrelated to", "outside the scope")

UNSUPPORTED_MARKS = ("unsupported", "not supported", "unavailable", "unknown device")

DEVICE_REQUESTS = (
    "turn on the {device}",
    "turn off the {device}",
    "switch the {device} off",
    "switch on the {device}",
    "turn the {device} on please",
    "start the {device}",
    "stop the {device}",
    "is the {device} still on",
    "is the {device} off",
    "is the {device} running",
    "is the {device} done yet",
    "check the {device} for me",
    "can you start the {device}",
    "can you turn the {device} off",
    "could you switch on the {device}",
    "{device} on please",
    "{device} off",
    "put the {device} on",
    "get the {device} going",
    "set the {device} to {number}",
    "what is the {device} doing",
    "I need the {device} on",
    "the {device} can go off",
    "unplug the {device}",
    "how long does the {device} still need",
    "pause the {device}",
    "make sure the {device} is off",
    "and the {device}",
    "reset the {device}",
)
"""What people ask of devices, for tasks that name requests about other devices."""

SITUATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"\b(leaving|leave|away|going out|go out|goodbye|depart\w*)\b",
        (
            "I'm leaving", "we're leaving now", "I'm heading out", "we're heading out", "I'm going out for a while",
            "we're off", "bye, see you later", "goodbye, house", "I have to go now", "nobody will be home",
            "we won't be home for a few hours", "I'm on my way out", "time to head off", "see you this evening",
            "I'm off to the gym", "going shopping now", "we're all out for the day", "I'm stepping out",
            "time to leave for school", "I'm about to leave",
        ),
    ),
    (
        r"\b(movie|film|cinema)\b",
        (
            "we're watching a movie", "it's movie time", "time for a film", "let's watch a film", "film night",
            "the movie is about to start", "get everything ready for the movie", "we want to see a film",
            "popcorn is ready, let's watch something", "let's have a cinema evening", "movie time",
            "I feel like watching a movie", "set things up for a movie", "we're starting the film now",
            "a film would be nice now", "curtain up, the film begins",
        ),
    ),
    (
        r"\b(bedtime|bed time|sleep|sleeping|good night|goodnight)\b",
        (
            "good night", "good night, house", "I'm going to bed", "we're off to bed", "time for bed", "bedtime",
            "I'm tired, going to sleep", "off to sleep", "time to sleep", "I'm turning in", "let's call it a night",
            "I'm hitting the sack", "sweet dreams", "we're going to sleep now", "it's late, I'm going to bed",
            "see you in the morning", "I need some sleep", "lights out for today, I'm off to bed",
        ),
    ),
    (
        r"\b(morning|wake|wake up|waking)\b",
        (
            "good morning", "good morning, house", "I'm awake", "we're awake", "I'm up", "just got up",
            "I just got out of bed", "time to get up", "morning", "the day starts now", "wakey wakey",
            "we've just got up", "I'm out of bed", "a new day begins", "let's get the day going", "I've slept well",
            "up and about", "everybody's up",
        ),
    ),
    (
        r"\b(dinner|supper|meal|meals|eating)\b",
        (
            "dinner time", "dinner's ready", "time for dinner", "we're about to eat", "let's eat",
            "the food is ready", "supper's ready", "we're having dinner", "come to the table, everyone",
            "it's time to eat", "we're eating now", "the meal is on the table", "dinner is on the table",
            "set the mood for dinner", "our guests are sitting down to eat", "I've just served the food",
        ),
    ),
    (
        r"\b(breakfast)\b",
        ("breakfast is ready", "time for breakfast", "we're having breakfast", "breakfast time"),
    ),
    (
        r"\b(arriv\w+|coming home|home coming|welcome home|back home|i m home)\b",
        (
            "I'm home", "we're home", "I'm back", "we're back", "just got home", "I've just come in", "we've arrived",
            "hello house, I'm back", "finally home", "home at last",
        ),
    ),
    (
        r"\b(party)\b",
        ("it's party time", "let's have a party", "the party starts now", "our guests are here, let's party"),
    ),
    (
        r"\b(reading|read)\b",
        ("I want to read", "I'm going to read a book", "time for a good book", "I'd like to read a little"),
    ),
    (
        r"\b(work|working|focus|concentrat\w+)\b",
        ("I have to work", "time to work", "I need to focus", "I'm starting work", "let me concentrate", "work time"),
    ),
    (
        r"\b(relax\w*|chill\w*|unwind)\b",
        ("I want to relax", "time to relax", "let me unwind", "I need some rest", "let's chill"),
    ),
    (
        r"\b(vacation|holiday|holidays)\b",
        ("we're going on holiday", "we're off on vacation", "holiday time", "we'll be away for two weeks"),
    ),
    (
        r"\b(workout|exercise|training)\b",
        ("I'm going to work out", "time for my workout", "let's exercise", "training time"),
    ),
)  # fmt: skip
"""What people say in a situation, by words of the value that stands for it; the first that fits counts."""

DEGREES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\b(brightness|dim|light level)\b", ("brighter", "dimmer", "darker", "less bright")),
    (r"\b(volume|loudness)\b", ("louder", "quieter", "softer", "less loud")),
    (r"\b(speed)\b", ("faster", "slower")),
)
"""By words of a number's name: what a change of it without a number is called."""

DEGREE_PHRASES = (
    "a bit {d}",
    "a little {d}",
    "a bit {d} please",
    "slightly {d}",
    "make it a bit {d}",
    "make it {d}",
    "could you make it {d}",
    "{d} please",
    "{d}",
    "can you make it a little {d}",
    "I want it {d}",
    "it should be {d}",
    "not so much, a bit {d}",
)
"""A change of the last thing by an amount that isn't said."""
