import pytest
from pydantic import SecretStr

from alerts.evidence.keys import load_signer, make_key
from alerts.handover.party import party_of
from core.errors import ConfigError, ConflictError
from core.settings import EvidenceSettings

OTHERS = load_signer("b.example/ledger", make_key())


def test_who_the_settings_say_that_we_are() -> None:
    key = make_key()
    party = party_of(
        EvidenceSettings(
            origin="a.example", signing_key=SecretStr(key), trusted_keys=(OTHERS.verifier_key,)
        )
    )
    assert party.require_signer().name == party.name == "a.example"
    assert party.trusted == {OTHERS.verifier_key: OTHERS.public_key}
    assert party.trusts("b.example/ledger")
    assert not party.trusts("b.example")


def test_without_a_key_nothing_is_signed() -> None:
    with pytest.raises(ConflictError, match="SIGNING_KEY"):
        party_of(EvidenceSettings()).require_signer()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b.example",
        OTHERS.verifier_key.replace("b.example", "c.example"),
        OTHERS.verifier_key[:-1],
        OTHERS.verifier_key[:-2] + "==",
        "b.example+00000000+AAAA",
        OTHERS.verifier_key.replace("+", "-"),
    ],
    ids=["nothing", "a name", "another name", "cut", "padded", "no key", "other separators"],
)
def test_a_trusted_key_that_is_none_stops_the_start(text: str) -> None:
    with pytest.raises(ConfigError, match="trusted_keys"):
        party_of(EvidenceSettings(trusted_keys=(text,)))
