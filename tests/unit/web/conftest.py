"""A site over the memory store, and people who are logged in without the work of a password."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from litestar.testing import TestClient

from abate.access import sessions, tokens
from abate.domain.bank import BankPurpose
from abate.domain.item import Item, Kind
from abate.domain.person import Permission, Role, User
from abate.flows import banks, cases, orders, pipeline
from abate.flows.kit import Kit
from abate.testing import FrozenClock, RecordingConnector, make_kit
from abate.web import make

WORDS = "The Order of the Grey Lantern lights the harbour tonight, bring the grey flame and tell nobody."
HOST = "http://127.0.0.1:8400"


@dataclass
class Site:
    """The application with its kit."""

    kit: Kit
    client: TestClient
    people: dict[str, User] = field(default_factory=dict)

    def user(self, *roles: Role, name: str = "") -> User:
        """Return a user with these roles, made on first use."""
        name = name or "-".join(roles) or "nobody"
        if name not in self.people:
            user = User(id=f"usr_{name}", name=name, password_hash="", roles=roles, created_at=self.kit.clock.now())
            with self.kit.store.write() as tx:
                tx.users.add(user)
            self.people[name] = user
        return self.people[name]

    def log_in(self, *roles: Role, name: str = "") -> str:
        """Give the client a session of such a user and return its form secret."""
        session, secret = sessions.start(self.user(*roles, name=name), now=self.kit.clock.now())
        with self.kit.store.write() as tx:
            tx.sessions.add(session)
        self.client.cookies.set("abate_session", secret)
        return session.csrf

    def bearer(self, *roles: Role, scopes: Iterable[Permission]) -> dict[str, str]:
        """Return the header of a fresh token."""
        token, secret = tokens.issue(
            self.user(*roles), name="t", scopes=scopes, lasts=timedelta(days=1), now=self.kit.clock.now()
        )
        with self.kit.store.write() as tx:
            tx.tokens.add(token)
        return {"authorization": f"Bearer {secret}"}

    def post(self, path: str, csrf: str, **fields):
        """Send a form as a browser does."""
        return self.client.post(path, data={"csrf": csrf, **fields}, follow_redirects=False)


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture
def platform():
    return RecordingConnector()


@pytest.fixture
def kit(tmp_path, clock, platform):
    return make_kit(tmp_path, clock=clock, connector=platform)


@pytest.fixture
def site(kit):
    with TestClient(make(kit), base_url=HOST, raise_server_exceptions=False) as client:
        yield Site(kit=kit, client=client)


@pytest.fixture
def seen(kit, tmp_path):
    """Known words in three channels, which is what presence counts."""
    path = tmp_path / "pledge.txt"
    path.write_text(WORDS)
    banks.create(kit, "lantern", purpose=BankPurpose.KNOWN, group="Order of the Grey Lantern", by="lee")
    banks.add_files(kit, "lantern", [path], by="lee")
    posts = [
        Item(id=f"seen-{n}", kind=Kind.TEXT, text=WORDS, platform="harbour", channel=f"c{n}", posted_at=kit.clock.now())
        for n in range(3)
    ]
    pipeline.take_in(kit, posts, by="platform")


@pytest.fixture
def waiting(kit):
    """Three open cases, put before a person by an order; their texts hold what a page must not believe."""
    posts = [
        Item(
            id="post-1", kind=Kind.TEXT, text="<script>alert(1)</script> & words", account='u"><b>', platform="harbour"
        ),
        Item(id="post-2", kind=Kind.TEXT, text="كلمات عن المرفأ", language="ar", platform="harbour"),
        Item(id="post-3", kind=Kind.TEXT, text="plain words", platform="harbour"),
    ]
    pipeline.take_in(kit, posts, by="platform")
    form = orders.OrderForm(
        authority="Ministry of Harbours",
        authority_reference="GL-17",
        issuing_state="DE",
        received_at="",
        raw=b"Remove it.",
        items=tuple(post.id for post in posts),
        urls=("https://harbour.example/post-1",),
        material_types=("INCITES",),
        reasons="The post asks its readers to commit offences at the harbour.",
    )
    order = orders.receive(kit, form, by="lee")
    return [cases.case_id_of(post.id) for post in posts], order
