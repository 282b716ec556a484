"""The vault: two keys to open, one act to destroy, nothing to learn from an address."""

import errno
import hashlib
import os

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.domain.errors import InputError, NotFoundError, StoreError
from abate.stores.vault import FolderVault, MemoryVault, new_custodian, open_sealed

CONTENT = b"a benign picture of a lantern"


@pytest.fixture(scope="module")
def custodians():
    return new_custodian(), new_custodian()


@pytest.fixture
def vault(tmp_path, custodians):
    (a, _), (b, _) = custodians
    return FolderVault(tmp_path / "vault", a, b)


def _files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


@given(content=st.binary(max_size=2000))
def test_both_custodians_together_open_what_was_sealed(content, tmp_path_factory, custodians):
    (a, secret_a), (b, secret_b) = custodians
    folder = tmp_path_factory.mktemp("vault")
    address = FolderVault(folder, a, b).seal(content)
    assert open_sealed(folder, address, secret_a, secret_b) == content


def test_neither_custodian_opens_it_alone(vault, tmp_path, custodians):
    (_, secret_a), (_, secret_b) = custodians
    address = vault.seal(CONTENT)
    for one, other in ((secret_a, secret_a), (secret_b, secret_b), (secret_b, secret_a)):
        with pytest.raises(InputError, match="does not open this"):
            vault.open_sealed(address, one, other)
    sealed, key = _files(tmp_path / "vault")
    for secret in (secret_a, secret_b):
        identity = pyrage.x25519.Identity.from_str(secret)
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(sealed.read_bytes(), [identity])
    inner = pyrage.decrypt(key.read_bytes(), [pyrage.x25519.Identity.from_str(secret_b)])
    assert b"AGE-SECRET-KEY" not in inner
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(inner, [pyrage.x25519.Identity.from_str(secret_b)])


def test_an_address_says_nothing_of_the_content(vault):
    first, second = vault.seal(CONTENT), vault.seal(CONTENT)
    assert first != second
    assert hashlib.sha256(CONTENT).hexdigest() not in (first, second)


def test_an_address_proves_that_the_sealed_bytes_are_whole(vault, tmp_path, custodians):
    (_, secret_a), (_, secret_b) = custodians
    address = vault.seal(CONTENT)
    sealed = next(path for path in _files(tmp_path / "vault") if path.suffix == ".age")
    assert hashlib.sha256(sealed.read_bytes()).hexdigest() == address
    sealed.write_bytes(sealed.read_bytes()[:-1])
    with pytest.raises(StoreError, match="were changed"):
        vault.open_sealed(address, secret_a, secret_b)


def test_files_are_readable_by_their_owner_alone(vault, tmp_path):
    vault.seal(CONTENT)
    assert {path.stat().st_mode & 0o777 for path in _files(tmp_path / "vault")} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "vault").rglob("*") if path.is_dir()} == {0o700}
    assert all(CONTENT not in path.read_bytes() for path in _files(tmp_path / "vault"))


def test_destroyed_evidence_is_gone_and_destroying_again_is_no_error(vault, tmp_path, custodians):
    (_, secret_a), (_, secret_b) = custodians
    address, other = vault.seal(CONTENT), vault.seal(b"other")
    assert vault.holds(address)
    vault.destroy(address)
    vault.destroy(address)
    assert not vault.holds(address)
    assert vault.holds(other)
    assert len(_files(tmp_path / "vault")) == 2
    with pytest.raises(NotFoundError, match="destroyed on its date"):
        vault.open_sealed(address, secret_a, secret_b)


def test_the_key_goes_first(vault, tmp_path, monkeypatch):
    address = vault.seal(CONTENT)
    gone = []
    unlink = type(tmp_path).unlink
    monkeypatch.setattr(type(tmp_path), "unlink", lambda path, **how: (gone.append(path.suffix), unlink(path, **how)))
    vault.destroy(address)
    assert gone == [".key", ".age"]


def test_the_key_lies_there_before_the_bytes_do(vault, tmp_path, monkeypatch):
    here = []
    rename = type(tmp_path).rename
    monkeypatch.setattr(type(tmp_path), "rename", lambda path, to: (here.append(to.suffix), rename(path, to)))
    vault.seal(CONTENT)
    assert here == [".key", ".age"]


def test_half_destroyed_evidence_still_counts_as_held_until_it_is_gone(vault, tmp_path):
    address = vault.seal(CONTENT)
    next(path for path in _files(tmp_path / "vault") if path.suffix == ".key").unlink()
    assert vault.holds(address)
    vault.destroy(address)
    assert not vault.holds(address)


@pytest.mark.parametrize("address", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_what_is_no_address_leads_nowhere(vault, address):
    for ask in (vault.holds, vault.destroy):
        with pytest.raises(InputError, match="no address of the vault"):
            ask(address)


def test_a_full_disk_leaves_nothing_half_written(vault, tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        vault.seal(CONTENT)
    assert _files(tmp_path / "vault") == []


def test_a_file_that_cannot_be_deleted_is_said_so(vault, tmp_path, monkeypatch):
    address = vault.seal(CONTENT)

    def refuse(_path, **_how):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(type(tmp_path), "unlink", refuse)
    with pytest.raises(StoreError, match="Permission denied"):
        vault.destroy(address)


def test_destroying_where_nothing_was_ever_sealed_is_no_error(vault):
    vault.destroy("0" * 64)


def test_one_person_cannot_be_both_custodians(tmp_path, custodians):
    (a, secret_a), (b, _) = custodians
    with pytest.raises(InputError, match="a second person"):
        FolderVault(tmp_path, a, f" {a}\n")
    for pair in ((a, "age1nonsense"), ("", b)):
        with pytest.raises(InputError, match=r"setting custodian_.: not an age recipient"):
            FolderVault(tmp_path, *pair)
    with pytest.raises(InputError, match="custodian B is not an age identity"):
        open_sealed(tmp_path, "0" * 64, secret_a, "nonsense")


def test_the_test_vault_keeps_the_same_promises():
    vault = MemoryVault()
    address = vault.seal(CONTENT)
    assert vault.holds(address)
    assert vault.contents == {address: CONTENT}
    vault.destroy(address)
    vault.destroy(address)
    assert not vault.holds(address)
