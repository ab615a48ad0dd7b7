"""One masker for all that is written down around a run: command line, params, patches, addresses, the lock.

A secret is known by its shape (`secret_shapes`), or by the name that it goes by: what stands under `password`,
`api_key` or `token`. Names are read by their words, so that `tokenizer`, `max_tokens` and `secretary` are none.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from trackside.record.secret_shapes import without_private_keys, without_tokens

MASK = "***"

_CHUNK = 16 << 10
"""Long texts are masked in pieces, so that the interpreter is free for the training thread in between."""

_PASSWORDS = frozenset({"password", "passwords", "passwd", "passphrase", "passwort", "pwd", "passcode"})
_SECRET = _PASSWORDS | {
    "secret", "secrets", "credential", "credentials", "creds", "apikey", "apikeys", "accesskey", "secretkey",
    "privatekey", "authorization", "bearer", "jwt", "cookie", "cookies", "authtoken", "accesstoken",
}  # fmt: skip
_KEYS = frozenset({"key", "keys"})
_KEY_OF = frozenset({
    "api", "access", "secret", "private", "auth", "encryption", "decryption", "signing", "ssh", "account", "license",
    "licence", "service", "deploy", "master", "client", "storage", "subscription", "app", "application", "hmac",
    "webhook", "wandb", "openai", "anthropic", "hf", "huggingface", "comet", "neptune", "kaggle", "azure", "aws",
    "gcp", "google", "admin", "signature", "fernet", "deployment",
})  # fmt: skip
_PASS_OF = frozenset({
    "db", "user", "smtp", "mysql", "postgres", "pg", "redis", "ftp", "mail", "email", "proxy", "root", "admin", "mongo",
})  # fmt: skip
_OF_TEXT = frozenset({
    "pad", "padding", "bos", "eos", "unk", "mask", "sep", "cls", "special", "start", "end", "stop", "begin", "image",
    "audio", "video", "prompt", "blank", "word", "text", "vocab", "next", "prev", "per", "max", "min", "num", "decoder",
    "encoder", "forced", "target", "extra",
})  # fmt: skip
"""Words that make a `token` one of a language model."""

_ABOUT = frozenset({
    "file", "files", "path", "dir", "folder", "count", "counts", "length", "len", "size", "type", "types", "name",
    "names", "policy", "field", "column", "prefix", "env", "var", "variable", "limit", "budget", "level", "pooling",
    "mode", "method", "strategy", "embedding", "embeddings", "dim", "ids", "required", "enabled",
})  # fmt: skip
"""Last words of names that stand for something about a secret, and not for it."""

_SUSPECT = re.compile(r"[\w.-]{15}|[=:@\s\"'<]")
"""No secret is shorter than that, unless something stands around it: most arguments and params are no longer."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_NOTHING = frozenset({"", "none", "null", "true", "false", "yes", "no", "nil", "undefined", "~", "|", ">", "{", "["})
_NUMBER = re.compile(r"[+-]?[0-9][0-9_.,]{0,30}(?:e[+-]?[0-9]{1,3})?", re.IGNORECASE)
_OPTION = re.compile(r"(?P<key>[+~-]*[\w./@-]+)=(?P<value>.*)", re.DOTALL)
_LOGINS = frozenset({"-u", "--user", "--proxy-user", "-U"})
_LOGIN = re.compile(r"(?![0-9]+:[0-9]+$)[^\s:@/]+:(?!//).+", re.DOTALL)
"""`user:password`, and no address; two numbers are those of a user and a group."""

_PASSWORD_OPTIONS = frozenset({"pass", "pw"})
_SHORTEST_TOKEN = 8

_NAME = r"(?<![\w.-])(?P<key>[\w.-]{0,60}?(?i:pass|pwd|secret|token|cred|key|auth|bearer|jwt|cookie)[\w-]{0,60})"
_STRING = re.compile(r"(?<!\w)[bBrRuUfF]{0,2}(\"\"\"|'''|\"|'|`)(?:(?!\1)[^\\\n]|\\.)*+(?P<end>\1)?")
_QUOTED = (
    r"(?P<open>(?P<escaped>\\)?[bBrRuUfF]{0,2}(?P<quote>\"\"\"|'''|\"|'|`))"
    r"(?P<value>(?:(?!(?P=quote))[^\\\n]|\\(?(escaped)(?!(?P=quote)))[^\n]){1,4000}+)"
)
"""A literal; one in escaped quotes, as in a notebook's lines, ends at the next quote that is escaped."""

_ASSIGNED = re.compile(
    rf"{_NAME}(?P<between>(?:\\?[\"']\]?|\]|\))?(?:\s{{0,4}}:\s{{0,4}}[A-Za-z_][\w.\[\]| ]{{0,40}})?"
    rf"\s{{0,20}}(?:[:=!]?={{1,2}}|:|=>|(?<=[\"'])\s{{0,4}},(?:[^\n\"']{{0,80}}default\s{{0,4}}=)?)[\s(\[]{{0,40}})"
    rf"{_QUOTED}"
)
"""A name, then a literal in quotes that it is given, compared with, or the default of."""

_WITHIN = re.compile(
    rf"(?:(?<=[?&;\"'`])|(?<=[^,(\s] )){_NAME}(?P<between>=)"
    r"(?P<value>(?!%[sdr(])[^\s\"'`\\&;#=${}()\[\],]++={0,2})(?=[\s\"'`\\&;#]|$)"
)
"""Within a literal: a part of an address, a command or a connection string. The arguments of a call follow a comma."""

_HEADER = re.compile(
    rf"(?<=[\"'`]){_NAME}(?P<between>: )(?P<value>(?=[A-Za-z._~+/=-]{{0,60}}[0-9])[\w.~+/=-]{{8,}}+)(?=[\"'`\\])"
)
"""A literal that is the header of a request."""

_WHOLE_LINE = re.compile(
    rf"^(?P<before>[ \t]*(?:- )?(?:(?:export|set|ENV|ARG)[ \t]+)?)"
    rf"{_NAME}(?P<between>[\"']?[ \t]*[:=][ \t]*)(?P<value>[^\s\"'][^\n]*)",
    re.MULTILINE,
)
_UNQUOTED = re.compile(rf"{_NAME}(?P<between>[\"']?(?:[=:>]|%3[dD]|: | = | => ))(?P<value>[^\s\"'&;<>]+)")
_SPACED = re.compile(rf"(?=-){_NAME}(?P<between>[ \t]+)(?P<value>[^\s\"'-][^\s\"']*)")


def is_secret(key: str) -> bool:
    """Whether what stands under this name is a secret: `db.password`, `apiKey`, `HF_TOKEN`; not `max_tokens`."""
    words = _words(key)
    if not words or words[-1] in _ABOUT:
        return False
    known = set(words)
    if known & _SECRET or words[-1] == "auth":
        return True
    for before, after in pairwise(words):
        if (before in _KEY_OF and after in _KEYS) or (before in _PASS_OF and after == "pass"):
            return True
    return "token" in known and not known & _OF_TEXT


def masked(text: str, *, code: bool = False) -> str:
    """`text` with its secrets replaced by `***`, in as many lines as before.

    With `code`, a value without quotes is taken for an expression, which is none; else it is taken as it stands.
    """
    if _SUSPECT.search(text) is None:
        return text
    return "".join(_masked(piece, code=code) for piece in _pieces(without_private_keys(text, MASK)))


def masked_url(url: str) -> str:
    """An address without its user name and password, and with what else is secret in it masked."""
    return masked(url).replace(f"://{MASK}@", "://")


def masked_arguments(arguments: Sequence[str]) -> list[str]:
    """A command line without the values of `--api-key X`, `--api-key=X`, `PASSWORD=X`, and what else is secret."""
    said: list[str] = []
    option = ""
    for argument in arguments:
        if option and not argument.startswith("-"):
            said.append(_hidden_argument(option, argument))
        elif found := _OPTION.fullmatch(argument):
            said.append(f"{found['key']}={_hidden_argument(found['key'], found['value'])}")
        else:
            said.append(masked(argument))
        option = argument if argument.startswith("-") and "=" not in argument else ""
    return said


def masked_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Params of which each secret, however deep it lies in a list or a dict, is `***`."""
    return {key: _masked_value(key, value) for key, value in params.items()}


def _masked_value(key: str, value: Any) -> Any:
    if isinstance(value, str):
        return _hidden(key, value)
    if isinstance(value, list):
        return [_masked_value(key, item) for item in value]
    if isinstance(value, dict):
        return {name: _masked_value(f"{key}.{name}", item) for name, item in value.items()}
    if isinstance(value, int | float) and not isinstance(value, bool) and _is_password(key):
        return MASK
    return value


def _hidden(key: str, value: str) -> str:
    """A value as it may be written under its name."""
    return MASK if is_secret(key) and _may_be_secret(key, value) else masked(value)


def _hidden_argument(option: str, value: str) -> str:
    """The value of an option as it may be written: an option that takes a secret takes a short one too."""
    if option in _LOGINS and _LOGIN.fullmatch(value):
        return MASK
    takes_one = is_secret(option) or (option.startswith("-") and option.lstrip("-") in _PASSWORD_OPTIONS)
    return MASK if takes_one and not _is_nothing(option, value) else masked(value)


def _masked(text: str, *, code: bool) -> str:
    text = without_tokens(text, MASK)
    ends = {string.start("end") for string in _STRING.finditer(text)}
    text = _ASSIGNED.sub(partial(_without_literal, ends), text)
    for pattern in (_WITHIN, _HEADER) if code else (_WHOLE_LINE, _UNQUOTED, _SPACED):
        text = pattern.sub(_without_value, text)
    return text


def _without_literal(ends: set[int], found: re.Match[str]) -> str:
    key, value = found["key"], found["value"]
    if not is_secret(key) or not _may_be_secret(key, value) or _is_no_literal(found, ends):
        return found[0]
    return found[0][: -len(value)] + MASK


def _is_no_literal(found: re.Match[str], ends: set[int]) -> bool:
    """Whether the quote ends a text that the name stands in, as in `print("token:", x)`, or begins a formatted one.

    `ends` is where texts end. Three quotes after a colon begin what documents a class.
    """
    if "f" in found["open"].lower() and "{" in found["value"]:
        return True
    if len(found["quote"]) > 1 and found["between"].startswith(":"):
        return True
    return found["between"][0] not in "\\\"'" and found.start("quote") in ends


def _without_value(found: re.Match[str]) -> str:
    key, value = found["key"], found["value"]
    if not is_secret(key) or not _may_be_secret(key, value.rstrip(",")):
        return found[0]
    return found[0][: -len(value)] + MASK + ("," if value.endswith(",") else "")


def _may_be_secret(key: str, value: str) -> bool:
    """Whether a value can be one: no number but as a password, and of a bare `token` nothing as short as a word."""
    if _is_nothing(key, value):
        return False
    if _is_password(key):
        return True
    plain = _plain(value)
    words = set(_words(key))
    if words & _SECRET or not words <= {"token", "auth"}:
        return True
    return len(plain) >= _SHORTEST_TOKEN and " " not in plain and plain[0] not in "<["


def _is_nothing(key: str, value: str) -> bool:
    plain = _plain(value)
    return plain.lower() in _NOTHING or (not _is_password(key) and _NUMBER.fullmatch(plain) is not None)


def _plain(value: str) -> str:
    return value.strip().strip("\"'")


def _is_password(key: str) -> bool:
    words = _words(key)
    return bool(_PASSWORDS.intersection(words)) and words[-1] not in _ABOUT


def _words(key: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(key)]


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces that end with a line."""
    start = 0
    while len(text) - start > _CHUNK:
        end = text.find("\n", start + _CHUNK) + 1
        if not end:
            break
        yield text[start:end]
        start = end
    yield text[start:]
