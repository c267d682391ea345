"""The process that makes one PDF and ends: it reads an order from stdin and writes the PDF to stdout.

The letter exists only in this process's memory. Its time and memory are limited, and it starts without our
environment, so it holds no secret. It imports nothing of ours, because it runs isolated (`python -I`).
"""

import json
import resource
import sys

import typst

_MOST_BYTES = 2 * 1024**3
_MOST_CPU_SECONDS = 10


def main() -> None:
    """Make the PDF."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_CPU_SECONDS, _MOST_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    order = json.load(sys.stdin.buffer)
    sys.stdout.buffer.write(_compiled(order["sheet"].encode(), order["inputs"]))


def _compiled(sheet: bytes, inputs: dict[str, str]) -> bytes:
    fonts = typst.Fonts()
    try:
        return typst.compile(sheet, font_paths=fonts, sys_inputs=inputs, pdf_standards="ua-1")
    except typst.TypstError:
        # PDF/UA requires a font for every character, and a name in an edition may contain one that no font
        # has. The PDF is then tagged all the same, and shows a box for that character.
        return typst.compile(sheet, font_paths=fonts, sys_inputs=inputs)


if __name__ == "__main__":
    main()
