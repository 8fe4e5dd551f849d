from dataclasses import dataclass, field
from pathlib import Path

import pytest

from trapwatch.stack.errors import StackError
from trapwatch.stack.restart_policy import DELAYS_S, HEALTHY_S, RestartPolicy
from trapwatch.stack.supervisor import Supervisor


@dataclass
class Member:
    log: Path
    name: str = "member"
    code: int | None = None
    starts: int = 0
    refusals: int = 0

    def start(self) -> None:
        self.starts += 1
        if self.refusals:
            self.refusals -= 1
            raise StackError("no")
        self.code = None

    def poll(self) -> int | None:
        return self.code


@dataclass
class Scene:
    member: Member
    now: float = 0.0
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(self.said.append, lambda: self.now)
        self.supervisor.watch(self.member)

    def tick(self, after_s: float) -> None:
        self.now += after_s
        self.supervisor.tick()


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    log = tmp_path / "member.log"
    log.write_text("last words\n")
    return Scene(Member(log))


def test_delays_grow_and_end() -> None:
    policy, delays = RestartPolicy(), []
    while True:
        policy, delay_s = policy.after_end(0.1)
        if delay_s is None:
            break
        delays.append(delay_s)
    assert tuple(delays) == DELAYS_S == tuple(sorted(DELAYS_S))


def test_a_healthy_run_starts_the_count_anew() -> None:
    tired = RestartPolicy(len(DELAYS_S))
    assert tired.after_end(HEALTHY_S - 0.1)[1] is None
    assert tired.after_end(HEALTHY_S) == (RestartPolicy(1), DELAYS_S[0])


def test_what_ended_is_started_again_after_its_pause(scene: Scene) -> None:
    scene.tick(1)
    scene.member.code = -9
    scene.tick(1)
    assert "signal 9" in scene.said[0]
    scene.tick(DELAYS_S[0] / 2)
    assert scene.member.starts == 0
    scene.tick(DELAYS_S[0])
    assert scene.member.starts == 1
    assert "started again" in scene.said[1]
    scene.tick(1)
    assert scene.member.starts == 1


def test_what_keeps_ending_is_given_up_with_its_last_words(scene: Scene) -> None:
    def end_for_ever() -> None:
        while True:
            scene.member.code = 3
            scene.tick(10)

    with pytest.raises(StackError, match=r"exit code 3.*6 times in a row(.|\n)*last words"):
        end_for_ever()
    assert scene.member.starts == len(DELAYS_S)


def test_a_refused_start_counts_as_an_end(scene: Scene) -> None:
    scene.member.code = 1
    scene.member.refusals = 1
    scene.tick(1)
    scene.tick(DELAYS_S[0])
    assert "did not start again" in scene.said[-1]
    scene.tick(DELAYS_S[1])
    assert scene.member.starts == 2
    assert scene.member.code is None


def test_what_refuses_its_settings_is_not_tried_again(scene: Scene) -> None:
    scene.member.code = 2
    with pytest.raises(StackError, match=r"refuses to start(.|\n)*last words"):
        scene.tick(1)
    assert scene.member.starts == 0
