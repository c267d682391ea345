"""Words that say what a message is about: a text message may be read by whoever holds the phone.

For each language how such words begin: immigration, removal, the Department of Licensing, a license.
"""

import re
import unicodedata

_ANY = ("ICE", "DHS", "CBP", "DOL")
"""As they are written: ice is also on the road."""

_BEGINNINGS = {
    "en": (r"\bimmigra", r"\bdeport", r"\blicens"),
    "es": (r"\binmigra", r"\bmigra", r"\bdeport", r"\blicencia"),
    "fil": (r"\bimigra", r"\bimmigra", r"deport", r"lisensy"),
    "vi": (r"di trú", r"nhập cư", r"trục xuất", r"cấp giấy phép", r"bằng lái"),
    "so": (r"socdaalka", r"\btarxiil", r"\bmasaafur", r"shatiya"),
    "ru": ("иммигра", "мигра", "депорт", "выдвор", "лицензир", "водительск"),
    "uk": ("імміграц", "мігра", "депорт", "видвор", "ліцензув", "водійськ"),
    "zh": ("移民", "遣返", "遞解", "递解", "驱逐", "驅逐", "执照", "執照", "驾照", "駕照"),
    "ja": ("移民", "入管", "入国管理", "強制送還", "退去強制", "免許"),
    "ko": ("이민", "추방", "면허"),
    "ar": ("هجرة", "مهاجر", "ترحيل", "تراخيص", "رخصة"),
    "am": ("ኢሚግሬሽን", "ስደተኛ", "ስደተኞ", "ከአገር ማስወጣት", "ፈቃድ አሰጣጥ", "መንጃ ፈቃድ"),
    "pa": ("ਇਮੀਗ੍ਰੇਸ਼ਨ", "ਪਰਵਾਸ", "ਦੇਸ਼ ਨਿਕਾਲ", "ਡਿਪੋਰਟ", "ਲਾਇਸੈਂਸ"),
    "km": ("អន្តោប្រវេសន៍", "និរទេស", "អាជ្ញាប័ណ្ណ", "ប័ណ្ណបើកបរ"),
}
_AS_WRITTEN = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(_ANY)}|I\.C\.E\.)(?![A-Za-z])")
_IN_ANY_CASE = re.compile(
    "|".join(unicodedata.normalize("NFKC", one) for words in _BEGINNINGS.values() for one in words),
    re.IGNORECASE,
)


def contains_sensitive_terms(words: str) -> bool:
    """Whether the words say what it is about, in whichever of our languages they are."""
    words = unicodedata.normalize("NFKC", words)
    return bool(_AS_WRITTEN.search(words) or _IN_ANY_CASE.search(words))
