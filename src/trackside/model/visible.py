"""Text from strangers made harmless: what runs contain must not steer a terminal."""


def visible(text: str, *, keep: str = "") -> str:
    """`text` with every character made visible that a terminal would act on, except those of `keep`.

    Control characters become their pictures (`␛`, `␊`); others that do not print, their code.
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter in keep else _picture(letter) for letter in text)


def _picture(letter: str) -> str:
    code = ord(letter)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def is_encodable(text: str) -> bool:
    """Whether text is UTF-8: a file's name may be none, and JSON may hold halves of letters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
