"""Words of everybody's dictionary that organisations like to take for a name: a one-word alias of these says little.

Chosen by hand and short on purpose: the words for a cause, a people, a fight, a road, a light, a day, in the languages
that the product reads. A list's own marks, and an operator's ``~`` before a name, say the rest.
"""

from typing import Final

from abate.signals.normal import normalise

_WORDS: Final = """
action alliance army arrow association banner base battle beacon bloc boys branch bridge bridges brigade brigades
brotherhood brothers caliphate call camp cause cell centre center charity circle clan coalition command commander
committee community company comrades congress cooperation corps council country crescent dawn defence defense
defenders development division eagle eagles east education emirate empire faith faithful falcon falcons family
fighters fire fist flag flame force forces foundation freedom friends front future garden gate generation glory group
guard guards guardians guide hammer hand heart help heritage hope hour house human independence institute iron island
journey jihad justice kingdom knights land lantern leaders league legacy legion liberation liberty light lightning
lion lions loyal martyr martyrs media mercy messenger mission moon morning mosque mountain movement nation national
network north office order organisation organization origin party path patriots peace people peoples pillar pioneers
police power press progress protection public radio reform relief renaissance republic rescue resistance resolve
revenge revival revolution right rights river road rose salvation school scouts security service shadow shield silence
snake society soldier soldiers solidarity south spear spirit spring squad star stars state statement steel storm
strength struggle student students summit sun support supporters sword team thunder tiger tigers torch tower training
tribe triumph trust truth union unity vanguard victory voice volunteers watch wave welfare west wind wolf wolves women
work world youth armée avenir combat conseil croissant espoir étoile étudiants fidèles foi garde groupe jeunes
jeunesse lumière lutte main mouvement parti patrie peuple porte résistance réveil révolution secours société soldats
soleil solidarité soutien unité vérité victoire voie voix acción alianza camino causa ejército esperanza estrella
fuerza frente guerra hermanos justicia libertad lucha luz movimiento nación partido patria paz pueblo resistencia sol
unidad unión verdad victoria voz aufbruch bund einheit freiheit gruppe heimat jugend kampf kraft licht macht reich
stimme sturm treue volk wahrheit weg wehr widerstand zukunft zelle aksi bangkit bintang cahaya darah gerakan harapan
jalan kekuatan keluarga laskar matahari perang perjuangan pemuda rakyat saudara suara ses birlik cephe direniş dava
gençlik güneş halk hareket hilal istikamet ışık kurtuluş mücadele nur ordu sirat yol yıldız zafer альянс армия бригада
братство вера вперёд время гвардия голос движение дело единство закон заря звезда знамя информация лига мир молния
народ нация огонь орден отряд партия победа правда путь рассвет родина россия свет свобода сила совет союз
справедливость фронт щит haqiqat hizb hur jamoat kurash millat najot ozodlik yoshlar zafar xalq harakati jeshi
mapambano mwanga njia nguvu nuru taifa umoja uhuru ukweli ushindi vijana adunka codka dhallinyarada iftiin jidka
midnimo nabad nasri xaq xoriyad adalci hanya haske matasa nasara runduna yanci أجناد أحرار أخبار أخوان أخوة أسود أمة
أمن أنصار إخوان إسلام إمارة إيمان الأمة الأنصار الإخوان الإسلام الإيمان اتحاد ارشاد استقامة اعتصام الجهاد الحديد
الحديث الحرية الحق الخير الدعوة الدولة الراية السراط السلام الشباب الصراط الطريق العدل الفجر الفرقان القاعدة القوة
المجاهدين النصر النور الهجرة الوحدة الوطن انصار تحرير توحيد التوحيد ثورة جبهة جماعة جمعية جند جنود جهاد جيش حرية حركة
حزب حق حماية خلافة خير دعوة دولة راية رباط رسالة سبيل سرايا سلام شباب شعب شهداء صحوة صراط صقور صوت طريق طلاب عدل فتح
فجر فرقان قاعدة قوات قوة كتائب كتيبة لواء مجاهدين مجلس مستقبل مقاومة منارة نجدة نداء نصر نصرة نهضة نور هجرة وحدة وطن
وعد آزادی انقلاب ایمان برادران پرچم جبهه جنبش جوانان راه رهایی سپاه ستاره سربازان صبح صدا عدالت لشکر مجاهدین مردم ملت
مقاومت وحدت آواز امن تحریک جماعت جنگ جیش راستہ راہ روشنی سپاہ طلبہ عوام فوج قوم نوجوان
""".split()  # noqa: SIM905 - one word a line would be six hundred lines
_ARTICLES: Final = ("the ", "al ", "el ", "la ", "le ", "les ", "der ", "die ", "das ")
_WITH_ARTICLE: Final = normalise("ال")

WORDS: Final = frozenset(map(normalise, _WORDS))


def is_ordinary(normal: str) -> bool:
    """Say whether a name in normal form is one ordinary word, with or without an article."""
    bare = next((normal.removeprefix(article) for article in _ARTICLES if normal.startswith(article)), normal)
    return bare in WORDS or bare.removeprefix(_WITH_ARTICLE) in WORDS
