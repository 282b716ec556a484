from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.access import totp
from abate.testing import NOON

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""RFC 6238's test secret for SHA-1."""


def code(at: datetime) -> str:
    return pyotp.TOTP(SECRET).at(at)


def test_the_codes_are_those_of_the_rfc():
    # RFC 6238 appendix B: 94287082 at 59 s, 07081804 at 1111111109 s; its last six digits are ours.
    for seconds, digits in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        at = datetime.fromtimestamp(seconds, UTC)
        assert totp.accept(SECRET, digits, last_step=0, now=at) == seconds // 30


def test_a_code_works_once():
    step = totp.accept(SECRET, code(NOON), last_step=0, now=NOON)
    assert step is not None
    assert totp.accept(SECRET, code(NOON), last_step=step, now=NOON) is None
    later = NOON + timedelta(seconds=30)
    assert totp.accept(SECRET, code(later), last_step=step, now=later) == step + 1


def test_after_a_later_code_an_earlier_one_is_spent_too():
    step = totp.accept(SECRET, code(NOON + timedelta(seconds=30)), last_step=0, now=NOON)
    assert totp.accept(SECRET, code(NOON), last_step=step, now=NOON) is None


@given(st.integers(-4, 4))
def test_clocks_may_differ_by_one_step_and_no_more(steps):
    there = NOON + timedelta(seconds=30 * steps)
    found = totp.accept(SECRET, code(there), last_step=0, now=NOON)
    assert (found is not None) == (abs(steps) <= 1)


@pytest.mark.parametrize("wrong", ["", "000000", "12345", "abcdef", "١٢٣٤٥٦", "1" * 9999])
def test_anything_else_is_refused(wrong):
    assert totp.accept(SECRET, wrong, last_step=0, now=NOON) is None


def test_a_code_may_be_typed_with_a_blank():
    digits = code(NOON)
    assert totp.accept(SECRET, f" {digits[:3]} {digits[3:]} ", last_step=0, now=NOON) is not None


def test_a_fresh_secret_is_long_and_the_address_names_who_it_is_for():
    secret = totp.new_secret()
    assert totp.well_formed(secret)
    assert secret != totp.new_secret()
    assert totp.address(secret, "grace").startswith(f"otpauth://totp/abate:grace?secret={secret}")


@pytest.mark.parametrize("secret", ["", "A" * 25, "a" * 32, "A" * 65, "0" * 32])
def test_a_secret_that_is_none_is_told_apart(secret):
    assert not totp.well_formed(secret)
