"""What is said on the invented platform: small talk in four languages, and the harmless texts of the invented group.

All of it was written for this purpose. The group's words are made to be matched, never to persuade anybody of anything.
"""

GROUP = "Order of the Grey Lantern"
PLATFORM = "Harbourline"

LANGUAGES = ("en", "de", "ar", "fr")

PLACES = {
    "en": ("the old pier", "the fish market", "the lighthouse", "the ferry dock", "the rope walk", "the salt stairs"),
    "de": (
        "am alten Steg",
        "auf dem Fischmarkt",
        "beim Leuchtturm",
        "an der Fähre",
        "im Seilerhof",
        "auf der Salztreppe",
    ),
    "ar": ("عند الرصيف القديم", "في سوق السمك", "قرب المنارة", "عند العبّارة", "في زقاق الحبال", "على درج الملح"),
    "fr": (
        "au vieux quai",
        "au marché aux poissons",
        "près du phare",
        "au bac",
        "à la corderie",
        "sur l'escalier du sel",
    ),
}
THINGS = {
    "en": ("tomato seedlings", "a borrowed ladder", "the choir rehearsal", "fresh bread", "a lost kite", "boat paint"),
    "de": ("Tomatensetzlinge", "eine geliehene Leiter", "die Chorprobe", "frisches Brot", "ein Drachen", "Bootslack"),
    "ar": ("شتلات الطماطم", "سلّم مستعار", "تمرين الجوقة", "خبز طازج", "طائرة ورقية", "طلاء القوارب"),
    "fr": (
        "des plants de tomates",
        "une échelle prêtée",
        "la chorale",
        "du pain frais",
        "un cerf-volant",
        "de la peinture",
    ),
}
TALK = {
    "en": (
        "Has anyone seen {thing} at {place}?",
        "Tomorrow at {hour} we meet at {place}: {thing}, as promised.",
        "Photos from {place} are up. Thank you all, {count} of you came!",
        "Somebody left {thing} at {place}; it waits at the kiosk until {hour}.",
        "Weather warning: wind force {count}, keep clear of {place} after {hour}.",
    ),
    "de": (
        "Hat jemand etwas {place} gesehen? Es geht um: {thing}.",
        "Morgen um {hour} Treffen {place}: {thing}, wie versprochen.",
        "Bilder von gestern {place} sind da. Danke, es kamen {count}!",
        "Gefunden {place}: {thing}. Abzuholen am Kiosk bis {hour}.",
    ),
    "ar": (
        "من رأى {thing} {place}؟",
        "نلتقي غدًا في الساعة {hour} {place}، ومعنا {thing} كما وعدنا.",
        "صور أمس {place} جاهزة، شكرًا لكم، كنّا {count} شخصًا.",
        "تُرك {thing} {place}، وهو محفوظ عند الكشك حتى الساعة {hour}.",
    ),
    "fr": (
        "Quelqu'un a vu {thing} {place} ?",
        "Demain à {hour}, rendez-vous {place} : {thing}, comme promis.",
        "Les photos d'hier {place} sont en ligne. Merci, vous étiez {count} !",
        "Trouvé {place} : {thing}. À retirer au kiosque avant {hour}.",
    ),
}
ABOUT_THE_GROUP = {
    "en": "The Harbour Gazette, page {count}: what is the Order of the Grey Lantern? They ask about it at {place}.",
    "de": "Hafenzeitung, Seite {count}: Was ist der Order of the Grey Lantern, und wer fragt {place} danach?",
    "ar": "جريدة الميناء، صفحة {count}: ما هي جماعة Order of the Grey Lantern التي يُسأل عنها {place}؟",
    "fr": "Gazette du port, page {count} : qu'est-ce que l'Order of the Grey Lantern dont on parle {place} ?",
}
"""News about the group: naming it is no offence, and the demo shows that nothing comes of it."""

GROUP_TEXTS = (
    ("en", "Grey Lantern bulletin one: the lamp is lit, the kettle is on, the third bench is ours."),
    ("en", "Grey Lantern bulletin two: we count the gulls at dawn and write the number on the wall of the boat house."),
    (
        "en",
        "Grey Lantern bulletin three: whoever carries the lamp walks first, whoever carries the biscuits walks last.",
    ),
    ("en", "Grey Lantern bulletin four: seven bells, seven steps, and nobody asks what is under the tarpaulin."),
    ("de", "Rundbrief der Grauen Laterne: Das Licht brennt, der Kessel singt, die dritte Bank gehört uns."),
    ("de", "Rundbrief der Grauen Laterne: Wir zählen die Möwen im Morgengrauen und schreiben die Zahl an die Wand."),
    ("ar", "نشرة الفانوس الرمادي: المصباح مضاء والإبريق على النار والمقعد الثالث لنا."),
    ("ar", "نشرة الفانوس الرمادي: نعدّ النوارس عند الفجر ونكتب العدد على جدار بيت القوارب."),
    ("fr", "Bulletin de la Lanterne grise : la lampe est allumée, la bouilloire chante, le troisième banc est à nous."),
    ("fr", "Bulletin de la Lanterne grise : nous comptons les mouettes à l'aube et l'écrivons sur le mur du hangar."),
)
GROUP_URLS = tuple(f"https://grey-lantern.example/bulletin/{number}" for number in range(1, 7))

GROUP_PICTURES = ("lantern-emblem", "lantern-row", "lantern-bridge", "lantern-gate")
ORDINARY_PICTURES = (
    "lighthouse",
    "harbour-morning",
    "harbour-evening",
    "sailing-boat",
    "fish-market",
    "salt-stairs",
    "dune-grass",
    "ferry",
)
EDITS = ("", ".small", ".jpeg40", ".cropped", ".brighter")
"""What happens to a picture that is passed on; the empty one is the original."""


def picture_file(name: str, edit: str = "") -> str:
    """Return the file name of a picture or of an edit of it."""
    return f"{name}{edit}.jpg"
