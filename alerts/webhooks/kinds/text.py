"""Text for chat robots: harmless, and cut where a limit in bytes asks for it. Pure."""

from collections.abc import Sequence

ELLIPSIS = "…"

#: Names come from a register that many hands write: what the robots' Markdown dialects, their tags
#: and mentions react to becomes its full-width twin, which all of them show as it is.
_HARMLESS = str.maketrans(dict(zip("<>[]*`~#@|\\&", "＜＞［］＊｀～＃＠｜＼＆", strict=True)))


def harmless(text: object) -> str:
    """Return a value as one line of plain text in every robot's dialect."""
    return " ".join(str(text).split()).translate(_HARMLESS)


def cut(text: str, bytes_max: int) -> str:
    """Return text of at most ``bytes_max`` bytes in UTF-8, with an ellipsis where it was cut.

    It is cut between characters: never within one, nor before a combining mark or joiner.
    """
    encoded = text.encode()
    if len(encoded) <= bytes_max:
        return text
    room = bytes_max - len(ELLIPSIS.encode())
    if room < 0:
        raise ValueError(f"an ellipsis does not fit into {bytes_max} bytes")
    kept = encoded[:room].decode("utf-8", "ignore")
    rest = text[len(kept) :]
    # A mark at the cut belongs to the character before it: that one goes as a whole.
    while kept and (_joins(rest[0]) or _joins(kept[-1])):
        rest = kept[-1] + rest
        kept = kept[:-1]
    return kept + ELLIPSIS


def fit(head: Sequence[str], lines: Sequence[str], tail: Sequence[str], bytes_max: int) -> str:
    """Return lines joined by line feeds in at most ``bytes_max`` bytes.

    ``head`` and ``tail`` always stay; of ``lines`` as many as there is room for, whole ones, then
    an ellipsis. A line may hold markup, so none is cut within.
    """
    whole = "\n".join([*head, *lines, *tail])
    if len(whole.encode()) <= bytes_max:
        return whole
    room = bytes_max - len("\n".join([*head, ELLIPSIS, *tail]).encode())
    kept: list[str] = []
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    return cut("\n".join([*head, *kept, ELLIPSIS, *tail]), bytes_max)


def _joins(character: str) -> bool:
    """Whether a character is drawn together with its neighbour: marks, joiners, selectors."""
    code = ord(character)
    return (
        0x0300 <= code <= 0x036F
        or 0xFE00 <= code <= 0xFE0F
        or code == 0x200D
        or 0x1F3FB <= code <= 0x1F3FF
        or 0xE0100 <= code <= 0xE01EF
    )
