from ingest.ledger import Ledger, Outcome


def test_received_is_stored_plus_duplicate_plus_rejected_plus_in_flight() -> None:
    ledger = Ledger()
    ledger.count_received(10)
    ledger.count_outcome(Outcome(stored=4, duplicate=2, rejected={"decode_error": 1}))
    ledger.count_outcome(Outcome(rejected={"decode_error": 1, "oversized": 1}))
    assert ledger.snapshot() == {
        "received": 10,
        "stored": 4,
        "duplicate": 2,
        "rejected": 3,
        "in_flight": 1,
    }


def test_metrics_say_the_same_as_the_snapshot() -> None:
    ledger = Ledger()
    ledger.count_received(3)
    ledger.count_outcome(Outcome(stored=1, rejected={"oversized": 1}, readings_stored=50))
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in ledger.collect()
        for sample in family.samples
    }
    assert samples["trapwatch_messages_total", "received"] == 3
    assert samples["trapwatch_messages_total", "stored"] == 1
    assert samples["trapwatch_messages_rejected_total", "oversized"] == 1
    assert samples["trapwatch_readings_total", "stored"] == 50
    assert samples["trapwatch_messages_in_flight",] == 1
