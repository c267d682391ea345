"""Whether a message from a resident is words for the office, or no more than a reaction or a thank-you.

Phones send a reaction to a message as a text message of its own: Liked “We will call you tomorrow.” What is
not surely a reaction or one of a few phrases counts as words: to answer a thank-you costs a minute, and a
question that is missed may cost more. "Yes" is an answer, so it counts as words.
"""

import re
import unicodedata
from enum import StrEnum

from resident_app.casework.messages.quotations import passages


class ReplyWeight(StrEnum):
    """What a message asks of the office."""

    WORDS = "words"
    ACKNOWLEDGMENT = "acknowledgment"
    """A reaction, an emoji, "Ok" or "Thank you". It may still answer a question that is open."""
    AUTOMATIC = "automatic"
    """A machine answered for the person."""


_ANSWERING = re.compile(
    r"(?:re|aw|rv|sv|antw|res|ref|отв|відп|回复|答复|回覆|返信|회신|답장|trả lời|رد) ?[:：][^\n]*",
    re.IGNORECASE,
)
"""The subject of an answer, which repeats ours."""
_PROGRAM = re.compile(
    r"(?:sent (?:from|via) (?:my|the|yahoo|outlook|samsung|mail|gmail)\b.{0,60}|get outlook for .{1,20}"
    r"|enviado (?:desde|por) .{1,60}|отправлено (?:с|из) .{1,60}|надіслано (?:з|із) .{1,60}"
    r"|发自我的.{1,40}|從我的.{1,30}傳送|.{1,30}から送信|나의 .{1,30}에서 보냄|được gửi từ .{1,40})",
    re.IGNORECASE,
)
"""A line that a mail program adds below."""

_LONGEST = 80
"""A thank-you is no longer than this, in characters."""

# What iPhones and Google Messages write, in the forms that we know; the quoted words are our own message.
_VERBS = (
    *("liked", "loved", "disliked", "laughed at", "emphasized", "emphasised", "questioned"),
    *("removed a like from", "removed a heart from", "removed a dislike from", "removed a laugh from"),
    *("removed an exclamation from", "removed an exclamation mark from", "removed a question mark from"),
    *("le gusto", "le gusta", "le encanto", "le encanta", "no le gusto", "le dio risa", "se rio de"),
    *("exclamo por", "enfatizo", "destaco", "dudo sobre", "cuestiono"),
    *("a aime", "a adore", "n’a pas aime", "a ri de", "a mis en evidence", "a souligne"),
)
_WITH_EMOJI = (
    *(r"reacted {} to", r"removed {} from", r"removed a {} reaction from", r"removed {} reaction from"),
    *(r"reacciono con {} a", r"elimino {} de", r"a reagi avec {} a"),
    *(r"{} to", r"{} a", r"{}"),
)
_ITEMS = (
    "image|photo|picture|video|movie|audio message|voice message|attachment|sticker|link|location|file|gif"
)
_ITEMS_ES_FR = "imagen|foto|video|mensaje de audio|image|photo"
_THING = rf"(?:an? (?:{_ITEMS})|\d+ (?:images|photos|videos)|un[ae]? (?:{_ITEMS_ES_FR}))"
_QUOTED = r"(?:“[^”]*[”…]|\"[^\"]*[\"…]|«[^»]*[»…]|„[^“”]*[“”…]|「[^」]*[」…]|'[^']*['…]|‘[^’]*[’…])"
_EMOJI = r"[^\w\s“”\"«»„]{1,12}"
_REACTION = re.compile(
    rf"(?:(?:{'|'.join(map(re.escape, _VERBS))})|(?:{'|'.join(one.format(_EMOJI) for one in _WITH_EMOJI)}))"
    rf"\s*(?:{_QUOTED}|{_THING})\.?",
    re.DOTALL,
)

_PHRASES = (
    # English
    *("ok", "okay", "okey", "k", "kk", "okie", "alright", "all right", "got it", "noted", "understood"),
    *("great", "perfect", "cool", "sounds good", "thanks", "thank you", "thank u", "thank you so much"),
    *("thank you very much", "thanks so much", "thanks a lot", "many thanks", "thx", "ty", "tysm", "you too"),
    # Spanish, Filipino, Vietnamese, Somali
    *("gracias", "muchas gracias", "mil gracias", "muchisimas gracias", "vale", "de acuerdo", "perfecto"),
    *("entendido", "muy amable", "igualmente", "gracias igualmente"),
    *(
        "salamat",
        "salamat po",
        "maraming salamat",
        "maraming salamat po",
        "sige",
        "sige po",
        "ok po",
        "okay po",
    ),
    *(
        "cam on",
        "cam on ban",
        "cam on nhieu",
        "xin cam on",
        "da cam on",
        "vang cam on",
        "cam on a",
        "da hieu",
    ),
    *("mahadsanid", "waad mahadsantahay", "waad ku mahadsantahay", "hagaag", "waa hagaag", "haye"),
    # Chinese, Japanese, Korean
    *(
        "好",
        "好的",
        "谢谢",
        "謝謝",
        "谢谢你",
        "谢谢您",
        "謝謝你",
        "謝謝您",
        "多谢",
        "多謝",
        "感谢",
        "感謝",
        "非常感谢",
        "非常感謝",
    ),
    *(
        "收到",
        "明白",
        "明白了",
        "知道了",
        "了解",
        "了解です",
        "了解しました",
        "わかりました",
        "分かりました",
        "承知しました",
    ),
    *("ありがとう", "ありがとうございます", "ありがとうございました", "オッケー", "オーケー"),
    *(
        "감사합니다",
        "감사해요",
        "고맙습니다",
        "고마워요",
        "네 감사합니다",
        "네 고맙습니다",
        "알겠습니다",
        "알겠어요",
        "오케이",
    ),
    # Russian, Ukrainian
    *("спасибо", "спасибо большое", "большое спасибо", "спасибо вам", "благодарю", "ок", "окей", "хорошо"),
    *("понятно", "понял", "поняла", "дякую", "дуже дякую", "щиро дякую", "дякую вам", "добре", "зрозумiло"),
    *("зрозуміло", "зрозумів", "зрозуміла"),
    # Amharic, Arabic, Punjabi, Khmer
    *("አመሰግናለሁ", "እናመሰግናለን", "በጣም አመሰግናለሁ", "እሺ", "እሺ አመሰግናለሁ"),
    *(
        "شكرا",
        "شكرا لك",
        "شكرا لكم",
        "شكرا جزيلا",
        "الف شكر",
        "مشكور",
        "مشكورين",
        "تمام",
        "حسنا",
        "اوكي",
        "اوك",
    ),
    *("ਧੰਨਵਾਦ", "ਬਹੁਤ ਧੰਨਵਾਦ", "ਤੁਹਾਡਾ ਧੰਨਵਾਦ", "ਸ਼ੁਕਰੀਆ", "ਠੀਕ ਹੈ", "ਠੀਕ ਹੈ ਜੀ", "ਠੀਕ ਹੈ ਧੰਨਵਾਦ"),
    *("អរគុណ", "អរគុណច្រើន", "សូមអរគុណ"),
)
_ASKING = frozenset("❓❔⁉🆘🚨⁈‽")
"""Emoji that ask for something."""
_FOLDED_SCRIPTS = ("LATIN", "ARABIC", "COMBINING", "CYRILLIC")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_SKIN = range(0x1F3FB, 0x1F400)


def weight_of(words: str) -> ReplyWeight:
    """Return what a person's message asks of the office. Words alone are never AUTOMATIC."""
    text = _folded(words)
    if _REACTION.fullmatch(text) or _is_emoji(text) or _is_phrase(text):
        return ReplyWeight.ACKNOWLEDGMENT
    return ReplyWeight.WORDS


def weight_of_mail(words: str) -> ReplyWeight:
    """Return what a person's e-mail asks of the office, by what they wrote themselves.

    What their program added does not count: the quoted message, "Re: …", "Sent from my iPhone".
    """
    own = "\n".join(one.text for one in passages(words) if not one.is_quoted).strip()
    subject, _, below = own.partition("\n\n")
    if _ANSWERING.fullmatch(subject) and below.strip():
        own = below
    lines = [line for line in own.splitlines() if not _PROGRAM.fullmatch(line.strip())]
    return weight_of("\n".join(lines))


def _folded(words: str) -> str:
    """Return words without case, accents of Latin, vowel marks of Arabic, and characters that nobody sees."""
    plain = "".join(
        sign
        for sign in unicodedata.normalize("NFKC", words).casefold()
        if unicodedata.category(sign) != "Cf" and sign not in "\ufe0e\ufe0f" and ord(sign) not in _SKIN
    )
    letters = ""
    for sign in unicodedata.normalize("NFC", plain):
        bare = unicodedata.normalize("NFD", sign)
        is_folded = unicodedata.name(bare[0], "").startswith(_FOLDED_SCRIPTS[:2])
        letters += "".join(one for one in bare if not unicodedata.combining(one)) if is_folded else sign
    arabic = "".join(one for one in letters if not "\u064b" <= one <= "\u0652" and one != "\u0640")
    return " ".join(arabic.replace("đ", "d").replace("...", "…").split())


def _is_emoji(text: str) -> bool:
    """Return whether a message has an emoji, no letter and no digit, and asks for nothing."""
    signs = [sign for sign in text if not sign.isspace()]
    has_emoji = any(unicodedata.category(sign) == "So" for sign in signs)
    is_bare = all(unicodedata.category(sign)[0] in "SPM" and sign not in "?？¿؟" for sign in signs)
    return has_emoji and is_bare and not _ASKING.intersection(signs)


def _is_phrase(text: str) -> bool:
    """Return whether a message is one of the phrases, or a few of them. A question mark makes it words."""
    if len(text) > _LONGEST or any(sign in text for sign in "?？¿؟;") or _ASKING.intersection(text):
        return False
    bare = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in text)
    return _THANKS.fullmatch(" ".join(bare.split())) is not None


def _pattern(phrase: str) -> str:
    folded = re.escape(_folded(phrase))
    return rf"{folded}\s*" if _UNSPACED.search(phrase) else rf"{folded}(?:\s+|$)"


_THANKS = re.compile("(?:" + "|".join(map(_pattern, sorted(_PHRASES, key=len, reverse=True))) + "){1,4}")
