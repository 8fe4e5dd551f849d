from pathlib import Path

from trapwatch.stack.log_tail import rotate, tail


def test_tail_gives_the_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("".join(f"{number}\n" for number in range(9_000)))
    assert tail(log, 2) == "8998\n8999"


def test_tail_of_nothing_says_so(tmp_path: Path) -> None:
    assert "no log" in tail(tmp_path / "none.log")
    (tmp_path / "empty.log").touch()
    assert "empty" in tail(tmp_path / "empty.log")


def test_a_large_log_is_moved_aside_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old" * 10)
        rotate(log, size_max_bytes=30)
        assert log.read_bytes() == b"old" * 10
        rotate(log, size_max_bytes=29)
        writer.write(b"new")
    assert log.read_bytes() == b"new"
    assert (tmp_path / "a.log.1").read_bytes() == b"old" * 10
    rotate(tmp_path / "none.log")
