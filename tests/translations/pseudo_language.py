"""A language that nobody speaks: each of its messages is marked, so that any other words stand out.

It goes by the code of Greek: CLDR then writes its dates and lists in Greek letters, and every
Latin letter outside the marks is one that nobody translated.
"""

import re
import shutil
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from resident_app.catalogues import Domain
from resident_app.settings import CONFIG_DIR, TRANSLATIONS_DIR
from tests.strict_client import HTML, Page
from translations.wording import PLACEHOLDER

CODE = "el"
VOICE = "el-GR"

_ACCENTED = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "áƀćďéƒǵĥíĵķĺɱńóƥɋŕśťúṽŵẋýžÁƁĆĎÉƑǴĤÍĴĶĹḾŃÓƤɊŔŚŤÚṼŴẊÝŽ",
)
_MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
_LATIN = re.compile(r"[A-Za-z]+")
_SAID_ATTRIBUTES = ("alt", "aria-label", "placeholder", "title")
_LANGUAGES = f"""
[[language]]
code = "en"
native = "English"
phone = {{ menu = 1, key = "1", language = "en-US", voice = "Polly.Joanna-Neural" }}

[[language]]
code = "{CODE}"
native = "⟦⟧"
phone = {{ menu = 1, key = "2", language = "{VOICE}", voice = "Google.el-GR-Wavenet-A" }}
"""


def marked(message: str) -> str:
    """A message in the pseudo-language. Its placeholders stay outside the marks, and so do their values."""
    parts = re.split(f"({PLACEHOLDER.pattern})", message)
    words = [f"⟦{part.translate(_ACCENTED)}⟧" if part else "" for part in parts[::2]]
    return "".join(word + placeholder for word, placeholder in zip(words, [*parts[1::2], ""], strict=True))


def make_pseudo_language(
    folder: Path,
    in_words: Callable[[str], str] = marked,
    *,
    but: Container[str] = (),
    lack: Container[str] = (),
) -> tuple[Path, Path]:
    """Make a config/ with English and the pseudo-language, and its translations/.

    `but` is translated by the same English words, `lack` is not translated.
    """
    config, translations = folder / "config", folder / "translations"
    shutil.copytree(CONFIG_DIR, config)
    (config / "languages.toml").write_text(_LANGUAGES, encoding="utf-8")
    compiled = translations / CODE / "LC_MESSAGES"
    compiled.mkdir(parents=True)
    for domain in Domain:
        catalogue = Catalog(CODE)
        template = Path(shutil.copy(TRANSLATIONS_DIR / f"{domain}.pot", translations))
        with template.open("rb") as file:
            for message in read_po(file):
                if message.id and message.id not in lack:
                    ids = (message.id,) if isinstance(message.id, str) else message.id
                    texts = [text if text in but else in_words(text) for text in ids]
                    catalogue.add(message.id, texts[0] if isinstance(message.id, str) else texts)
        with (compiled / f"{domain}.mo").open("wb") as file:
            write_mo(file, catalogue)
    return config, translations


def not_translated(texts: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return what is in Latin letters outside the marks, except names that every language keeps."""
    found = []
    for text in texts:
        left = _MARKED.sub(" ", text)
        for name in names:
            left = left.replace(name, " ")
        found.append(" ".join(_LATIN.findall(left)))
    return [words for words in found if words]


def said_on(page: Page) -> Iterator[str]:
    """Every text of a page that a person sees or a screen reader says."""
    for element in page.root.iter():
        if element.tag not in (HTML + "style", HTML + "script"):
            yield element.text or ""
        yield element.tail or ""
        yield from (element.get(name, "") for name in _SAID_ATTRIBUTES)
        if element.tag == HTML + "input" and element.get("type") in ("submit", "button"):
            yield element.get("value", "")
        if element.tag == HTML + "meta" and element.get("name") == "description":
            yield element.get("content", "")
