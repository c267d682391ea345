"""STOP, START and HELP in people's own words. One more word makes it a message for a person."""

from pathlib import Path

import pytest

from resident_app.configuration import load_configuration
from resident_app.configuration.keywords import Keyword, Keywords
from resident_app.configuration.sections import read_section
from resident_app.languages import load_languages
from resident_app.settings import CONFIG_DIR, SettingsError

KEYWORDS = load_configuration().keywords


def found(body: str) -> tuple[Keyword | None, str]:
    keyword = KEYWORDS.find(body)
    return (keyword.keyword, keyword.language) if keyword else (None, "")


@pytest.mark.parametrize(
    ("body", "language"),
    [
        *((word, "en") for word in ("STOP", "Stopall", "STOP ALL", "unsubscribe", "Cancel", "END", "quit")),
        *(
            (word, "en")
            for word in ("OptOut", "OPT-OUT", "opt out", "revoke", "Stop.", "«stop!!»", " stop \n")
        ),
        *(
            (word, "en")
            for word in ("ＳＴＯＰ", "S.T.O.P.", "s t o p", "STOP 🙏🏽", "\u200eSTOP\u200f", "STOP STOP")
        ),
        *(
            (word, "en")
            for word in ("please stop", "Stop, thank you", "STOP please!", "Please STOP. Thanks.")
        ),
        *((word, "en") for word in ("Don’t text me", "Stop texting me please", "ok stop", "just stop now")),
        *((word, "es") for word in ("ALTO", "parar", "Stop por favor", "Basta, gracias", "no mas mensajes")),
        *((word, "es") for word in ("Por favor, no me manden más mensajes", "¡ALTO!", "deténganse", "BAJA")),
        *(
            (word, "zh-Hans")
            for word in ("停止", "请停止", "退订", "停止，谢谢", "请不要再发了", "stop 谢谢")
        ),
        *((word, "zh-Hant") for word in ("退訂", "請停止", "謝謝，停止", "請不要再傳")),
        *((word, "yue-Hant") for word in ("唔好再發", "唔該停", "唔好再send，唔該")),
        *((word, "vi") for word in ("DỪNG", "dừng", "DUNG", "Xin dừng lại, cảm ơn", "xin dung lai", "NGỪNG")),
        *((word, "vi") for word in ("Đừng nhắn tin nữa", "dung nhan tin nua", "huy dang ky")),
        *((word, "ru") for word in ("СТОП", "стоп, пожалуйста", "Больше не пишите мне", "хватит!", "ОТМЕНА")),
        *(
            (word, "ko")
            for word in ("그만", "그만해 주세요", "중지해주세요", "수신거부", "수신 거부 부탁드립니다")
        ),
        *(
            (word, "ja")
            for word in ("停止してください", "配信停止", "やめてください", "もう送らないでください。")
        ),
        *((word, "ja") for word in ("ｽﾄｯﾌﾟ", "停止お願いします", "stopお願いします")),
        *((word, "uk") for word in ("зупинити", "Будь ласка, зупиніть", "стоп, дякую", "досить")),
        *((word, "fil") for word in ("ITIGIL", "tigil na po", "Tama na, salamat", "huwag na mag-text")),
        *(
            (word, "ar")
            for word in ("توقف", "إيقاف", "ايقاف من فضلك", "أوقفوا الرسائل، شكرًا", "الغاء الاشتراك")
        ),
        *((word, "am") for word in ("አቁም", "እባክዎ ያቁሙ", "አቁሙ፣ አመሰግናለሁ።")),
        *((word, "pa") for word in ("ਰੋਕੋ", "ਕਿਰਪਾ ਕਰਕੇ ਬੰਦ ਕਰੋ", "ਬੰਦ ਕਰੋ ਜੀ, ਧੰਨਵਾਦ।")),
        *((word, "so") for word in ("JOOJI", "fadlan jooji", "ka jooji, mahadsanid")),
        *((word, "km") for word in ("ឈប់", "សូមឈប់", "ឈប់ផ្ញើសារ អរគុណ")),
        *((word, "") for word in ("ARRÊT", "arret svp", "Stopp", "बंद करो कृपया")),
    ],
)
def test_a_stop_is_known_and_its_language(body: str, language: str) -> None:
    assert found(body) == (Keyword.STOP, language)


@pytest.mark.parametrize(
    ("keyword", "bodies"),
    [
        (
            Keyword.START,
            ["START", "unstop", "Start please", "comenzar", "开始", "開始してください", "시작", "bat dau"],
        ),
        (
            Keyword.START,
            ["СТАРТ", "почати", "simulan po", "ابدأ", "ጀምር", "ਸ਼ੁਰੂ ਕਰੋ", "bilow", "ចាប់ផ្តើម", "démarrer"],
        ),
        (
            Keyword.HELP,
            ["HELP", "Info", "help, please", "AYUDA", "ayuda por favor", "ПОМОЩЬ", "допомога", "帮助"],
        ),
        (
            Keyword.HELP,
            ["幫助", "ヘルプ", "도움말", "tro giup", "TULONG", "مساعدة", "እርዳታ", "ਮਦਦ", "caawimaad", "ជំនួយ"],
        ),
    ],
)
def test_start_and_help_likewise(keyword: Keyword, bodies: list[str]) -> None:
    for body in bodies:
        assert found(body)[0] is keyword, body


@pytest.mark.parametrize(
    "body",
    [
        "please don't stop helping me",
        "Stop by the office tomorrow",
        "I will stop by at 3",
        "don't stop",
        "Do not stop",
        "They stopped me on the way to work",
        "please help me, ICE came to my home",
        "Help me",
        "Can you help?",
        "I want to cancel my appointment",
        "please cancel my appointment",
        "The end of the month",
        "at the bus stop",
        "stop 5",
        "stop or start?",
        "start stop",
        "Yes",
        "no",
        "ok thank you",
        "Thank you for your help",
        "Para mi hermano, gracias",
        "No paren de ayudarme",
        "fin de semana",
        "no puedo parar de pensar",
        "Ayúdeme por favor",
        "necesito ayuda",
        "请不要停止",
        "不要",
        "停車場",
        "我需要帮助",
        "停止しないでください",
        "やめないでください",
        "그만두지 마세요",
        "도와주세요",
        "đúng",
        "dùng",
        "Đừng dừng lại",
        "không dừng",
        "Не останавливайтесь, пожалуйста",
        "не хватит денег",
        "помогите мне",
        "Не зупиняйтеся",
        "huwag itigil",
        "لا تتوقف من فضلك",
        "አታቁም",
        "ਬੰਦ ਨਾ ਕਰੋ",
        "ha joojin",
        "កុំឈប់",
        "N'arrêtez pas",
        "…",
        "",
        "👍",
        "stop " * 60,
    ],
)
def test_what_merely_contains_the_word_is_for_a_person(body: str) -> None:
    assert KEYWORDS.find(body) is None


def test_every_language_has_its_words() -> None:
    assert KEYWORDS.languages == set(load_languages())
    for code in KEYWORDS.languages:
        words = KEYWORDS.root[code]
        for keyword in Keyword:
            for phrase in getattr(words, keyword.value):
                assert found(phrase)[0] is keyword, (code, phrase)
                courtesy = words.courtesy[len(phrase) % len(words.courtesy)]
                for body in (f"{courtesy}, {phrase.upper()}!", f"{phrase} {courtesy}", f"{phrase}. {phrase}"):
                    assert found(body)[0] is keyword, (code, body)
        for courtesy in words.courtesy:
            assert KEYWORDS.find(courtesy) is None, (code, courtesy)


def test_a_phrase_that_means_two_things_is_named(tmp_path: Path) -> None:
    text = (CONFIG_DIR / "keywords.toml").read_text()
    for added, named in (
        ('start = ["ALTO", ', "alto"),
        ('help = ["gracias", ', "gracias"),
        ('stop = ["!", ', "es"),
    ):
        name = added.split()[0]
        section = text.index("[es]")
        start = text.index(f"{name} = [", section)
        (tmp_path / "keywords.toml").write_text(text[:start] + added + text[start + len(f"{name} = [") :])
        with pytest.raises(SettingsError, match=rf"config/keywords\.toml: .*{named}"):
            read_section(tmp_path / "keywords.toml", Keywords)
