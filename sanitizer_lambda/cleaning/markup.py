"""Markup reduced to its text, and links that run a script removed."""

from __future__ import annotations

import re
import sys

import nh3

# Elements that act even where their tag is never closed.
_ACTIVE = (
    "script|style|iframe|object|embed|svg|math|img|image|body|html|head|link|meta|base|form|input|button|video|audio"
    "|template|textarea|title|noscript|xmp|plaintext|frameset|frame|applet|marquee|details"
)
# All elements that a browser knows, or once did; any other is to it a word between brackets: `<varies>`, `<no name>`.
_KNOWN = frozenset(
    """
    a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote body
    br button canvas caption center cite code col colgroup command content data datalist dd del details dfn dialog dir
    div dl dt element em embed fencedframe fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5
    h6 head header hgroup hr html i iframe ilayer image img input ins isindex kbd keygen label layer legend li link
    listing main map mark marquee math menu menuitem meta meter multicol nav nobr noembed noframes nolayer noscript
    object ol optgroup option output p param picture plaintext portal pre progress q rb rp rt rtc ruby s samp script
    search section select selectedcontent shadow slot small source spacer span strike strong style sub summary sup svg
    table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr xml xmp
    """.split()  # noqa: SIM905 - a page of quotes otherwise
)
_NAME = re.compile(r"<([A-Za-z][A-Za-z0-9]*)(?=[\s/>])", re.ASCII)
# A tag, not `2BR < 60 m2`, `<3` or `<ann@acme.example>`: the end of an element, one of a namespace, with an attribute
# or without content, a declaration or comment, one of the active elements also where it is not closed.
_TAG = re.compile(
    r"</[A-Za-z][^<>]*>"
    r"|<[A-Za-z][A-Za-z0-9_-]*:[A-Za-z][A-Za-z0-9_-]*(?:[\s/][^<>]*)?>"
    r"|<[A-Za-z][A-Za-z0-9_-]*(?:[\s/][^<>=]*=[^<>]*|[^<>]*/)>"
    r"|<[!?]"
    rf"|</?(?:{_ACTIVE})(?![A-Za-z0-9_-])",
    re.ASCII | re.IGNORECASE,
)
# An attribute that acts on any element, whatever its name and however it ends: `<x@y a<1 onclick=...`. It is looked for
# from the first beginning of a tag on, as quotes may hide where that ends.
_OPENING = re.compile(r"<[A-Za-z]", re.ASCII)
_ACTING = re.compile(
    r"[\s/\"'](?:on[a-z]{3,}|style|href|src|srcset|srcdoc|action|formaction|background|poster)\s*=",
    re.ASCII | re.IGNORECASE,
)
# Elements that stand on a line of their own: without a space their texts would run together.
_BLOCK = re.compile(r"<(?=/?(?:br|p|div|li|tr|td|th|h[1-6]|ul|ol|table)[\s/>])", re.ASCII | re.IGNORECASE)
_SPACES = re.compile(r" {2,}")

# A parser's work may grow with the square of the depth; no honest cell has this many tags.
_MAX_TAGS = 500
_ANY_TAG = re.compile(r"<[^<>]*>")

# What the sanitiser's serialiser writes for a character of the text.
_SERIALISED = (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", "\xa0"), ("&quot;", '"'), ("&amp;", "&"))


def has_markup(text: str) -> bool:
    """Return whether there is a tag in ``text``."""
    if "<" not in text:
        return False
    if _has_element(text) or _TAG.search(text) is not None:
        return True
    opening = _OPENING.search(text)
    return opening is not None and _ACTING.search(text, opening.end()) is not None


def _has_element(text: str) -> bool:
    end = text.rfind(">")
    return any(found.start() < end and found[1].lower() in _KNOWN for found in _NAME.finditer(text))


def without_markup(text: str) -> str:
    """Return the text of ``text`` if there is a tag in it, else ``text``."""
    return to_text(text) if has_markup(text) else text


def to_text(text: str) -> str:
    """Return the text of ``text``, which has markup; its entities are decoded, so it may have some again."""
    if text.count("<") > _MAX_TAGS:
        text = _ANY_TAG.sub("", text).replace("<", "")
    plain = nh3.clean(_BLOCK.sub(" <", text), tags=set())
    for entity, character in _SERIALISED:
        plain = plain.replace(entity, character)
    return _SPACES.sub(" ", plain).strip()


def _loose(word: str) -> str:
    """Browsers skip TAB and newline inside a scheme."""
    return r"[\t\n]*".join(word)


_SCRIPT = rf"(?:{_loose('javascript:')}|{_loose('vbscript:')})"
_LINK = re.compile(
    rf"\A[\s\"']*{_SCRIPT}\s*\S*"
    rf"|(?<![A-Za-z0-9]){_SCRIPT}\S+"
    rf"|(?<![A-Za-z0-9]){_loose('data:')}\s*{_loose('text/html')}\S*",
    re.ASCII | re.IGNORECASE,
)
# An entity that could stand for a part of a scheme; other named ones cannot.
_ENTITY = re.compile(r"&(?:#[xX]0*([0-9a-fA-F]{1,6});?|#0*([0-9]{1,7});?|(colon|Tab|NewLine);)")
_NAMED = {"colon": ":", "Tab": "\t", "NewLine": "\n"}


def without_links(text: str) -> str:
    """Return ``text`` without `javascript:`, `vbscript:` and `data:text/html` links, also where entities hide them."""
    if "&" in text and (decoded := _ENTITY.sub(_character, text)) != text:
        return _LINK.sub("", decoded) if _LINK.search(decoded) else text
    return _LINK.sub("", text) if ":" in text else text


def _character(entity: re.Match[str]) -> str:
    hexadecimal, decimal, name = entity.groups()
    if name is not None:
        return _NAMED[name]
    point = int(decimal) if hexadecimal is None else int(hexadecimal, 16)
    return chr(point) if point <= sys.maxunicode else ""
