"""The shapes of the credentials that common services give out: what is one by its looks, whatever it is called.

No pattern goes back over what it has read by more than a bounded length, so that a long text takes time in proportion.
"""

import base64
import binascii
import re

_TOKENS = (
    r"gh[pousr]_[A-Za-z0-9]{20,}",  # GitHub
    r"github_pat_[A-Za-z0-9_]{20,}",
    r"gl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct)-[A-Za-z0-9_-]{16,}",  # GitLab
    r"AT(?:ATT3|BB|CTT3)[A-Za-z0-9_=-]{20,}",  # Atlassian
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",  # AWS
    r"AIza[A-Za-z0-9_-]{30,}",  # Google
    r"ya29\.[A-Za-z0-9_.-]{20,}",
    r"GOCSPX-[A-Za-z0-9_-]{20,}",
    r"1//0[A-Za-z0-9_-]{20,}",
    r"sk-(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{20,}",  # OpenAI, Anthropic and those that followed them
    r"(?:gsk|r8|pcsk|xai|pplx|tvly|rpa|fw|nvapi|csk)[_-](?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{20,}",
    r"lsv2_(?:pt|sk)_[A-Za-z0-9_]{20,}",  # LangSmith
    r"hf_[A-Za-z0-9]{30,}",  # Hugging Face
    r"api_org_[A-Za-z0-9]{30,}",
    r"wandb_v1_[A-Za-z0-9_]{20,}",  # Weights & Biases
    r"eyJhcGlf[A-Za-z0-9+/=_-]{20,}",  # Neptune
    r"KGAT_[A-Za-z0-9]{20,}",  # Kaggle
    r"dapi[0-9a-f]{32}(?:-[0-9]{1,2})?",  # Databricks
    r"xox[a-z]{1,2}-[A-Za-z0-9-]{10,}",  # Slack
    r"xapp-[0-9]-[A-Za-z0-9-]{10,}",
    r"[0-9]{8,10}:AA[A-Za-z0-9_-]{30,}",  # Telegram
    r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",  # Discord
    r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}",  # Stripe
    r"whsec_[A-Za-z0-9+/=]{20,}",
    r"sq0[a-z]{3}-[A-Za-z0-9_-]{20,}",  # Square
    r"EAA[A-Za-z0-9]{60,}",  # Facebook
    r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",  # SendGrid
    r"key-[0-9a-f]{32}",  # Mailgun
    r"[0-9a-f]{32}-us[0-9]{1,2}",  # Mailchimp
    r"SK[0-9a-f]{32}",  # Twilio
    r"npm_[A-Za-z0-9]{30,}",
    r"pypi-[A-Za-z0-9_-]{50,}",
    r"rubygems_[0-9a-f]{40,}",
    r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}",  # Docker
    r"do[opr]_v1_[0-9a-f]{60,}",  # DigitalOcean
    r"hv[sbr]\.[A-Za-z0-9_-]{20,}",  # Vault
    r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{50,}",  # Terraform
    r"pul-[0-9a-f]{40}",  # Pulumi
    r"dp\.[a-z]{2,5}\.[A-Za-z0-9_.-]{30,}",  # Doppler
    r"gl(?:sa|c)_[A-Za-z0-9_+/=]{20,}",  # Grafana
    r"sntry[a-z]_[A-Za-z0-9_+/=]{30,}",  # Sentry
    r"NRAK-[A-Z0-9]{20,}",  # New Relic
    r"lin_api_[A-Za-z0-9]{30,}",  # Linear
    r"(?:ntn|secret)_[A-Za-z0-9]{40,}",  # Notion
    r"pat[A-Za-z0-9]{14}\.[0-9a-f]{60,}",  # Airtable
    r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",  # Shopify
    r"sb[ps]_[A-Za-z0-9_]{30,}",  # Supabase
    r"pscale_[a-z]{2,8}_[A-Za-z0-9_.-]{30,}",  # PlanetScale
    r"PMAK-[A-Za-z0-9-]{40,}",  # Postman
    r"HRKU-[A-Za-z0-9_-]{30,}",  # Heroku
    r"fm[12]_[A-Za-z0-9+/=_,-]{40,}",  # Fly
    r"sl\.[A-Za-z0-9_-]{60,}",  # Dropbox
    r"AGE-SECRET-KEY-1[A-Z0-9]{40,}",  # age
    r"eyJ[A-Za-z0-9_-]{8,400}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?",  # JWT
)
_TOKEN = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_TOKENS)})")
_PARTS = (
    re.compile(r"(?<=hooks\.slack\.com/)[a-z]{1,20}/[A-Za-z0-9/_-]{10,}"),
    re.compile(r"(?<=/api/webhooks/)[0-9]{5,25}/[A-Za-z0-9_-]{20,}"),
    re.compile(r"(?i:(?<=[?&]sig=)|(?<=-signature=)|(?<=-security-token=))[^\s&\"']+"),
    re.compile(r"(?i:(?<=bearer )|(?<=token ))(?=[A-Za-z._~+/=-]{0,60}[0-9])[A-Za-z0-9._~+/=-]{16,}"),
    re.compile(r"(?:(?<=-u )|(?<=--user ))(?![0-9]{1,10}:[0-9]{1,10}\b)[^\s:@/'\"]{1,100}:(?!//)[^\s'\"]+"),
)
"""What is a secret where it stands: after the name of a webhook, in a signed address, in a header, for curl."""

_IN_PATHS = (
    re.compile(r"(://[^\s\"'<>\\]{1,200}?/t/)[A-Za-z0-9-]{8,200}(?=[/\s\"']|$)"),  # conda channels
    re.compile(r"(dl\.cloudsmith\.io/)(?!public/|basic/)[A-Za-z0-9]{12,64}(?=/)"),
    re.compile(r"(://[a-z]{1,10}\.fury\.io/)(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{12,64}(?=/)"),
)
_WANDB = re.compile(r"(?i:wandb)([^\n@]{0,80}?)(?<![0-9a-fA-F@])[0-9a-f]{40}(?![0-9a-fA-F])")
_KAGGLE = re.compile(r"(\"key\"\s{0,4}:\s{0,4}\")[0-9a-f]{32}(?=\")")
_BASIC = re.compile(r"(?i:(?<=basic ))[A-Za-z0-9+/]{6,}={0,2}")
_USERINFO = re.compile(r"(?<=://)[^\s/?#\"'<>\\]{1,500}@")
_LOGIN_WITH_SLASH = re.compile(
    r"(?<=://)[^\s/?#:@\"'<>\\]{1,100}:(?!//|[0-9]{1,5}[/?#])[^\s@?#\"'<>\\]{1,300}@(?=[A-Za-z0-9\[])"
)
"""A password with a slash in it, which addresses do not allow; after a host there may be a port."""

_AWS_ID = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{16}")
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9/+])(?=\S{0,39}[A-Z])(?=\S{0,39}[a-z])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])")
_AWS_REACH = 400
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?=(?:\\[nr]|[\s\"'+,\\]|[A-Z][A-Za-z-]{2,20}: [^\n]{0,100})*+[A-Za-z0-9/+=]{20,})"
    r"(?:\\[nr]|[\s\"'+,\\]|[A-Za-z0-9/+=]{20,}|[A-Z][A-Za-z-]{2,20}: [^\n]{0,100})*+"
    r"(?:[A-Za-z0-9/+=]{1,76}[\s\"'+,]{0,9}(?:\\[nr])*)?"
    r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?"
)


def without_private_keys(text: str, mask: str) -> str:
    """`text` with blocks of private keys masked. It has as many lines as before."""
    if "PRIVATE KEY" not in text:
        return text
    return _PRIVATE_KEY.sub(lambda found: mask + "\n" * found[0].count("\n"), text)


def without_tokens(text: str, mask: str) -> str:
    """`text` with everything masked that is a credential by its shape, or by what stands right before it."""
    text = _without_aws_secrets(text, mask)
    text = _TOKEN.sub(mask, text)
    for part in _PARTS:
        text = part.sub(mask, text)
    for path in _IN_PATHS:
        text = path.sub(rf"\g<1>{mask}", text)
    text = _WANDB.sub(lambda found: found[0][:-40] + mask, text)
    text = _KAGGLE.sub(rf"\g<1>{mask}", text)
    text = _BASIC.sub(lambda found: mask if _is_basic(found[0]) else found[0], text)
    text = _LOGIN_WITH_SLASH.sub(f"{mask}@", text)
    return _USERINFO.sub(lambda found: found[0] if _is_public(found) else f"{mask}@", text)


def _without_aws_secrets(text: str, mask: str) -> str:
    """The secret of an AWS key has no shape but its length; it is one near the key's id."""
    pieces, done = [], 0
    for found in _AWS_ID.finditer(text):
        start, end = max(done, found.start() - _AWS_REACH), found.end() + _AWS_REACH
        if end > done:
            pieces += [text[done:start], _AWS_SECRET.sub(mask, text[start:end])]
            done = end
    return "".join(pieces) + text[done:]


def _is_basic(code: str) -> bool:
    """Whether it is `user:password` in base64."""
    try:
        return b":" in base64.b64decode(code + "=" * (-len(code) % 4), validate=True)
    except (ValueError, binascii.Error):
        return False


def _is_public(found: re.Match[str]) -> bool:
    """A user's name alone, as in `ssh://git@host`, is no secret; before `https://` it is a token."""
    return ":" not in found[0] and found.string[max(0, found.start() - 6) : found.start()] == "ssh://"
