"""Typesetting: a text in any script becomes a PDF of one page in memory, tagged for screen readers.

The text is XML, so what an edition or a catalogue contains is data and never Typst code. A sheet (Typst code)
says how it looks; the application that makes the letter passes its own. `pdf` starts `typst_process` for each
letter. `fonts` tells which languages this machine can write.
"""
