"""Which messages from residents are no more than a reaction or a thank-you."""

import pytest

from resident_app.casework.messages.reply_weight import ReplyWeight, weight_of

ACKNOWLEDGMENTS = (
    # iPhones, by an ordinary text message
    "Liked “We will call you tomorrow.”",
    "Loved an image",
    "Laughed at “a\nb”",
    "Emphasized “We will…",
    "Removed a heart from “We will call”",
    "Reacted 👍 to “We will call you”",
    "Le encantó “Le llamaremos”",
    "Le gustó una imagen",
    "Reaccionó con 😂 a “Le llamaremos”",
    "N’a pas aimé « bof »",
    # Google Messages, with the thin spaces that it writes
    "👍\u200a to “\u200aWe will call you\u200a”",
    # An emoji, with a skin tone, a joiner or a selector
    *("👍", "👍🏽", "❤️", "🙏🙏", "👨‍👩‍👧", "👌!"),
    # A few words, in every language of the site
    *("Ok", "OK!!", "ok thank you 🙏", "Thanks", "Thank you so much!", "Got it, thanks"),
    *("Gracias", "¡Muchas gracias!", "好的，谢谢", "謝謝您！", "ありがとうございます！", "네, 감사합니다"),
    *("спасибо", "Дякую!", "Cảm ơn nhiều", "cam on", "Salamat po", "Mahadsanid", "አመሰግናለሁ"),
    *("شكرًا جزيلاً", "شُكرا", "ਠੀਕ ਹੈ ਜੀ", "អរគុណ"),
)
WORDS = (
    *(
        "",
        "Yes",
        "No",
        "Sí",
        "はい",
        "네",
        "好吗？",
        "不好",
        "?",
        "'",
        "k 3pm",
        "1️⃣",
        "🆘",
        "❓",
        "👍?",
        "Ok?",
    ),
    *("Ok call me at 3", "👍 call me", "Thank you, but when do you call?", "gracias pero necesito ayuda"),
    *("no gracias", "don't thank you", "ICE is here 😢", "Liked your call", "I liked “your” idea, call me"),
    *(
        "Liked “x” but please call me",
        "Liked “x” and call “me”",
        "Please explain “We will call you tomorrow.”",
    ),
    *("“We will call”", "a “x”", "Thanks " * 20),
)


@pytest.mark.parametrize("words", ACKNOWLEDGMENTS)
def test_an_acknowledgment(words: str) -> None:
    assert weight_of(words) is ReplyWeight.ACKNOWLEDGMENT


@pytest.mark.parametrize("words", WORDS)
def test_words(words: str) -> None:
    """In doubt a message counts as words."""
    assert weight_of(words) is ReplyWeight.WORDS
