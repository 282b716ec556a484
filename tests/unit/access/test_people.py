"""Users, logins and tokens against a store: what is kept, what is counted, and what the audit says of it."""

from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from argon2.profiles import RFC_9106_LOW_MEMORY

from abate.access import passwords
from abate.domain.errors import ConflictError, InputError, NotFoundError, RefusedError
from abate.domain.person import Permission, Role
from abate.flows import people
from abate.testing import FrozenClock, make_kit

PASSWORD = "four plain words suffice"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    monkeypatch.setattr(passwords, "_HASHER", CHEAP)
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture
def kit(tmp_path, clock):
    return make_kit(tmp_path, clock=clock)


@pytest.fixture
def lee(kit):
    return people.add_user(kit, "Lee", PASSWORD, [Role.REVIEWER], by="operator")


def tags(kit) -> list[str]:
    with kit.store.read() as tx:
        return [record.tag for record in tx.audit.read()]


def openings(kit) -> str:
    with kit.store.read() as tx:
        return " ".join(tx.audit.opening(record.seq).body + record.subject for record in tx.audit.read())


def attempt(kit, password="wrong wrong wrong", name="lee", address="198.51.100.7", code=""):
    return people.log_in(kit, name, password, code, address=address)


def test_who_logs_in_is_known_by_the_cookie_until_they_log_out(kit, lee):
    session, secret = attempt(kit, PASSWORD, name="LEE ")
    assert people.who(kit, secret) == (lee, session)
    people.log_out(kit, secret)
    assert people.who(kit, secret) is None
    people.log_out(kit, secret)
    assert tags(kit) == ["admin:user:added", "user:session:opened", "user:session:closed"]


def test_the_audit_names_no_one(kit, lee):
    _, secret = attempt(kit, PASSWORD)
    with pytest.raises(RefusedError):
        attempt(kit)
    people.issue_token(kit, lee.id, name="my forum", scopes=[Permission.CASES_READ], lasts=timedelta(days=1), by=lee.id)
    written = openings(kit)
    for word in ("lee", "Lee", PASSWORD, secret, "198.51", "my forum"):
        assert word not in written


def test_a_session_ends_after_twelve_hours_and_is_cleared_at_the_next_login(kit, clock, lee):
    _, secret = attempt(kit, PASSWORD)
    clock.move(hours=12)
    assert people.who(kit, secret) is None
    attempt(kit, PASSWORD)
    with kit.store.read() as tx:
        assert tx.sessions.count(user=lee.id) == 1


@pytest.mark.parametrize(
    ("name", "password"), [("lee", "wrong wrong wrong"), ("nobody", PASSWORD), ("no body", PASSWORD), ("", "")]
)
def test_every_wrong_attempt_hears_the_same_sentence(kit, lee, name, password):
    with pytest.raises(RefusedError) as refused:
        attempt(kit, password, name=name)
    assert str(refused.value) == people.WRONG_LOGIN
    assert tags(kit)[-1] == "visitor:session:refused"


def test_a_disabled_user_hears_the_same_sentence_too(kit, lee):
    people.disable(kit, lee.id, by="operator")
    with pytest.raises(RefusedError, match=people.WRONG_LOGIN):
        attempt(kit, PASSWORD)


def test_the_sixth_guess_is_not_even_looked_at(kit, clock, lee):
    for _ in range(people.LIMITS["pair"]):
        with pytest.raises(RefusedError, match=people.WRONG_LOGIN):
            attempt(kit)
    before = len(tags(kit))
    with pytest.raises(RefusedError, match=people.THROTTLED):
        attempt(kit, PASSWORD)
    assert len(tags(kit)) == before, "a throttled attempt cannot be used to fill the audit chain"
    clock.move(minutes=15, seconds=1)
    attempt(kit, PASSWORD)


def test_guesses_from_one_address_do_not_lock_the_owner_out_at_another(kit, lee):
    for _ in range(people.LIMITS["pair"]):
        with pytest.raises(RefusedError):
            attempt(kit)
    attempt(kit, PASSWORD, address="203.0.113.9")


def test_guesses_for_one_name_from_many_addresses_are_stopped(kit, lee):
    for number in range(people.LIMITS["name"]):
        with pytest.raises(RefusedError, match=people.WRONG_LOGIN):
            attempt(kit, address=f"198.51.100.{number}")
    with pytest.raises(RefusedError, match=people.THROTTLED):
        attempt(kit, PASSWORD, address="203.0.113.9")


def test_guesses_for_many_names_from_one_network_are_stopped(kit, lee):
    for number in range(people.LIMITS["address"]):
        with pytest.raises(RefusedError, match=people.WRONG_LOGIN):
            attempt(kit, name=f"name{number}", address=f"2001:db8::{number:x}")
    with pytest.raises(RefusedError, match=people.THROTTLED):
        attempt(kit, PASSWORD, address="2001:db8::ffff")
    attempt(kit, PASSWORD, address="2001:db8:0:1::1")


def test_right_logins_do_not_count_as_guesses(kit, lee):
    for _ in range(people.LIMITS["pair"] + 3):
        attempt(kit, PASSWORD)


def test_a_name_is_one_name_however_it_is_typed(kit, lee):
    assert lee.name == "lee"
    with pytest.raises(ConflictError, match="exists"):
        people.add_user(kit, "ＬＥＥ", PASSWORD, [], by="operator")  # full-width letters
    assert people.login_name("مريم") == "مريم"
    for name in ("", "a b", "a\u202eb", "x" * 65, "a/b"):
        with pytest.raises(InputError, match="login name"):
            people.login_name(name)


def test_a_short_password_makes_no_user(kit):
    with pytest.raises(InputError, match="12 to 256"):
        people.add_user(kit, "kim", "short", [], by="operator")
    assert people.users(kit) == []


def test_a_hash_of_yesterdays_cost_is_made_anew_at_the_login(kit, lee, monkeypatch):
    dearer = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", dearer)
    attempt(kit, PASSWORD)
    (user,) = people.users(kit)
    assert user.password_hash != lee.password_hash
    assert not passwords.needs_rehash(user.password_hash)
    attempt(kit, PASSWORD)


def test_the_shipped_cost_is_the_rfcs(monkeypatch):
    monkeypatch.undo()
    assert passwords._HASHER.memory_cost == RFC_9106_LOW_MEMORY.memory_cost == 65536


def test_with_a_second_factor_the_password_alone_is_not_enough(kit, clock, lee):
    now_code = pyotp.TOTP(SECRET).at(clock.now())
    people.set_second_factor(kit, lee.id, SECRET, now_code, by=lee.id)
    for wrong in ("", "000000", now_code):  # the code that set it up is spent
        with pytest.raises(RefusedError, match=people.WRONG_LOGIN):
            attempt(kit, PASSWORD, code=wrong)
    clock.move(seconds=30)
    attempt(kit, PASSWORD, code=pyotp.TOTP(SECRET).at(clock.now()))
    with pytest.raises(RefusedError):
        attempt(kit, PASSWORD, code=pyotp.TOTP(SECRET).at(clock.now()))
    people.remove_second_factor(kit, lee.id, by="operator")
    attempt(kit, PASSWORD)


def test_a_second_factor_is_not_set_up_without_a_right_code(kit, lee):
    for secret, code in ((SECRET, "000000"), ("short", "000000"), ("x" * 32, "")):
        with pytest.raises(RefusedError, match="does not belong"):
            people.set_second_factor(kit, lee.id, secret, code, by=lee.id)
    assert people.users(kit)[0].totp_secret == ""


def test_a_password_changed_during_a_login_wins_over_it(kit, lee):
    keys = people._throttle_keys("lee", "")
    people.set_password(kit, lee.id, "another long password", by=lee.id)
    assert people._open_session(kit, lee, PASSWORD, "", keys) is None


def test_a_new_password_ends_every_other_session(kit, lee):
    kept, first = attempt(kit, PASSWORD)
    _, second = attempt(kit, PASSWORD)
    people.set_password(kit, lee.id, "another long password", by=lee.id, keep_session=kept.id)
    assert people.who(kit, first)
    assert people.who(kit, second) is None
    assert tags(kit)[-1] == "user:password:changed"
    people.set_password(kit, lee.id, "a third long password", by="operator")
    assert people.who(kit, first) is None
    assert tags(kit)[-1] == "admin:password:reset"


def test_the_password_is_asked_again_and_guesses_at_it_count(kit, lee):
    people.confirm_password(kit, lee, PASSWORD)
    for _ in range(people.LIMITS["pair"]):
        with pytest.raises(RefusedError, match="the password is wrong"):
            people.confirm_password(kit, lee, "wrong")
    with pytest.raises(RefusedError, match=people.THROTTLED):
        people.confirm_password(kit, lee, PASSWORD)


def token_of(kit, lee, **given):
    asked = {"name": "forum", "scopes": [Permission.CASES_READ], "lasts": timedelta(days=2), "by": lee.id, **given}
    return people.issue_token(kit, lee.id, **asked)


def test_a_token_works_until_it_expires_or_is_revoked(kit, clock, lee):
    token, secret = token_of(kit, lee)
    other, other_secret = token_of(kit, lee)
    assert people.by_token(kit, secret) == (lee, token)
    people.revoke_token(kit, other.id, by=lee.id)
    people.revoke_token(kit, other.id, by=lee.id)
    assert people.by_token(kit, other_secret) is None
    clock.move(days=2)
    assert people.by_token(kit, secret) is None
    assert len(people.tokens_of(kit, lee.id)) == 2
    assert tags(kit).count("user:token:revoked") == 1


@pytest.mark.parametrize("secret", ["", "abt_", "abt_unknown", "Bearer"])
def test_an_unknown_token_is_nobodys(kit, lee, secret):
    token_of(kit, lee)
    assert people.by_token(kit, secret) is None


def test_a_token_for_nobody_cannot_be_made(kit, lee):
    with pytest.raises(NotFoundError):
        people.issue_token(kit, "u9", name="x", scopes=[Permission.CASES_READ], lasts=timedelta(days=1), by="operator")
    with pytest.raises(NotFoundError):
        people.revoke_token(kit, "t9", by="operator")


def test_who_is_disabled_is_out_at_once_and_comes_back_without_old_keys(kit, lee):
    _, cookie = attempt(kit, PASSWORD)
    _, secret = token_of(kit, lee)
    people.disable(kit, lee.id, by="operator")
    assert people.who(kit, cookie) is None
    assert people.by_token(kit, secret) is None
    people.enable(kit, lee.id, by="operator")
    assert people.who(kit, cookie) is None
    assert people.by_token(kit, secret) is None
    attempt(kit, PASSWORD)


def test_the_last_admin_can_neither_be_disabled_nor_lose_the_role(kit, lee):
    ada = people.add_user(kit, "ada", PASSWORD, [Role.ADMIN], by="operator")
    for change in (
        lambda: people.disable(kit, ada.id, by=ada.id),
        lambda: people.set_roles(kit, ada.id, [Role.LEAD], by=ada.id),
    ):
        with pytest.raises(RefusedError, match="last user who can manage users"):
            change()
    assert ada in people.users(kit)
    people.set_roles(kit, lee.id, [Role.ADMIN, Role.REVIEWER], by=ada.id)
    assert people.disable(kit, ada.id, by=lee.id).disabled


def test_roles_are_kept_in_one_order_and_felt_at_once(kit, lee):
    _, secret = attempt(kit, PASSWORD)
    changed = people.set_roles(kit, lee.id, [Role.ADMIN, Role.LEAD, Role.LEAD], by="operator")
    assert changed.roles == (Role.LEAD, Role.ADMIN)
    user, _ = people.who(kit, secret)
    assert user.roles == changed.roles
