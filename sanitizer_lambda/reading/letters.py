"""Which letters beyond ASCII the languages of each one-byte encoding use, the most frequent first."""

# ruff: noqa: RUF001 - letters of other scripts are what this file is made of

from __future__ import annotations

# Letters a language writes beyond ASCII, in falling frequency; capitals follow from them.
_GERMAN = "üäöß"
_FRENCH = "éèàêçôîâûùëïœ"
_SPANISH = "óíáñéúü"
_PORTUGUESE = "ãçéáóíêõâúàôü"
_ITALIAN = "àèùòìé"
_SWEDISH = "äåöé"
_DANISH = "øåæé"
_ICELANDIC = "ðáíéóúýþæö"
_DUTCH = "ëéïèü"
_NAMES = "éüöáíóñäçèëåãøôêàâîï"
_POLISH = "łąęóżśćńź"
_CZECH = "íáéěřčžýšůúóťďň"
_SLOVAK = "áíéčúžýšľťôóďňäĺŕ"
_HUNGARIAN = "áéöóőüíúű"
_CROATIAN = "čćšžđ"
_ROMANIAN = "ăîâşţ"
_RUSSIAN = "оеаинтсрвлкмдпуяызьбгчйхжюшцщэфъё"
_UKRAINIAN = "оаинвітерслкмдпуязьбгчйхжюшцщєїфґ"
_BULGARIAN = "аоиетнрсвлкдпмзъубяйжчгхшщцюфь"
_GREEK = "αοιετσνηυρπκμλςωδγχθάίόέφήβύώξζψϊϋ"
_TURKISH = "ıiğüşöç"
_HEBREW = "יוהלאתמרבשנםדקחעטפגצסכןזךףץ"
_ARABIC = "اليمونترهبدسفعكقحجشةطصخذضثزأىئإءغظؤآ"
_PERSIAN = "اینرمدهتوسشبکخزگلقفچعجپحژآ"
_THAI = "านรอกเงมยวลสทตคปดบหพชขจใไผถซะธศแโภษณฟฝฐญฆ่้ัิีุู็์ำืึๆ๊๋"
_LATVIAN = "āīēšņļžģčķū"
_LITHUANIAN = "ėųįšžąčūę"
_ESTONIAN = "äõüöšž"
_VIETNAMESE = "\u0301\u0300đưô\u0323ê\u0309ơâ\u0303ă"

_WEST = (_GERMAN, _FRENCH, _SPANISH, _PORTUGUESE, _ITALIAN, _SWEDISH, _DANISH, _ICELANDIC, _DUTCH, _NAMES)
_EARLY = (_GERMAN, _FRENCH, _SPANISH, _ITALIAN, _SWEDISH, _DANISH, _NAMES)
_EAST = (_POLISH, _CZECH, _SLOVAK, _HUNGARIAN, _CROATIAN)

# Codec -> how many bits rarer it is than the first, and the alphabets written in it. Where two codecs read a file
# alike, the earlier one is named.
ALPHABETS: dict[str, tuple[float, tuple[str, ...]]] = {
    "cp1252": (0.0, _WEST),
    "cp1250": (2.5, (*_EAST, _ROMANIAN)),
    "cp1251": (2.0, (_RUSSIAN, _UKRAINIAN, _BULGARIAN)),
    "cp1253": (3.0, (_GREEK,)),
    "cp1254": (3.0, (_TURKISH,)),
    "cp1255": (3.0, (_HEBREW,)),
    "cp1256": (3.0, (_ARABIC, _PERSIAN)),
    "cp1257": (3.0, (_LATVIAN, _LITHUANIAN, _ESTONIAN)),
    "cp874": (3.0, (_THAI,)),
    "cp1258": (5.0, (_VIETNAMESE,)),
    "mac-roman": (3.5, _WEST),
    "cp850": (3.5, _WEST),
    "cp437": (4.0, _EARLY),
    "cp866": (3.5, (_RUSSIAN, _BULGARIAN)),
    "koi8-r": (3.5, (_RUSSIAN,)),
    "koi8-u": (4.0, (_UKRAINIAN,)),
    "cp852": (4.0, (*_EAST, _ROMANIAN)),
    "iso8859-2": (3.0, (*_EAST, _ROMANIAN)),
    "iso8859-5": (4.0, (_RUSSIAN, _BULGARIAN)),
    "iso8859-6": (4.0, (_ARABIC,)),
    "iso8859-7": (3.5, (_GREEK,)),
    "iso8859-15": (4.0, _WEST),
    "cp737": (4.5, (_GREEK,)),
    "cp857": (4.5, (_TURKISH,)),
    "cp862": (4.5, (_HEBREW,)),
    "mac-cyrillic": (5.0, (_RUSSIAN, _UKRAINIAN)),
}

# Marks beyond ASCII that stand in tables of any language, the most frequent first, and the kind that says where:
# an apostrophe, opening, closing, a dash, beside a figure, anywhere.
MARKS: dict[str, str] = {
    "’": "p", "–": "h", "€": "d", "“": "o", "”": "c", "°": "d", "²": "d", "…": "c", "‘": "o", "£": "d", "—": "h",
    "½": "d", "¿": "o", "¡": "o", "³": "d", "«": "o", "»": "c", "„": "o", "•": "h", "§": "e", "®": "e", "©": "e",
    "™": "c", "±": "d", "·": "h", "×": "d", "№": "e", "¼": "d", "¾": "d", "º": "d", "ª": "d", "µ": "d", "‚": "c",
}  # fmt: skip

# Everyday characters of the languages that write two bytes a character.
EVERYDAY = {
    "gb18030": "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年"
    "过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因"
    "只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向"
    "头文体政美相见被利什二等产新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿东神路南北"
    "房价单名积卧层厅号元米户型室区市完未结",
    "big5": "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年"
    "過發後作里用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心本前開但因"
    "只從想實日者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應向頭文"
    "體美相見被利什二等產新己制身果加西月話合回特代內信表化老給位次度門任常先通東路南北房價單名積臥層廳號"
    "元坪戶型室區市完未結",
    "cp949": "이다는의에가을로고기하지한사자어리나스인정시도부대그일수아전서해은들원주구과보조제장동라상"
    "비성안만를여유선경금신위면게연우마중식공내관계층방실호번명건물집문",
    "cp932": "日一人年大十二本中出三見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先"
    "名川千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨部屋室階田市区町番号建物価格済未",
}
EVERYDAY["euc_jp"] = EVERYDAY["cp932"]
