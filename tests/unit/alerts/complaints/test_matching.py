"""The table of what is enough for a match."""

import pytest

from alerts.complaints.matching import (
    Candidate,
    Hint,
    MatchState,
    decide,
    rank,
    score,
)
from alerts.complaints.positions import Position

HERE = Position(120.92, 30.83)
OWN = Candidate(1, "老灶饭店", "魏塘街道人民大道12号", HERE, 1)
NEIGHBOUR = Candidate(2, "全好面馆", "魏塘街道人民大道14号", Position(120.9203, 30.83), 1)
SAME_HOUSE = Candidate(3, "全好面馆", "魏塘街道人民大道12号", HERE, 1)
NEAR = Position(120.9201, 30.83)
FAR = Position(120.95, 30.85)


def hint(
    name: str = "", address: str = "", text: str = "", position: Position | None = None
) -> Hint:
    return Hint(name, address, text, position)


@pytest.mark.parametrize(
    ("given", "candidates", "state", "number"),
    [
        (hint(), [OWN], MatchState.NONE, None),
        (hint(position=NEAR), [OWN], MatchState.SUGGESTED, 1),
        (hint(name="老灶饭店"), [OWN], MatchState.SUGGESTED, 1),
        (hint(address="魏塘人民大道12號"), [OWN], MatchState.SUGGESTED, 1),
        (hint(address="魏塘街道人民大道12号"), [OWN], MatchState.AUTOMATIC, 1),
        (hint(address="魏塘街道人民大道12号"), [OWN, SAME_HOUSE], MatchState.SUGGESTED, 1),
        (hint("老灶饭店", "魏塘街道人民大道12号"), [OWN, SAME_HOUSE], MatchState.AUTOMATIC, 1),
        (hint(name="老灶饭店", position=NEAR), [OWN, NEIGHBOUR], MatchState.AUTOMATIC, 1),
        (hint(text="老灶饭店门口污水", position=NEAR), [OWN, NEIGHBOUR], MatchState.AUTOMATIC, 1),
        (hint(name="老灶饭店", position=FAR), [OWN], MatchState.NONE, None),
        (hint(name="沙县小吃", position=NEAR), [OWN], MatchState.NONE, None),
        (hint(address="魏塘街道人民大道18号"), [OWN, NEIGHBOUR], MatchState.NONE, None),
    ],
)
def test_what_is_enough(
    given: Hint, candidates: list[Candidate], state: MatchState, number: int | None
) -> None:
    match = decide(rank(given, candidates))
    assert match.state is state
    assert (match.best and match.best.candidate.restaurant_id) == number


def test_reasons_say_what_speaks_for_and_against() -> None:
    found = score(hint("全好面馆", "人民大道12号", position=NEAR), OWN)
    assert "another name" in found.reasons
    assert "10 m away" in found.reasons
    assert score(hint(address="人民大道99号"), OWN).reasons == ("another house number",)


def test_the_order_of_candidates_does_not_matter() -> None:
    given = hint(name="老灶饭店", position=NEAR)
    assert rank(given, [OWN, NEIGHBOUR]) == rank(given, [NEIGHBOUR, OWN])


def test_scores_stay_between_0_and_1() -> None:
    best = score(hint("老灶饭店", "魏塘街道人民大道12号", "老灶饭店", HERE), OWN)
    assert 0.98 < best.score <= 1
