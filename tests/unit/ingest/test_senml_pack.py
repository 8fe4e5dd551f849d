"""The resolver against the examples of RFC 8428 §5 and its rules of §4."""

import cbor2
import pytest

from core.errors import DecodeError
from ingest.codecs.senml_pack import pack_of_cbor, pack_of_json, resolve

NOW_US = 1_767_574_807_000_000
SENSOR = "urn:dev:ow:10e2073a01080063"


def resolved(pack: str) -> list[tuple[str, str, object, float]]:
    """Return name, unit, value, time in seconds."""
    records = resolve(pack_of_json(pack.encode()), NOW_US)
    return [(r.name, r.unit, r.value, r.time_us / 1e6) for r in records]


def refusal(pack: str) -> str:
    with pytest.raises(DecodeError) as caught:
        resolved(pack)
    return caught.value.detail


def test_a_single_datapoint_is_of_now() -> None:  # §5.1.1
    assert resolved(f'[{{"n":"{SENSOR}","u":"Cel","v":23.1}}]') == [
        (SENSOR, "Cel", 23.1, 1_767_574_807.0)
    ]


def test_a_base_name_stands_before_every_later_name() -> None:  # §5.1.2
    pack = (
        f'[{{"bn":"{SENSOR}:","n":"voltage","u":"V","v":120.1}},{{"n":"current","u":"A","v":1.2}}]'
    )
    assert [record[:3] for record in resolved(pack)] == [
        (f"{SENSOR}:voltage", "V", 120.1),
        (f"{SENSOR}:current", "A", 1.2),
    ]


def test_base_time_and_base_unit_act_on_all_later_records() -> None:  # §5.1.2
    pack = """[{"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A","bver":5,
      "n":"voltage","u":"V","v":120.1},
      {"n":"current","t":-5,"v":1.2},{"n":"current","t":-4,"v":1.3},{"n":"current","t":-3,"v":1.4},
      {"n":"current","t":-2,"v":1.5},{"n":"current","t":-1,"v":1.6},{"n":"current","v":1.7}]"""
    name, base_s = "urn:dev:ow:10e2073a0108006:", 1_276_020_076.001
    assert resolved(pack) == [
        (f"{name}voltage", "V", 120.1, base_s),
        *((f"{name}current", "A", 1.2 + i / 10, base_s - 5 + i) for i in range(5)),
        (f"{name}current", "A", 1.7, base_s),
    ]


def test_the_resolved_form_of_the_moving_sensor() -> None:  # §5.1.3 and §5.1.4
    pack = f"""[{{"bn":"{SENSOR}","bt":1.320067464e+09,"bu":"%RH","v":20}},
      {{"u":"lon","v":24.30621}},{{"u":"lat","v":60.07965}},
      {{"t":60,"v":20.3}},{{"u":"lon","t":60,"v":24.30622}},{{"u":"lat","t":60,"v":60.07965}},
      {{"t":120,"v":20.7}},{{"u":"lon","t":120,"v":24.30623}},{{"u":"lat","t":120,"v":60.07966}},
      {{"u":"%EL","t":150,"v":98}},
      {{"t":180,"v":21.2}},{{"u":"lon","t":180,"v":24.30628}},{{"u":"lat","t":180,"v":60.07967}}]"""
    at_s = 1_320_067_464.0
    assert resolved(pack) == [
        (SENSOR, unit, value, time_s)
        for unit, value, time_s in [
            ("%RH", 20, at_s), ("lon", 24.30621, at_s), ("lat", 60.07965, at_s),
            ("%RH", 20.3, at_s + 60), ("lon", 24.30622, at_s + 60), ("lat", 60.07965, at_s + 60),
            ("%RH", 20.7, at_s + 120), ("lon", 24.30623, at_s + 120),
            ("lat", 60.07966, at_s + 120), ("%EL", 98, at_s + 150),
            ("%RH", 21.2, at_s + 180), ("lon", 24.30628, at_s + 180),
            ("lat", 60.07967, at_s + 180),
        ]
    ]  # fmt: skip


def test_all_kinds_of_values() -> None:  # §5.1.5
    pack = f"""[{{"bn":"{SENSOR}:","n":"temp","u":"Cel","v":23.1}},
      {{"n":"label","vs":"Machine Room"}},{{"n":"open","vb":false}},
      {{"n":"nfv-reader","vd":"aGkgCg"}}]"""
    assert [record[2] for record in resolved(pack)] == [23.1, "Machine Room", False, b"hi \n"]


def test_the_cbor_example() -> None:  # §6 writes the pack of §5.1.2 so
    pack = bytes.fromhex(
        "87a721781b75726e3a6465763a6f773a313065323037336130313038303036"
        "3a22fb41d303a15b00106223614120050067766f6c7461676501615602fb405e066666666666"
    )
    pack += b"".join(
        cbor2.dumps({0: "current", 6: t, 2: v})
        for t, v in ((-5, 1.2), (-4, 1.3), (-3, 1.4), (-2, 1.5), (-1, 1.6), (0, 1.7))
    )
    records = list(resolve(pack_of_cbor(pack), NOW_US))
    assert [(r.unit, r.value) for r in records[:2]] == [("V", 120.1), ("A", 1.2)]
    assert records[1].name == "urn:dev:ow:10e2073a0108006:current"
    assert records[-1].time_us == 1_276_020_076_001_000


@pytest.mark.parametrize(
    ("time", "expected_s"),
    [
        ("", 1_767_574_807),
        (',"t":0', 1_767_574_807),
        (',"t":-7.5', 1_767_574_799.5),
        (',"t":60', 1_767_574_867),
        (',"t":268435455', 1_767_574_807 + 268_435_455),
        (',"t":268435456', 268_435_456),  # 1978-07-04T21:24:16Z
        (',"bt":268435456,"t":-1', 1_767_574_807 + 268_435_455),
        (',"bt":268435455,"t":1', 268_435_456),
        (',"bt":1767574800,"t":1.25', 1_767_574_801.25),
    ],
)
def test_the_sum_of_both_times_decides_whether_it_is_relative(time: str, expected_s: float) -> None:
    ((*_, time_s),) = resolved(f'[{{"n":"a","v":1{time}}}]')
    assert time_s == expected_s


def test_base_values_are_added_until_replaced() -> None:
    pack = """[{"bn":"a","bv":100,"bs":10,"v":1},{"v":2,"s":5},{"bv":0,"bs":1,"v":3},
      {"s":2},{"vs":"x"}]"""
    records = list(resolve(pack_of_json(pack.encode()), NOW_US))
    assert [(r.value, r.sum) for r in records] == [
        (101, 10), (102, 15), (3, 1), (None, 3), ("x", 1),
    ]  # fmt: skip


def test_a_record_without_a_sum_has_none() -> None:
    (record,) = resolve([{"n": "a", "v": 1}], NOW_US)
    assert record.sum is None


def test_unknown_fields_are_ignored_unless_they_must_be_understood() -> None:
    assert len(resolved('[{"n":"a","v":1,"foo":[{"x":null}]}]')) == 1
    assert "foo_" in refusal('[{"n":"a","v":1,"foo_":1}]')


@pytest.mark.parametrize("version", [1, 5, 10, 26])
def test_versions_that_are_understood(version: int) -> None:
    assert len(resolved(f'[{{"bver":{version},"n":"a","v":1}},{{"n":"b","v":1}}]')) == 2


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        ("[]", "1..10000 records"),
        ("{}", "SenML pack"),
        ("[1]", "SenML pack"),
        ('[{"v":1}]', "name"),
        ('[{"bn":"","n":"","v":1}]', "name"),
        ('[{"n":"a b","v":1}]', "name"),
        ('[{"n":":a","v":1}]', "name"),
        ('[{"bn":"_","n":"a","v":1}]', "name"),
        ('[{"n":"水位","v":1}]', "name"),
        ('[{"n":"a\\n","v":1}]', "name"),
        ('[{"n":"a","v":1,"vs":"x"}]', "v and vs seen"),
        ('[{"n":"a","vb":true,"vd":"aGk"}]', "vb and vd seen"),
        ('[{"n":"a"}]', "or a sum"),
        ('[{"bn":"a","bt":1767574800,"bu":"m"},{"v":1}]', "or a sum"),
        ('[{"bn":"a","bv":1},{"v":1}]', "or a sum"),
        ('[{"n":"a","v":1,"bver":11}]', "bver"),
        ('[{"n":"a","v":1,"bver":0}]', "bver"),
        ('[{"n":"a","v":1,"bver":10.0}]', "bver"),
        ('[{"n":"a","v":1,"bver":5},{"n":"b","v":1,"bver":10}]', "the same in the whole pack"),
        ('[{"n":"a","v":"1"}]', "v: a number expected, str seen"),
        ('[{"n":"a","v":true}]', "v: a number expected, bool seen"),
        ('[{"n":"a","v":null}]', "v: a number expected, NoneType seen"),
        ('[{"n":1,"v":1}]', "n: text expected"),
        ('[{"n":"a","vb":1}]', "vb: true or false expected"),
        ('[{"n":"a","vd":"aGkgCg=="}]', "without padding"),
        ('[{"n":"a","vd":"a+/b"}]', "base64url"),
        ('[{"n":"a","vd":"a"}]', "base64url"),
        ('[{"n":"a","v":1,"t":1e300}]', "1970 to 2106"),
        ('[{"n":"a","v":1,"t":-1e300}]', "1970 to 2106"),
        ('[{"n":"a","v":1,"bv":1e308},{"n":"a","v":1.7e308}]', "finite"),
        (f'[{{"n":"a","v":1{"0" * 400}}}]', ""),
    ],
)
def test_a_broken_rule_is_named(pack: str, reason: str) -> None:
    assert reason in refusal(pack)


def test_the_broken_record_is_named() -> None:
    assert refusal('[{"n":"a","v":1},{"n":"b"}]').startswith("SenML record 1: ")


@pytest.mark.parametrize(
    "pack",
    [{0: "a"}, [1], [{"n": "a", 2: 1}], [{0: "a", 9: 1}], [{0: "a", True: 1}], [{0: b"a", 2: 1}]],
)
def test_cbor_has_the_labels_of_the_table_and_text_for_extensions(pack: object) -> None:
    with pytest.raises(DecodeError, match="SenML"):
        list(resolve(pack_of_cbor(cbor2.dumps(pack)), NOW_US))


def test_cbor_numbers_may_be_decimal_fractions_and_data_is_bytes() -> None:
    pack = cbor2.dumps([{0: "a", 2: cbor2.CBORTag(4, [-1, 231])}, {0: "b", 8: b"hi"}])
    assert [record.value for record in resolve(pack_of_cbor(pack), NOW_US)] == [23.1, b"hi"]
    with pytest.raises(DecodeError, match="finite"):
        list(resolve(pack_of_cbor(cbor2.dumps([{0: "a", 2: float("nan")}])), NOW_US))
