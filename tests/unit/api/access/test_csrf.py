from api.access.csrf import csrf_token, is_csrf_token


def test_a_token_belongs_to_its_session_alone() -> None:
    token = csrf_token("one")
    assert is_csrf_token("one", token)
    assert not is_csrf_token("other", token)


def test_nothing_and_rubbish_are_refused() -> None:
    assert not is_csrf_token("one", None)
    assert not is_csrf_token("one", "")
    assert not is_csrf_token("one", "é")


def test_it_does_not_tell_the_session() -> None:
    assert "one" not in csrf_token("one")
