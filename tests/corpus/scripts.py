"""Files in many scripts and in the encodings they were saved in, from one row to thousands, with few or many letters.

The words are others than those of ``tongues``.
"""

# ruff: noqa: RUF001 - letters of other scripts are what this file is made of

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from sanitizer_lambda.reading.decode import Decoder
from sanitizer_lambda.reading.encoding import detect_encoding
from sanitizer_lambda.reading.source import BLOCK_BYTES, SAMPLE_BYTES

# Phrases of a price list, a schedule or an address book, parted by bars.
PHRASES: dict[str, str] = {
    "german": "Küche erneuern|Tür zum Flur|Jürgen Schröder|Fußboden abschleifen|Gerät prüfen|Straße 12|Bäume fällen|"
    "Dachgeschoß|Österreich|Lüftung|Überstunden|Maß nehmen|schönes Bad",
    "french": "Chambre à coucher|Hélène Lefèvre|Électricité refaite|Côté cour|Fenêtre brisée|Noël à Orléans|"
    "pièce d’angle|Reçu payé|Toiture abîmée|Peinture intérieure|Entrée privée|garçon|çà et là|où ça",
    "spanish": "Dueño ausente|Calle Peñón|María José Ibáñez|Instalación eléctrica|¿Está listo?|Jardín trasero|"
    "Año nuevo|¡Ojo!|Cañería rota|Corazón|Pingüino|Plomería",
    "portuguese": "João Gonçalves|Inspeção concluída|Orçamento não aprovado|Cozinha americana à vista|São Paulo|"
    "Fundação|Três pavões|Avó|Último relatório|Mês de março",
    "italian": "Perché no|Città vecchia|Già pagato|Più tardi|È pronto|Niccolò Forlì|Qualità|Lunedì|Però|Caffè",
    "swedish": "Åsa Sjöström|Köksö monteras|Fönster på övre våningen|Träd i trädgården|Göteborg|Hållbart|Målning|Båt",
    "norwegian": "Bjørn Sæther|Kjøkken|Gård på Frøya|Ålesund|Tømmer|Første etasje|Årsmøte|Løsning|Være|Nøkkel",
    "finnish": "Hämeenlinna|Päivi Mäkelä|Keittiö|Työ jää kesken|Sähkö|Ikkunöiden pesu|Pöytä|Äänekoski",
    "icelandic": "Guðrún Þórðardóttir|Íbúð á þriðju hæð|Lykill hjá húsverði|Verð óákveðið|Öxi|Gæði",
    "dutch": "Café Coöperatie|Financiële gegevens|België|Geïsoleerd dak|Knieën|Ideeën|Zoë|Ruïne",
    "polish": "Łódź|Grzegorz Brzęczyszczykiewicz|Piętro drugie|Święta|Śródmieście|Żółta ściana|Gdańsk|Wykończenie|"
    "Księgowość|Część wspólna|Próg|Miesiąc|Zażalenie",
    "czech": "Dvořák Jiří|Příčka|Železná tyč|Náměstí Míru|Kuchyňská linka|Ústí nad Labem|Šťastný Tomáš|Údržba|Zeď|"
    "Dům č. 5|Třešeň|Účet",
    "slovak": "Ľubomír Ďurčo|Košice|Kľúč|Dĺžka|Môže byť|Výťah|Súčasť|Stĺp|Účtovníctvo|Ťažké dvere|Vŕtanie|Mäkký",
    "hungarian": "Szűcs Győző|Fűtés|Tető javítása|Második emelet|Könyvelés|Őr utca|Ügyfél|Hőszigetelés|Kőműves|"
    "Rőt|Szükséges|Március|Erkély",
    "croatian": "Željko Šarić|Ključ|Đurđevac|Požega|Građevina|Četvrti kat|Tržnica|Račun plaćen|Može|Kuća|Žuti zid",
    "romanian": "Ștefan Țurcanu|Încăpere|Bucătărie|Apă caldă|Râu|Piață|Fără gaz|Mâine|Cărămidă|Învățător",
    "russian": "Смирнов Алексей|Покраска стен|Электрика|Второй подъезд|Улица Чехова|Да|Счёт оплачен|Объём|Крыша|"
    "Замена труб|Жилой дом|Без отделки|ООО Ромашка",
    "ukrainian": "Шевченко Оксана|Під’їзд|Київ|Їжа|Друга черга|Є ліфт|Вулиця Лесі Українки|Ґанок|Опалення|Львів",
    "bulgarian": "Иванов Георги|Първи етаж|Ключ|Къща|София|Ъгъл|Плащане|Щора|Баня и тоалетна|Сметка|Вход",
    "greek": "Παπαδόπουλος Γιώργος|Κουζίνα|Δεύτερος όροφος|Αθήνα|Θέρμανση|Πόρτα|Οδός Ερμού|Ναι|Πληρώθηκε|Έργο",
    "turkish": "Şükrü Çağlar|Mutfak dolabı|İstanbul|Yağmur|Ödendi|Bölüm|Kapı gıcırdıyor|Işık|Güneş|Değişiklik|Şubat",
    "hebrew": "כהן דוד|קומה שנייה|רחוב הרצל|מטבח|חשבון שולם|תל אביב|גג|דלת|חימום|כן|ירושלים",
    "arabic": "محمد أحمد|الطابق الثاني|شارع الملك|مطبخ|الحساب مدفوع|القاهرة|سقف|باب|تدفئة|نعم|إنارة|مفتاح",
    "persian": "پرویز گلستانی|طبقه دوم|خیابان|آشپزخانه|تهران|پنجره|چراغ|ژاله|کلید|گاز",
    "thai": "สมชาย ใจดี|ชั้นสอง|ถนนสุขุมวิท|ห้องครัว|ชำระแล้ว|กรุงเทพ|หลังคา|ประตู|ใช่|กุญแจ",
    "latvian": "Jānis Bērziņš|Virtuve|Otrais stāvs|Rīga|Ģimene|Ļoti|Šķūnis|Jūnijs|Ķeizars|Čaks|Žogs",
    "lithuanian": "Jonas Žukauskas|Virtuvė|Antras aukštas|Šiauliai|Įėjimas|Ąžuolas|Čekis|Ūkis|Pažymėjimas|Švęsti",
    "estonian": "Jüri Kõiv|Köök|Teine korrus|Pärnu|Õu|Sõlmitud|Töö|Šokolaad|Võti|Äär|Küte",
    "vietnamese": "Nguyễn Văn Đức|Tầng hai|Đường Lê Lợi|Nhà bếp|Hà Nội|Chìa khóa|Đã trả|Mái nhà|Cửa sổ|Phòng tắm",
    "japanese": "田中太郎|二階の台所|東京都新宿区|支払い済み|屋根の修理|キッチン|エレベーター|はい|未定|株式会社"
    "さくら|浴室|ドア交換",
    "chinese": "王小明|二楼厨房|北京市朝阳区|已付款|屋顶维修|电梯|是|待定|有限公司|浴室|门窗更换|预算",
    "taiwanese": "王小明|二樓廚房|臺北市信義區|已付款|屋頂維修|電梯|是|待定|有限公司|浴室|門窗更換|預算",
    "korean": "김철수|이층 주방|서울시 강남구|지불 완료|지붕 수리|엘리베이터|예|미정|주식회사|욕실|문 교체|예산",
    "marks": "don’t know|5 – 6 weeks|€ 100|“as is”|10° C|see § 4|25 m²|½ day|owner’s|A — B|£ 20|wait…|50 €",
    "one accent": "café|Zoë|Müller|Peña|François|résumé|Curaçao|Malmö|Ålborg|Düsseldorf|Bogotá|Québec|São Tomé",
    "box": "─── total ───|═══ ground floor ═══|│ sum|█████ 80 %|░░░ open|└─ bath|├─ kitchen|▓▓▓ done|■ done|▄▄▄ half",
}
_WEST = (
    "german",
    "french",
    "spanish",
    "portuguese",
    "italian",
    "swedish",
    "norwegian",
    "finnish",
    "icelandic",
    "dutch",
)
_DOS = ("german", "french", "spanish", "italian", "swedish", "finnish", "one accent")
_EAST = ("polish", "czech", "slovak", "hungarian", "croatian")
SAVED_AS: dict[str, tuple[str, ...]] = {
    "cp1252": (*_WEST, "marks", "one accent"),
    "iso8859-1": (*_WEST, "one accent"),
    "iso8859-15": ("french", "finnish", "german"),
    "mac-roman": (*_WEST[:8], "marks", "one accent"),
    "cp850": (*_DOS, "portuguese", "norwegian", "box"),
    "cp437": (*_DOS, "box"),
    "cp1250": (*_EAST, "romanian"),
    "iso8859-2": _EAST,
    "cp852": _EAST,
    "cp1251": ("russian", "ukrainian", "bulgarian"),
    "koi8-r": ("russian",),
    "koi8-u": ("ukrainian",),
    "cp866": ("russian",),
    "iso8859-5": ("russian", "bulgarian"),
    "mac-cyrillic": ("russian",),
    "cp1253": ("greek",),
    "iso8859-7": ("greek",),
    "cp737": ("greek",),
    "cp1254": ("turkish",),
    "cp857": ("turkish",),
    "cp1255": ("hebrew",),
    "cp862": ("hebrew",),
    "cp1256": ("arabic", "persian"),
    "iso8859-6": ("arabic",),
    "cp874": ("thai",),
    "cp1257": ("latvian", "lithuanian", "estonian"),
    "cp1258": ("vietnamese",),
    "cp932": ("japanese",),
    "euc_jp": ("japanese",),
    "iso2022_jp": ("japanese",),
    "gb18030": ("chinese",),
    "big5": ("taiwanese",),
    "cp949": ("korean",),
    "utf-8": tuple(PHRASES),
    "utf-16-le": tuple(PHRASES),
    "utf-16-be": tuple(PHRASES),
    "utf-32-le": tuple(PHRASES),
    "utf-32-be": tuple(PHRASES),
}
# Rows of a file, and how many of them hold a phrase at most.
SIZES = ((1, 1), (3, 3), (12, 2), (20, 20), (300, 3), (300, 300), (5_000, 2), (5_000, 5_000))
_PLAIN = ("ready", "to be checked", "see plan", "north side", "third floor", "", "ok", "12 units")


@dataclass(frozen=True, slots=True)
class Script:
    """One file: ``data`` is ``text`` in ``codec``."""

    codec: str
    tongue: str
    rows: int
    phrases: int
    text: str
    data: bytes


def script(codec: str, tongue: str, rows: int, phrases: int) -> Script:
    """Return a file of ``rows`` rows of which ``phrases`` have a phrase of ``tongue``."""
    rng = random.Random(f"{codec} {tongue} {rows} {phrases}")
    spoken = PHRASES[tongue].split("|")
    telling = set(rng.sample(range(rows), phrases))
    lines = ["id,amount,remark"]
    for number in range(rows):
        note = rng.choice(spoken) if number in telling else rng.choice(_PLAIN)
        lines.append(f"{number + 1},{rng.randint(1, 9999) / 100},{_writable(note, codec)}")
    text = "\r\n".join(lines) + "\r\n"
    return Script(codec, tongue, rows, phrases, text, text.encode(codec))


def _writable(note: str, codec: str) -> str:
    """Return ``note`` as it would have been typed where some of its letters were not to be had."""
    if codec == "cp1258":
        marks = "\u0300\u0301\u0303\u0309\u0323"
        out = []
        for letter in note:
            parts = unicodedata.normalize("NFD", letter)
            out.append(unicodedata.normalize("NFC", parts[:-1]) + parts[-1] if parts[-1] in marks else letter)
        note = "".join(out)
    note = note.translate(str.maketrans("ȘȚșț’", "ŞŢşţ'")) if codec != "utf-8" and "’" not in _kept(codec) else note
    return note.encode(codec, "ignore").decode(codec)


def _kept(codec: str) -> str:
    return "’".encode(codec, "ignore").decode(codec)


def scripts(sizes: tuple[tuple[int, int], ...] = SIZES) -> Iterator[Script]:
    """Yield a file of every tongue in every encoding and size; those without a letter beyond ASCII are left out."""
    for codec, tongues in SAVED_AS.items():
        for tongue in tongues:
            for rows, phrases in sizes:
                made = script(codec, tongue, rows, phrases)
                if not made.text.isascii():
                    yield made


def read(data: bytes) -> tuple[str, str]:
    """Return the text of a file and the codec it was read by, block by block as the product does."""
    decoder = Decoder(detect_encoding(data[:SAMPLE_BYTES], complete=len(data) <= SAMPLE_BYTES))
    blocks = [data[start : start + BLOCK_BYTES] for start in range(0, len(data), BLOCK_BYTES)]
    text = "".join(decoder.decode(block, last=index == len(blocks) - 1) for index, block in enumerate(blocks))
    return text, decoder.encoding.codec
