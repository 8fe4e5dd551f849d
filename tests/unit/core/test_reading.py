import pytest

from core.reading import METRIC_BY_LABEL, Metric, normalise_uid


@pytest.mark.parametrize(
    ("uid", "expected"),
    [
        ("24E124136B502217", "24e124136b502217"),
        ("24-E1-24-13-6B-50-22-17", "24e124136b502217"),
        ("24:e1:24:13:6b:50:22:17", "24e124136b502217"),
        (" 24e124136b502217 ", "24e124136b502217"),
        ("Trap-7-Level", "Trap-7-Level"),
        ("860536041234567", "860536041234567"),
        ("24E124136B50221G", "24E124136B50221G"),
        ("2-4E124136B502217", "2-4E124136B502217"),
    ],
)
def test_only_euis_are_case_insensitive(uid: str, expected: str) -> None:
    assert normalise_uid(uid) == expected


def test_labels_and_metrics_are_one_to_one() -> None:
    assert {METRIC_BY_LABEL[metric.label] for metric in Metric} == set(Metric)
