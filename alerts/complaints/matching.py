"""Which restaurant a complaint means: candidates scored by name, address and distance. Pure."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from alerts.complaints import wording
from alerts.complaints.positions import Position, distance_m

#: Nobody complains across a block about a drain they can name.
REACH_M = 150.0
#: From here on a match is taken without asking, if no other restaurant comes close to it.
SCORE_AUTOMATIC = 0.8
MARGIN_AUTOMATIC = 0.1
#: Below this nothing is even suggested.
SCORE_SUGGESTED = 0.4
SUGGESTION_COUNT_MAX = 10

# How sure each kind of evidence is at its best; what is left over multiplies, so two kinds that
# agree say more than either. An address alone may be right, a name alone may be a branch, a
# distance alone is only a neighbourhood.
_ADDRESS = 0.85
_NAME = 0.75
_DISTANCE = 0.6
_NAME_SIMILARITY_MIN = 0.5
_ADDRESS_SIMILARITY_MIN = 0.6
_NAME_CHARS_MIN = 2
#: Evidence that contradicts halves what the rest says.
_CONTRADICTED = 0.5


class MatchState(StrEnum):
    """How a complaint came to its restaurant; the schema's comments explain the values."""

    NONE = "none"
    GIVEN = "given"
    AUTOMATIC = "automatic"
    SUGGESTED = "suggested"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class Hint(NamedTuple):
    """What a complaint says about the place; ``text`` is its description."""

    name: str
    address: str
    text: str
    position: Position | None


class Candidate(NamedTuple):
    """A restaurant that may be meant."""

    restaurant_id: int
    name: str
    address: str
    position: Position | None
    town_id: int


class Scored(NamedTuple):
    """A candidate with its score, 0 to 1, and what speaks for and against it."""

    candidate: Candidate
    score: float
    reasons: tuple[str, ...]


class Match(NamedTuple):
    """The outcome: a restaurant only where the state is ``automatic``."""

    state: MatchState
    best: Scored | None


def rank(hint: Hint, candidates: Iterable[Candidate]) -> list[Scored]:
    """Return the candidates worth a look, best first; equal ones by number."""
    scored = (score(hint, candidate) for candidate in candidates)
    found = [entry for entry in scored if entry.score >= SCORE_SUGGESTED]
    found.sort(key=lambda entry: (-entry.score, entry.candidate.restaurant_id))
    return found[:SUGGESTION_COUNT_MAX]


def decide(ranked: list[Scored]) -> Match:
    """Return what follows from a ranking: taken, suggested, or nothing."""
    if not ranked:
        return Match(MatchState.NONE, None)
    best = ranked[0]
    next_score = ranked[1].score if len(ranked) > 1 else 0.0
    is_sure = best.score >= SCORE_AUTOMATIC and best.score - next_score >= MARGIN_AUTOMATIC
    return Match(MatchState.AUTOMATIC if is_sure else MatchState.SUGGESTED, best)


def score(hint: Hint, candidate: Candidate) -> Scored:
    """Return how well one candidate fits a complaint."""
    reasons: list[str] = []
    doubt, factor = 1.0, 1.0
    for weight, (fit, reason) in (
        (_NAME, _name_fit(hint, candidate)),
        (_ADDRESS, _address_fit(hint, candidate)),
        (_DISTANCE, _distance_fit(hint, candidate)),
    ):
        if not reason:
            continue
        reasons.append(reason)
        if fit > 0:
            doubt *= 1 - weight * fit
        else:
            factor *= _CONTRADICTED
    return Scored(candidate, round((1 - doubt) * factor, 4), tuple(reasons))


def _name_fit(hint: Hint, candidate: Candidate) -> tuple[float, str]:
    """Return 0 to 1 and why; no reason where the complaint says nothing about a name."""
    own = wording.key(candidate.name)
    if len(own) < _NAME_CHARS_MIN:
        return 0.0, ""
    if hint.name:
        alike = wording.similarity(wording.key(hint.name), own)
        if alike >= _NAME_SIMILARITY_MIN:
            return alike, f"name {alike:.0%} alike"
        return 0.0, "another name"
    if own in wording.key(hint.text):
        return 1.0, "named in the text"
    return 0.0, ""


def _address_fit(hint: Hint, candidate: Candidate) -> tuple[float, str]:
    given, own = wording.key(hint.address), wording.key(candidate.address)
    if not given or not own:
        return 0.0, ""
    if given == own:
        return 1.0, "same address"
    ours, theirs = wording.numbers(candidate.address), wording.numbers(hint.address)
    if ours and theirs and not ours & theirs:
        return 0.0, "another house number"
    if len(own) >= 6 and theirs and own in given:
        return 0.95, "address contained"
    alike = wording.similarity(given, own)
    if alike < _ADDRESS_SIMILARITY_MIN:
        return 0.0, ""
    return alike * 0.9, f"address {alike:.0%} alike"


def _distance_fit(hint: Hint, candidate: Candidate) -> tuple[float, str]:
    if hint.position is None or candidate.position is None:
        return 0.0, ""
    apart_m = distance_m(hint.position, candidate.position)
    if apart_m > REACH_M:
        return 0.0, f"{apart_m:.0f} m away"
    return max(1 - apart_m / REACH_M, 0.01), f"{apart_m:.0f} m away"
