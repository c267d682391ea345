"""Values as a native speaker says them, in the finished sentence that a caller hears."""

from datetime import datetime

import pytest

from ivr.words.prompts import Prompt
from ivr.words.pronunciation import pronounce
from ivr.words.spoken_values import render_day, render_moment, render_percent, spell_address
from ivr.words.utterances import Utterance, Value, ValueKind, render
from resident_app.configuration import load_configuration
from resident_app.languages import Pronunciation, load_languages

CONFIGURATION = load_configuration()
LANGUAGES = load_languages()

SENTENCES = {
    "en": (
        "The office is closed now. It opens on Monday, November 23, at 8 AM.",
        "Your birth date: February 29, 1980.",
        "60 percent of them",
        "On DOL's website: D O L dot W A dot G O V",
        "The reason they gave: improper entry, federal law section 13 25.",
    ),
    "es": (
        "Abre el lunes 23 de noviembre, 8 de la mañana.",
        "29 de febrero de 1980.",
        "El 60 por ciento de",
        "D O L punto W A punto G O V",
        "entrada indebida, ley federal, sección 13 25.",
    ),
    "zh-Hans": (
        "11月23日星期一上午8点。",
        "1980年2月29日。",
        "其中百分之60获得批准",
        "D O L 点 W A 点 G O V",
        "不当入境，联邦法律第13 25条。",
    ),
    "yue-Hant": (
        "11月23日星期一上晝8點。",
        "1980年2月29日。",
        "當中百分之60獲得批准",
        "D O L 點 W A 點 G O V",
        "不當入境，聯邦法律第13 25條。",
    ),
    "vi": (
        "Thứ Hai, 23 tháng 11, lúc 8 giờ sáng.",
        "29 tháng 2 năm 1980.",
        "60 phần trăm trong số đó",
        "D O L chấm W A chấm G O V",
        "luật liên bang, điều 13 25.",
    ),
    "ru": (
        "понедельник, 23 ноября, в 8 утра.",
        "29 февраля 1980 года — это ваша дата рождения.",
        "60 процентов из них",
        "На сайте ди оу эл: ди оу эл точка даблю эй точка джи оу ви",
        "федеральный закон, статья 13 25.",
    ),
    "ko": (
        "지원실은 11월 23일 월요일 오전 8시에 엽니다.",
        "생년월일: 1980년 2월 29일.",
        "그중 60퍼센트가",
        "디 오 엘 점 더블유 에이 점 지 오 브이",
        "부적법한 입국, 연방법 13 25조.",
    ),
    "ja": (
        "次に開くのは、11月23日月曜日の午前8時です。",
        "生年月日は、1980年2月29日。",
        "60 パーセントが承認され",
        "ディー オー エル ドット ダブリュー エー ドット ジー オー ブイ",
        "不正な入国、連邦法13 25条。",
    ),
    "uk": (
        "понеділок, 23 листопада, о 8 ранку.",
        "29 лютого 1980 року — це ваша дата народження.",
        "60 відсотків із них",
        "ді оу ел крапка даблю ей крапка джі оу ві",
        "федеральний закон, стаття 13 25.",
    ),
    "fil": (
        "Magbubukas ito sa Lunes, Nobyembre 23, alas 8 ng umaga.",
        "Pebrero 29, 1980.",
        "60 porsyento ng mga ito",
        "D O L tuldok W A tuldok G O V",
        "batas pederal, seksyon 13 25.",
    ),
    "ar": (
        "سيفتح يوم الاثنين، 23 نوفمبر، الساعة 8 صباحًا.",
        "29 فبراير 1980.",
        "على 60 بالمئة منها",
        "دي أو إل نقطة دبليو إيه نقطة جي أو في",
        "القانون الفيدرالي، المادة 13 25.",
    ),
    "am": (
        "ሰኞ፣ ኖቬምበር 23 ቀን፣ በአሜሪካ ሰዓት አቆጣጠር ከጠዋቱ 8 ሰዓት ነው።",
        "ፌብሩዋሪ 29 ቀን 1980።",
        "60 በመቶ ጸድቀው",
        "ዲ ኦ ኤል ነጥብ ደብሊው ኤ ነጥብ ጂ ኦ ቪ",
        "የፌደራል ሕግ ክፍል 13 25።",
    ),
    "pa": (
        "ਸੋਮਵਾਰ, ਨਵੰਬਰ 23, ਸਵੇਰੇ 8 ਵਜੇ।",
        "29 ਫ਼ਰਵਰੀ 1980।",
        "60 ਪ੍ਰਤੀਸ਼ਤ ਮਨਜ਼ੂਰ",
        "ਡੀ ਓ ਐੱਲ ਡੌਟ ਡਬਲਯੂ ਏ ਡੌਟ ਜੀ ਓ ਵੀ",
        "ਫੈਡਰਲ ਕਾਨੂੰਨ ਦੀ ਧਾਰਾ 13 25।",
    ),
}
"""By language: when the office opens, a birth date, a share, the website, the ground of a sharing."""

UTTERANCES = (
    Utterance(Prompt.OFFICE_CLOSED, {"time": Value(ValueKind.MOMENT, "2026-11-23T08:00:00")}),
    Utterance(Prompt.BIRTH_READ, {"date": Value(ValueKind.DAY, "1980-02-29")}),
    Utterance(Prompt.ANSWER_APPROVED, {"percent": Value(ValueKind.PERCENT, "60")}),
    Utterance(Prompt.ANSWER_WEBSITE, {"address": Value(ValueKind.ADDRESS, "dol.wa.gov")}),
    Utterance(Prompt.SHARED_GROUND, {"ground": Value(ValueKind.GROUND, "1325")}),
)


def test_every_language_of_the_phone_is_here() -> None:
    assert set(SENTENCES) == {language.code for language in LANGUAGES.on_the_phone()}


@pytest.mark.parametrize("code", list(SENTENCES))
def test_values_are_said_as_people_say_them(code: str) -> None:
    for utterance, words in zip(UTTERANCES, SENTENCES[code], strict=True):
        assert words in render(utterance, LANGUAGES[code], CONFIGURATION)


@pytest.mark.parametrize(
    ("code", "hour", "minute", "words"),
    [
        ("en", 13, 30, "Friday, November 27, at 1:30 PM"),
        ("en", 12, 0, "Friday, November 27, at 12 PM"),
        ("es", 13, 30, "viernes 27 de noviembre, 1 y 30 de la tarde"),
        ("ko", 13, 5, "11월 27일 금요일 오후 1시 05분"),
        ("ru", 9, 30, "пятница, 27 ноября, в 9:30 утра"),
        ("ar", 13, 30, "الجمعة، 27 نوفمبر، الساعة 1 و30 دقيقة بعد الظهر"),
    ],
)
def test_times_with_minutes(code: str, hour: int, minute: int, words: str) -> None:
    moment = datetime(2026, 11, 27, hour, minute)  # noqa: DTZ001
    assert render_moment(moment, LANGUAGES[code]) == words


def test_one_percent_is_in_the_singular() -> None:
    assert [render_percent(number, LANGUAGES["ru"]) for number in (1, 2, 5)] == [
        "1 процент",
        "2 процента",
        "5 процентов",
    ]


def test_an_address_is_spelled_and_its_long_parts_are_words() -> None:
    assert (
        spell_address("outreach.dol-2.wa.gov", LANGUAGES["en"])
        == "outreach dot D O L dash 2 dot W A dot G O V"
    )


def test_a_date_without_a_pattern_of_its_own_is_the_written_one() -> None:
    day = datetime(2018, 1, 10).date()  # noqa: DTZ001
    assert render_day(day, LANGUAGES["en"]) == LANGUAGES["en"].day(day)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("DOL은 ICE에, A, Q, Z", "디 오 엘은 아이스에, 에이, 큐, 제트"),
        ("Tacoma와 Rafael", "Tacoma와 Rafael"),
        ("I S S", "아이 에스 에스"),
        ("ICE-ERO", "아이스-이 알 오"),
    ],
)
def test_capitals_are_said_and_names_stay(text: str, said: str) -> None:
    assert pronounce(text, LANGUAGES["ko"].pronunciation) == said
    assert pronounce(text, Pronunciation()) == text
