"""Tables in the languages of the world and the encodings they were once saved in."""

# ruff: noqa: RUF001 - letters of other scripts are what this file is made of

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.corpus.case import ANY, Case
from tests.corpus.tables import Rows
from tests.corpus.write import Manner

_SENTENCES: dict[str, str] = {
    "german": "Die Wohnung im dritten Stock wurde für die Übergabe geprüft. Größe und Preis müssen noch bestätigt "
    "werden. Schlüssel liegt beim Hausmeister in der Königstraße. Äußere Dämmung fehlt",
    "french": "Le dernier étage a été rénové l'année dernière. La clé est à côté de l'entrée. Façade à repeindre "
    "avant l'été. Où est le reçu du maître d'œuvre? Très bel appartement près de la forêt",
    "spanish": "El baño está en el segundo piso. La reparación comenzó ayer por la mañana. El señor Núñez pidió más "
    "información. Habitación pequeña con balcón. Según el último plan",
    "portuguese": "A construção começou em março. Não há elevador neste prédio. O pagamento será feito até amanhã. "
    "Localização próxima à estação. Três quartos e uma suíte",
    "swedish": "Lägenheten har tre rum och kök. Nyckeln finns på kontoret. Väggarna måste målas före flytten. Förråd"
    " ingår i hyran. Gården är öppen för alla",
    "danish": "Lejligheden ligger på første sal. Nøglen er på kontoret. Køkkenet skal males før påske. Værelset er "
    "stort. Åben gård",
    "polish": "Mieszkanie na trzecim piętrze wymaga odświeżenia. Klucz jest u dozorcy. Łazienka została "
    "wyremontowana w zeszłym miesiącu. Wysokość czynszu została już uzgodniona. Proszę sprawdzić źródło "
    "wilgoci",
    "czech": "Byt ve třetím patře je připraven k předání. Klíč je u správce domu. Koupelna byla opravena minulý "
    "měsíc. Střecha potřebuje novou krytinu. Žádné další závady nebyly zjištěny",
    "hungarian": "A harmadik emeleti lakás felújításra szorul. A kulcs a gondnoknál van. A fürdőszobát tavaly "
    "újították fel. Az építkezés jövő héten kezdődik. Köszönjük a gyors választ",
    "russian": "Квартира на третьем этаже готова к сдаче. Ключ находится у управляющего. Ванная комната "
    "отремонтирована. Стоимость работ согласована. Объект сдан в срок. Площадь помещения уточняется",
    "ukrainian": "Квартира на третьому поверсі готова до здачі. Ключ є у власника. Будівля потребує її ремонту. Площа "
    "уточнюється",
    "greek": "Το διαμέρισμα στον τρίτο όροφο είναι έτοιμο. Το κλειδί βρίσκεται στο γραφείο. Η τιμή έχει "
    "συμφωνηθεί. Χρειάζεται βάψιμο πριν από την παράδοση",
    "turkish": "Üçüncü kattaki daire teslime hazır. Anahtar yöneticide bulunuyor. Banyo geçen ay yenilendi. Fiyat "
    "görüşüldü. Şantiye çalışması yarın başlıyor. Işıklar değiştirilecek",
    "hebrew": "הדירה בקומה השלישית מוכנה למסירה. המפתח נמצא אצל המנהל. חדר האמבטיה שופץ בחודש שעבר. המחיר סוכם",
    "arabic": "الشقة في الطابق الثالث جاهزة للتسليم. المفتاح موجود عند المدير. تم تجديد الحمام في الشهر الماضي. تم "
    "الاتفاق على السعر",
    "latvian": "Dzīvoklis trešajā stāvā ir gatavs nodošanai. Atslēga atrodas pie pārvaldnieka. Vannas istaba tika "
    "remontēta. Cena ir saskaņota. Lūdzu pārbaudīt logus",
    "lithuanian": "Butas trečiame aukšte paruoštas perdavimui. Raktas yra pas prižiūrėtoją. Vonia buvo suremontuota "
    "praėjusį mėnesį",
    "japanese": "三階の部屋は引き渡しの準備ができています。鍵は管理人が持っています。浴室は先月改"
    "装されました。価格は合意済みです。ベランダあり",
    "chinese": "三楼的房间已经可以交付。钥匙在管理员那里。浴室上个月装修过了。价格已经商定。请检查窗户和阳台的情况",
    "taiwanese": "三樓的房間已經可以交付。鑰匙在管理員那裡。浴室上個月裝修過了。價格已經商定。請檢查窗戶和陽台的情況",
    "korean": "삼층 아파트는 인도 준비가 되었습니다. 열쇠는 관리인이 가지고 있습니다."
    " 욕실은 지난달에 수리했습니다. 가격은 합의되었습니다",
}
_WESTERN = ("german", "french", "spanish", "portuguese", "swedish", "danish")
_SPOKEN: dict[str, tuple[str, ...]] = {
    "cp1252": _WESTERN, "mac-roman": _WESTERN, "cp850": _WESTERN, "cp437": ("german", "french", "spanish", "swedish"),
    "cp1250": ("polish", "czech", "hungarian"), "iso8859-2": ("polish", "czech"), "cp1251": ("russian", "ukrainian"),
    "koi8-r": ("russian",), "cp866": ("russian",), "cp1253": ("greek",), "cp1254": ("turkish",), "cp1255": ("hebrew",),
    "cp1256": ("arabic",), "cp1257": ("latvian", "lithuanian"), "cp932": ("japanese",), "euc_jp": ("japanese",),
    "gb18030": ("chinese",), "big5": ("taiwanese",), "cp949": ("korean",),
}  # fmt: skip
_WIDE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


def _table(tongue: str, seed: int, count: int) -> Rows:
    rng = random.Random(f"{tongue} {seed}")
    parts = [part.strip() for part in _SENTENCES[tongue].replace("。", ".").split(".") if part.strip()]
    rows = [["id", "amount", "note"]]
    rows += [
        [str(number), f"{rng.randint(1, 999)}.{rng.randint(0, 99):02}", rng.choice(parts)]
        for number in range(1, count + 1)
    ]
    return rows


def encodings(seed: int = 0) -> Iterator[Case]:
    """Yield a table of every language in every encoding that it was saved in, long and short."""
    for codec, tongues in _SPOKEN.items():
        for tongue in tongues:
            for count in (20, 3):
                yield _case(codec, tongue, seed, count)
    for codec in _WIDE:
        for tongue in _SENTENCES:
            yield _case(codec, tongue, seed, 12)


def _case(codec: str, tongue: str, seed: int, count: int) -> Case:
    rows = _table(tongue, seed, count)
    data = Manner(newline="\r\n").text(rows).encode(codec, "replace")
    rows = [[cell.encode(codec, "replace").decode(codec) for cell in row] for row in rows]
    kind = "encoding wide" if codec in _WIDE else "encoding" if count > 5 else "encoding, short file"
    return Case(kind, f"{codec} {tongue} {count} seed {seed}", data, rows, ",", ANY)


def broken(seed: int = 0) -> Iterator[Case]:
    """Yield UTF-8 with a byte that is none."""
    rows = _table("french", seed, 20)
    for place, column in ((3, 2), (20, 2)):
        damaged = [list(row) for row in rows]
        damaged[place][column] = "caf\ufffd noir"
        text = Manner().text(damaged).encode().replace("\ufffd".encode(), b"\xe9")
        yield Case("encoding broken", f"latin byte in row {place} seed {seed}", text, damaged, ",", ANY, "utf-8")
