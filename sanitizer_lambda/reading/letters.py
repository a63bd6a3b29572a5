"""Which letters beyond ASCII the languages of each one-byte encoding use, the most frequent first."""

# ruff: noqa: RUF001 - letters of other scripts are what this file is made of

from __future__ import annotations

# Letters a language writes beyond ASCII, in falling frequency; capitals follow from them.
_GERMAN = "äüöß"
_FRENCH = "éèàêçôîâûùëïœ"
_SPANISH = "óíáñéúü"
_PORTUGUESE = "ãçéáóíêõâúàôü"
_ITALIAN = "àèùòìé"
_NORDIC = "åäöøæé"
_ICELANDIC = "ðáíéóúýþæö"
_DUTCH = "ëéïèü"
_POLISH = "łąęóżśćńź"
_CZECH = "íáéěřčžýšůúóťďňĺľôäŕ"
_HUNGARIAN = "áéöóőüíúű"
_CROATIAN = "šćčžđ"
_ROMANIAN = "ăîâşţșț"
_RUSSIAN = "оеаинтсрвлкмдпуяызьбгчйхжюшцщэфъё"
_UKRAINIAN = "оаинвітерслкмдпуязьбгчйхжюшцщєїфґ"
_BULGARIAN = "аоиетнрсвлкдпмзъубяйжчгхшщцюфь"
_GREEK = "αοιετσνηυρπκμλςωδγχθφβξζψίάόέήύώϊϋ"
_TURKISH = "ıiğüşöç"
_HEBREW = "יוהלאתמרבשנםדקחעטפגצסכןזךףץ"
_ARABIC = "اليمونترهبدسفعكقحجشةطصخذضثزأىئإءغظؤآ"
_BALTIC = "āšīēžņļģčķėųįąęūõäüö"
_VIETNAMESE = "đươâăôêáàéèíóúý"

# Codec -> the alphabets written in it. Where two codecs read a file alike, the earlier one is named.
ALPHABETS: dict[str, tuple[str, ...]] = {
    "cp1252": (_GERMAN, _FRENCH, _SPANISH, _PORTUGUESE, _ITALIAN, _NORDIC, _ICELANDIC, _DUTCH),
    "cp1250": (_POLISH, _CZECH, _HUNGARIAN, _CROATIAN, _ROMANIAN),
    "cp1251": (_RUSSIAN, _UKRAINIAN, _BULGARIAN),
    "koi8-r": (_RUSSIAN,),
    "cp1253": (_GREEK,),
    "cp1254": (_TURKISH,),
    "cp1255": (_HEBREW,),
    "cp1256": (_ARABIC,),
    "cp1257": (_BALTIC,),
    "mac-roman": (_GERMAN, _FRENCH, _SPANISH, _PORTUGUESE, _ITALIAN, _NORDIC),
    "cp850": (_GERMAN, _FRENCH, _SPANISH, _PORTUGUESE, _ITALIAN, _NORDIC),
    "cp437": (_GERMAN, _FRENCH, _SPANISH, _ITALIAN),
    "iso8859-2": (_POLISH, _CZECH, _HUNGARIAN, _CROATIAN),
    "cp866": (_RUSSIAN,),
    "iso8859-5": (_RUSSIAN,),
    "iso8859-7": (_GREEK,),
    "cp852": (_POLISH, _CZECH, _HUNGARIAN),
    "cp1258": (_VIETNAMESE,),
}
# Marks beyond ASCII that stand in tables of any language.
MARKS = "’‘“”–—…€£°§²³½¼¾«»„‚•·¡¿®©™×±µ\u00a0№ºª´"
