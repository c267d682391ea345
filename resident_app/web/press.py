"""The press: a process of its own that prints one letter and ends. From stdin to stdout.

What it lays out stands in its memory alone, which ends with it. Its time and its memory have limits
of their own, and it is started without our environment, so that it holds no secret.
"""

import json
import resource
import sys

import typst

_MOST_BYTES = 2 * 1024**3
_MOST_CPU_SECONDS = 10


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_CPU_SECONDS, _MOST_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    order = json.load(sys.stdin.buffer)
    sys.stdout.buffer.write(_printed(order["sheet"].encode(), order["inputs"]))


def _printed(sheet: bytes, inputs: dict[str, str]) -> bytes:
    fonts = typst.Fonts()
    try:
        return typst.compile(sheet, font_paths=fonts, sys_inputs=inputs, pdf_standards="ua-1")
    except typst.TypstError:
        # PDF/UA wants every character in some font. A name that an edition took from elsewhere may
        # hold one that is in none: the letter is then tagged all the same, and shows a box for it.
        return typst.compile(sheet, font_paths=fonts, sys_inputs=inputs)


if __name__ == "__main__":
    main()
