"""Invitations: one form whichever link leads there, and none for a person."""

import pytest

from abate.domain.errors import InputError
from abate.domain.item import Item, Kind, Material
from abate.signals.links.invite import Invite

CODE = "AbCdEfGhIjKlMnOp"
QUEUE = "smp%3A%2F%2FabcDEF%3D%40smp8.example.org%2FQueueQueueQueue1%23%2F%3Fv%3D1-2%26dh%3Dkey"
KEY = "0a" * 32


def invites(text, **given):
    given = {"kind": Kind.TEXT} | given
    found = Invite().compute_all(Material(item=Item(id="1", text=text, **given)))
    return [one.value for one in found]


@pytest.mark.parametrize(
    ("text", "invite"),
    [
        (f"t.me/+{CODE}", f"telegram:+{CODE}"),
        (f"hxxps://t[.]me/joinchat/{CODE}", f"telegram:+{CODE}"),
        (f"telegram.me/joinchat/{CODE}?x=1", f"telegram:+{CODE}"),
        (f"tg://join?invite={CODE}", f"telegram:+{CODE}"),
        ("https://t.me/Lantern_News/52", "telegram:@lantern_news"),
        ("https://t.me/s/Lantern_News", "telegram:@lantern_news"),
        ("https://lantern-x.t.me", None),
        ("https://lantern.t.me/", "telegram:@lantern"),
        ("tg://resolve?domain=Lantern_News", "telegram:@lantern_news"),
        ("https://t.me/c/1234567/8", "telegram:c/1234567"),
        (f"https://t.me/addlist/{CODE}", f"telegram:addlist/{CODE}"),
        (f"chat.whatsapp.com/{CODE}", f"whatsapp:{CODE}"),
        (f"chat.whatsapp.com/invite/{CODE}", f"whatsapp:{CODE}"),
        (f"https://whatsapp.com/channel/{CODE}", f"whatsapp:channel/{CODE}"),
        (f"wa.me/message/{CODE}", f"whatsapp:message/{CODE}"),
        ("discord.gg/Lantern", "discord:Lantern"),
        ("discord(dot)gg/invite/Lantern", "discord:Lantern"),
        ("https://discord.com/invite/Lantern", "discord:Lantern"),
        ("https://discordapp.com/invite/Lantern?event=1", "discord:Lantern"),
        ("https://signal.group/#CjQK" + "x" * 40, "signal:CjQK" + "x" * 40),
        ("sgnl://signal.group/#CjQK" + "x" * 40, "signal:CjQK" + "x" * 40),
        ("https://matrix.to/#/%23lantern:Example.org?via=example.org", "matrix:#lantern:example.org"),
        ("https://matrix.to/#/!AbC:example.org/$event", "matrix:!AbC:example.org"),
        ("https://chat.example.org/#/room/#lantern:example.org", "matrix:#lantern:example.org"),
        ("matrix:r/lantern:example.org?action=join", "matrix:#lantern:example.org"),
        ("matrix:roomid/AbC:example.org", "matrix:!AbC:example.org"),
        ("join #lantern:example.org!", "matrix:#lantern:example.org"),
        ("join !AbC:example.org:8448", "matrix:!AbC:example.org:8448"),
        (f"http://open.example.org/lantern?public_key={KEY}", "session:open.example.org/lantern"),
        (f"https://simplex.chat/contact#/?v=2-7&smp={QUEUE}", "simplex:smp8.example.org/QueueQueueQueue1"),
        (f"simplex:/invitation#/?v=2-7&smp={QUEUE}", "simplex:smp8.example.org/QueueQueueQueue1"),
        ("https://smp4.simplex.im/g#" + "Q" * 43, "simplex:smp4.simplex.im/g/" + "Q" * 43),
        ("xmpp:Room@example.org?join", "xmpp:room@example.org"),
        ("our telegram channel is @Lantern_News", "telegram:@lantern_news"),
        ("تلگرام @lantern_news", "telegram:@lantern_news"),
        ("телеграм-канал @lantern_news", "telegram:@lantern_news"),
    ],
)
def test_each_way_in_has_one_form(text, invite):
    assert invites(text) == ([invite] if invite else [])
    if invite:
        assert Invite().parse(invite) == invite


@pytest.mark.parametrize(
    "text",
    [
        "wa.me/491701234567 and https://t.me/+491701234567",
        "05" + "ab" * 32,
        "@someone:example.org and matrix:u/someone:example.org and https://matrix.to/#/@someone:example.org",
        "xmpp:someone@example.org?message",
        "ask @someone",
        "https://t.me/ https://t.me/share/url?url=x https://t.me/addstickers/lantern tg://settings",
        "https://t.me/c/abc/1 https://t.me/joinchat/ https://t.me/addlist/x",
        "https://whatsapp.com/about https://chat.whatsapp.com/ https://discord.com/channels/1/2 https://discord.gg/",
        "https://signal.group/ sgnl://example.org/#abc https://signal.group/#x",
        "https://simplex.chat/contact#/?v=1 https://smp4.simplex.im/x#abc simplex:/contact",
        "https://matrix.to/ https://chat.example.org/#/home https://example.org/#/room/lantern matrix:e/x",
        f"https://example.org/a/b?public_key={KEY} https://example.org/a?public_key=x https://example.org/~?public_key={KEY}",
        "#lantern:notasuffix #lantern: x #a:b.notasuffix:1",
    ],
)
def test_a_person_or_a_page_is_no_invitation(text):
    assert invites(text) == []


def test_on_telegram_a_name_beside_an_invitation_to_join_is_one_and_a_mention_is_none():
    assert invites("join @lantern_news today", platform="telegram") == ["telegram:@lantern_news"]
    assert invites("انضم إلى قناة @lantern_news", platform="Telegram") == ["telegram:@lantern_news"]
    assert invites("thank you, @lantern_keeper", platform="telegram") == []
    assert invites("join @lantern_news today", platform="harbourline") == []


def test_the_first_is_the_signal_where_one_is_asked_for():
    material = Material(item=Item(id="1", kind=Kind.TEXT, text=f"#a:example.org t.me/+{CODE}"))
    assert Invite().compute(material).value == "matrix:#a:example.org"
    assert [s.value for s in Invite().compute_all(material)] == ["matrix:#a:example.org", f"telegram:+{CODE}"]
    assert Invite().compute(Material(item=Item(id="1", kind=Kind.TEXT, text="words"))) is None


@pytest.mark.parametrize(
    "value", ["", "lantern", "https://example.org", "discord:", "telegram:+1", "wa.me/491701234567", "matrix:x"]
)
def test_what_invites_nowhere_is_refused_with_the_remedy(value):
    with pytest.raises(InputError, match="give a link such as"):
        Invite().parse(value)


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        (" Telegram:@Lantern_News ", "telegram:@lantern_news"),
        ("#lantern:Example.org", "matrix:#lantern:example.org"),
        ("https://discord.gg/Lantern", "discord:Lantern"),
    ],
)
def test_what_lists_write_is_read(value, canonical):
    assert Invite().parse(value) == canonical
