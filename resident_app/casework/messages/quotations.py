"""Tell what a person wrote from what their program quoted, to fold it away. Nothing is left out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_DATED = re.compile(r"(?<!\d)20\d\d(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d\d")
_ORIGINALS = (
    "Original (?:Message|Email|Appointment)",
    "Mensaje original",
    "Исходное сообщение",
    "Оригінальне повідомлення",
    "원본 ?메[시일]지?",
    "元のメッセージ",
    "原始邮件|原始郵件|原邮件",
    "Thư gốc|Tin nhắn gốc",
    "الرسالة الأصلية",
)
_ORIGINAL = re.compile(f"-{{2,}} ?(?:{'|'.join(_ORIGINALS)}) ?-{{2,}}", re.IGNORECASE)
_SENDERS = (
    "From|De|Mula kay",
    "发件人|發件人|寄件[者人]",
    "差出人|送信元",
    "보낸 ?사람",
    "От|Від",
    "من",
    "Từ|Người gửi",
)
_FROM = re.compile(rf"\*?(?:{'|'.join(_SENDERS)})\*? ?[:：]", re.IGNORECASE)
_FORWARDS = (
    "FWD?|WG|TR|RV|Enc|FS",
    "Пересл|Пересылка|Пересилання",
    "转发|轉寄|轉發|転送|전달",
    "Chuyển tiếp|إعادة توجيه",
)
_FORWARDED = re.compile(rf"(?:{'|'.join(_FORWARDS)})\.? ?[:：]", re.IGNORECASE)
"""A subject, which stands above what does not answer a message of ours."""
_RULE = re.compile("_{10,}")
_HEADING = re.compile(r"\*?[^\W\d][^:：]{0,24}[:：].+")
_LINES_OF_ATTRIBUTION = 3
_LONGEST_ATTRIBUTION = 300
_HEADINGS_THAT_TELL = 3


@dataclass(frozen=True)
class Passage:
    """A part of a message. `is_quoted`: its program quoted it, as far as can be guessed."""

    text: str
    is_quoted: bool = False

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return self.text.count("\n") + 1


def passages(text: str) -> list[Passage]:
    """Split a message into what was written and what was quoted. Joined by line breaks they are the text.

    A line of dashes, a signature and a forwarded message are not quoted: people write below them.
    """
    lines = text.split("\n")
    quoted = [line.startswith(">") for line in lines]
    for index, is_quoted in enumerate(quoted):
        if is_quoted and index and not quoted[index - 1]:
            for above in _attribution(lines, index):
                quoted[above] = True
    if not _FORWARDED.match(text):
        rest = next((index for index in range(len(lines)) if _begins_an_original(lines, index)), len(lines))
        for index in range(rest, len(lines)):
            quoted[index] = True
    if all(is_quoted or not line.strip() for line, is_quoted in zip(lines, quoted, strict=True)):
        return [Passage(text)]
    return _grouped(lines, quoted)


def _grouped(lines: Sequence[str], quoted: Sequence[bool]) -> list[Passage]:
    groups: list[tuple[bool, list[str]]] = []
    for line, is_quoted in zip(lines, quoted, strict=True):
        if groups and (groups[-1][0] == is_quoted or not line.strip()):
            groups[-1][1].append(line)
        else:
            groups.append((is_quoted, [line]))
    return [Passage("\n".join(group), is_quoted) for is_quoted, group in groups]


def _attribution(lines: Sequence[str], quotation: int) -> range:
    """Return the lines above a quotation that say who wrote it and when. Some programs break them."""
    end = quotation
    while end and not lines[end - 1].strip():
        end -= 1
    start = end
    while start and end - start < _LINES_OF_ATTRIBUTION and lines[start - 1].strip():
        start -= 1
        if _is_attribution(lines[start:end]):
            return range(start, end)
    return range(0)


def _is_attribution(lines: Sequence[str]) -> bool:
    joined = " ".join(lines).rstrip()
    return joined.endswith((":", "：")) and bool(_DATED.search(joined)) and len(joined) < _LONGEST_ATTRIBUTION


def _begins_an_original(lines: Sequence[str], index: int) -> bool:
    """Return whether the rest is the message that was answered, under its own heading."""
    line = lines[index].strip()
    if _ORIGINAL.fullmatch(line):
        return True
    if _RULE.fullmatch(line):
        below = lines[index + 1 : index + 2]
        return bool(below) and not _RULE.fullmatch(below[0].strip()) and _begins_an_original(lines, index + 1)
    if not _FROM.match(line):
        return False
    headings = 0
    for below in lines[index : index + 8]:
        if _HEADING.match(below.strip()):
            headings += 1
        elif below.strip():
            break
    above = [one.strip() for one in lines[max(0, index - 3) : index] if one.strip()]
    is_forwarded = bool(above) and above[-1].startswith("---") and not _ORIGINAL.fullmatch(above[-1])
    return headings >= _HEADINGS_THAT_TELL and not is_forwarded
