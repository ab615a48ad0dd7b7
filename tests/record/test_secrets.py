"""Secrets are masked by their shape and by their name. Shapes are put together here, never written out."""

import base64
import os
import string
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackside.record.secrets import is_secret, masked, masked_arguments, masked_params, masked_url

ALNUM = (string.ascii_letters + string.digits) * 4
HEX = "0123456789abcdef" * 8
UPPER = (string.ascii_uppercase + string.digits) * 4
BASE64 = base64.b64encode(bytes(range(240))).decode()

SHAPES = {
    "GitHub, classic": "ghp" + "_" + ALNUM[:36],
    "GitHub, OAuth": "gho" + "_" + ALNUM[:36],
    "GitHub, server": "ghs" + "_" + ALNUM[:36],
    "GitHub, fine-grained": "github" + "_pat_" + ALNUM[:22] + "_" + ALNUM[:59],
    "GitLab": "gl" + "pat-" + ALNUM[:20],
    "AWS key id": "AK" + "IA" + UPPER[:16],
    "AWS session key id": "AS" + "IA" + UPPER[:16],
    "Google API": "AI" + "za" + ALNUM[:35],
    "Google OAuth": "ya" + "29." + ALNUM[:60],
    "OpenAI": "sk" + "-" + ALNUM[10:58],
    "OpenAI, project": "sk" + "-proj-" + ALNUM[30:90] + "_-" + ALNUM[:20],
    "Anthropic": "sk" + "-ant-api03-" + ALNUM[:90] + "-AA",
    "Groq": "gsk" + "_" + ALNUM[20:72],
    "Hugging Face": "h" + "f_" + string.ascii_letters[:34],
    "Replicate": "r8" + "_" + ALNUM[20:57],
    "Databricks": "da" + "pi" + HEX[:32],
    "Neptune": base64.b64encode(b'{"api_address":"https://app.example.org","api_key":"0"}').decode(),
    "Slack": "xo" + "xb-" + "123456789012-" + ALNUM[:24],
    "Telegram": "12345" + "6789:AA" + ALNUM[:33],
    "Discord": "M" + ALNUM[:23] + "." + ALNUM[:6] + "." + ALNUM[:38],
    "Stripe": "sk" + "_live_" + ALNUM[:24],
    "SendGrid": "S" + "G." + ALNUM[:22] + "." + ALNUM[:43],
    "Twilio": "S" + "K" + HEX[:32],
    "Mailgun": "ke" + "y-" + HEX[:32],
    "npm": "np" + "m_" + ALNUM[:36],
    "PyPI": "py" + "pi-" + "AgEIcHlwaS5vcmc" + ALNUM[:100],
    "Docker": "dc" + "kr_pat_" + ALNUM[:27],
    "Vault": "hv" + "s." + ALNUM[:90],
    "Terraform": ALNUM[:14] + ".atlas" + "v1." + ALNUM[:67],
    "DigitalOcean": "do" + "p_v1_" + HEX[:64],
    "Atlassian": "ATA" + "TT3" + ALNUM[:100],
    "JSON web token": ".".join(["e" + "yJ" + ALNUM[:30], "e" + "yJ" + ALNUM[:60], ALNUM[:43]]),
}

NAMES_OF_SECRETS = """
    password db.password passwd DB_PASS apiKey API_KEY api-key --api-key HF_TOKEN hf_token HFToken access_key token
    aws_secret_access_key secret client_secret secrets.openai credential AZURE_CREDENTIALS private_key wandb_key
    _authToken auth Authorization AccountKey passphrase
"""
OTHER_NAMES = """
    tokenizer max_tokens num_tokens tokens token_count token_type token_embedding_dim pad_token eos_token
    mask_token secretary secretariat author key keys sort_key primary_key monkey compass passes bypass
    password_file api_key_name credit lr
"""


@pytest.mark.parametrize("service", SHAPES)
@pytest.mark.parametrize("around", ["{}", 'x = "{}"', "https://host/{}/x", "a: {}, b", "--x={}", "({})"])
def test_tokens_of_common_services_are_known_by_their_shape(service, around):
    token = SHAPES[service]
    for code in (False, True):
        shown = masked(around.format(token), code=code)
        assert token not in shown
        assert shown in (around.format("***"), around.replace("{}/x", "{}").format("***"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://ana:hunter2@db:5432/x", "postgres://***@db:5432/x"),
        ("postgres://ana:hun@ter2@db/x", "postgres://***@db/x"),
        ("https://tok@host/x", "https://***@host/x"),
        ("curl -H 'Authorization: Basic YW5hOmh1bnRlcjI='", "curl -H 'Authorization: *** ***'"),
        ("use Basic YW5hOmh1bnRlcjI= there", "use Basic *** there"),
        (f"Bearer {HEX[:24]}", "Bearer ***"),
        ("curl -u ana:hunter2 https://host", "curl -u *** https://host"),
        ("x -u https://host; docker run -u 1000:1000 x", "x -u https://host; docker run -u 1000:1000 x"),
        (f"https://hooks.slack.com/{'services'}/T0/B0/{ALNUM[:24]}", "https://hooks.slack.com/***"),
        (
            f"https://b.s3.example.org/k?X-Amz-Signature={HEX[:64]}&x=1",
            "https://b.s3.example.org/k?X-Amz-Signature=***&x=1",
        ),
        ("https://x.blob.example.net/c?sv=2022&sig=ab%2Fc%3D", "https://x.blob.example.net/c?sv=2022&sig=***"),
        (f"AccountName=x;AccountKey={BASE64[:88]};EndpointSuffix=y", "AccountName=x;AccountKey=***;EndpointSuffix=y"),
        ("Server=x;Password=hunter2;Database=y", "Server=x;Password=***;Database=y"),
        (f'wandb.login(key="{HEX[:40]}")', 'wandb.login(key="***")'),
        (f'{{"username": "ana", "key": "{HEX[:32]}"}}', '{"username": "ana", "key": "***"}'),
    ],
)
def test_what_stands_in_addresses_headers_and_connection_strings_is_masked(text, shown):
    assert masked(text) == shown


def test_the_secret_of_an_aws_key_is_masked_near_its_id():
    secret = "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCY" + ALNUM[:10]
    text = f"{SHAPES['AWS key id']},{secret}\n"
    assert masked(text) == "***,***\n"
    assert masked(f"{HEX[:40]} {SHAPES['AWS key id']}") == f"{HEX[:40]} ***"


@pytest.mark.parametrize("joint", ["\n", "\\n"])
def test_a_private_key_is_masked_and_lines_stay_where_they_are(joint):
    begin, end = "-----BEGIN OPENSSH " + "PRIVATE KEY-----", "-----END OPENSSH " + "PRIVATE KEY-----"
    key = joint.join([begin, *[ALNUM[:70]] * 5, "abc123==", end])
    shown = masked(f"before\n{key}\nafter\n")
    assert ALNUM[:20] not in shown
    assert "abc123" not in shown
    assert shown.startswith("before\n***")
    assert shown.endswith("\nafter\n")
    assert shown.count("\n") == f"before\n{key}\nafter\n".count("\n")
    assert masked(f'if "{begin}" in text:') == f'if "{begin}" in text:'


@pytest.mark.parametrize(
    "key",
    NAMES_OF_SECRETS.split(),
)
def test_names_of_secrets_are_known_by_their_words(key):
    assert is_secret(key)


@pytest.mark.parametrize(
    "key",
    OTHER_NAMES.split(),
)
def test_other_names_are_not(key):
    assert not is_secret(key)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("password = 'hunter2'", "password = '***'"),
        ('self.api_key: str = "abc"', 'self.api_key: str = "***"'),
        ('os.environ["API_KEY"] = "abc"', 'os.environ["API_KEY"] = "***"'),
        ('os.environ.setdefault("API_KEY", "abc")', 'os.environ.setdefault("API_KEY", "***")'),
        ('add_argument("--password", type=str, default="abc")', 'add_argument("--password", type=str, default="***")'),
        ('{"password": "it\\"s", "name": "x"}', '{"password": "***", "name": "x"}'),
        ('api_key = (\n    "abc"\n)', 'api_key = (\n    "***"\n)'),
        ("const apiKey = `abc`", "const apiKey = `***`"),
        ('if password == "hunter2":', 'if password == "***":'),
        ("password = args.password", "password = args.password"),
        ("token = tokens[i]", "token = tokens[i]"),
        ('token = "<pad>"', 'token = "<pad>"'),
        ('tokenizer = "bert-base"', 'tokenizer = "bert-base"'),
        ("def f(token: str | None = None)", "def f(token: str | None = None)"),
        ('connect("dbname=t password=hunter2")', 'connect("dbname=t password=***")'),
        ('"Server=x;Password=hunter2;Db=y"', '"Server=x;Password=***;Db=y"'),
        ('get("https://x/?api_key=abc&b=1")', 'get("https://x/?api_key=***&b=1")'),
        ('get(f"https://x/?api_key={key}")', 'get(f"https://x/?api_key={key}")'),
        ("connect(dbname=t, password=pw)", "connect(dbname=t, password=pw)"),
        ('{"Authorization": f"Bearer {token}"}', '{"Authorization": f"Bearer {token}"}'),
        ('getpass("Password: ")', 'getpass("Password: ")'),
        ('print("token:", token, "of", 7)', 'print("token:", token, "of", 7)'),
        (r'    "api_key = \"abcdef1234567890\"\n",', r'    "api_key = \"***\"\n",'),
        (r'    "connect(\"dbname=t password=hunter2\")\n",', r'    "connect(\"dbname=t password=***\")\n",'),
        (r'"password = \"it\\\\n\" + x\n",', r'"password = \"***\" + x\n",'),
        ("""log("don't"); password = 'hunter2'""", """log("don't"); password = '***'"""),
        ("x = 1  # it's one; password = 'hunter2'", "x = 1  # it's one; password = '***'"),
        ('print("don\'t say token:", x, "or", y)', 'print("don\'t say token:", x, "or", y)'),
        ("""post(data='{"password": "hunter2"}')""", """post(data='{"password": "***"}')"""),
        ('"AccountName=x;AccountKey=Zm9vYmFyYmF6cXV4==;E=1"', '"AccountName=x;AccountKey=***;E=1"'),
        ('os.system("AWS_SECRET_ACCESS_KEY=abcdef aws s3 ls")', 'os.system("AWS_SECRET_ACCESS_KEY=*** aws s3 ls")'),
        ('"password=%s" % pw', '"password=%s" % pw'),
        ('class Cookie:\n    """One cookie."""', 'class Cookie:\n    """One cookie."""'),
        ('{"password": """hunter2"""}', '{"password": """***"""}'),
        ('h = "X-Api-Key: abc123def456"', 'h = "X-Api-Key: ***"'),
        ("""run("curl -H 'X-Api-Key: abc123def456' h")""", """run("curl -H 'X-Api-Key: ***' h")"""),
        ('print("tokenizer: abc123def456")', 'print("tokenizer: abc123def456")'),
        ('"max_tokens=12345678abc"', '"max_tokens=12345678abc"'),
    ],
)
def test_in_code_only_literals_are_masked(text, shown):
    assert masked(text, code=True) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("password = hunter2", "password = ***"),
        ("  password: correct horse battery", "  password: ***"),
        ("export API_KEY=abc", "export API_KEY=***"),
        ("- secret: x", "- secret: ***"),
        ("python train.py --api-key abc --lr 1", "python train.py --api-key *** --lr 1"),
        ("<password>hunter2</password>", "<password>***</password>"),
        ("password: null", "password: null"),
        ("max_tokens: 512", "max_tokens: 512"),
        ("token_count = 7", "token_count = 7"),
        ("multi-token prediction works", "multi-token prediction works"),
    ],
)
def test_elsewhere_a_value_needs_no_quotes(text, shown):
    assert masked(text) == shown


def test_arguments_that_are_secrets_are_masked_in_every_form():
    given_ = ["python", "t.py", "--api-key", "a", "--password=b", "PASSWORD=c", "+db.password=d", "--token", "--lr=0.1"]
    given_ += ["--max-tokens", "5", "--url", "mysql://u:p@h/x", "--resume"]
    assert masked_arguments(given_) == [
        *("python", "t.py", "--api-key", "***", "--password=***", "PASSWORD=***", "+db.password=***", "--token"),
        *("--lr=0.1", "--max-tokens", "5", "--url", "mysql://***@h/x", "--resume"),
    ]


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ("curl -u me:pw https://h", "curl -u *** https://h"),
        ("curl --user me:pw --user=me:pw", "curl --user *** --user=***"),
        ("docker run -u 1000:1000 -u me x", "docker run -u 1000:1000 -u me x"),
        ("pip install -U git+https://h/x -u https://h", "pip install -U git+https://h/x -u https://h"),
        ("x --pass hunter2 --pw=hunter2 -pw hunter2", "x --pass *** --pw=*** -pw ***"),
        ("x --pass 2 --passes many --pw=16", "x --pass 2 --passes many --pw=16"),
        ("x --token hunter2 --token=abc", "x --token *** --token=***"),
        ("x --token none --tokenizer bert --max_tokens 5", "x --token none --tokenizer bert --max_tokens 5"),
    ],
)
def test_options_that_take_a_secret_take_a_short_one_too(arguments, shown):
    assert masked_arguments(arguments.split()) == shown.split()


def test_params_that_are_secrets_are_masked_however_deep_they_lie():
    given_ = {
        "lr": 0.1,
        "password": 1234,
        "hf_token": "abc",
        "use_auth_token": True,
        "token_count": 12,
        "url": "https://u:p@host/x",
        "logins": [{"user": "ana", "password": "p"}, "plain", 3],
        "api_keys": ["a", "b"],
        "tokenizer.name": "bert",
    }
    assert masked_params(given_) == {
        **given_,
        "password": "***",
        "hf_token": "***",
        "url": "https://***@host/x",
        "logins": [{"user": "ana", "password": "***"}, "plain", 3],
        "api_keys": ["***", "***"],
    }


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://token@host/x.git", "https://host/x.git"),
        ("https://ana:secret@host:8443/x.git", "https://host:8443/x.git"),
        ("https://host:8443/x.git", "https://host:8443/x.git"),
        ("git@github.com:ana/x.git", "git@github.com:ana/x.git"),
        ("ssh://git@github.com/ana/x.git", "ssh://git@github.com/ana/x.git"),
        ("/srv/x.git", "/srv/x.git"),
        ("https://ana:p/w@host/x", "https://host/x"),
        ("http://host:4873/@scope/x", "http://host:4873/@scope/x"),
        ("https://host/x/@scope/y", "https://host/x/@scope/y"),
        ("https://conda.anaconda.org/t/ab-12345678-1234/me/x.conda", "https://conda.anaconda.org/t/***/me/x.conda"),
        ("/data/t/experiment-one/x", "/data/t/experiment-one/x"),
        ("https://dl.cloudsmith.io/AbCdEf1234567890/o/r/", "https://dl.cloudsmith.io/***/o/r/"),
        ("https://dl.cloudsmith.io/public/o/r/python/", "https://dl.cloudsmith.io/public/o/r/python/"),
        ("https://pypi.fury.io/AbCdEf1234567890/me/", "https://pypi.fury.io/***/me/"),
        ("https://pypi.fury.io/me/", "https://pypi.fury.io/me/"),
    ],
)
def test_passwords_and_tokens_are_taken_out_of_addresses(url, shown):
    assert masked_url(url) == shown


@given(st.text(alphabet=st.sampled_from("akpw=:'\"\n -./@\\{}[](),;<>*tokensrd_A1"), max_size=200))
def test_masking_again_changes_nothing_and_lines_are_kept(text):
    for code in (False, True):
        once = masked(text, code=code)
        assert masked(once, code=code) == once
        assert once.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "unit",
    [
        "sk-",
        "eyJ-",
        "password=",
        'password="',
        "://a@",
        "wandb",
        "key: ",
        "a.b-",
        "\n",
        "export ",
        '"',
        "(",
        "://a:",
        "://a/t/",
        "-u a:",
        "'key=",
        'key: \\"',
        "key='",
    ],
)
def test_long_texts_of_any_kind_take_time_in_proportion(unit):
    """A pattern that goes back over all that it has read would not end within the suite's patience."""
    text = unit * (200_000 // len(unit))
    for code in (False, True):
        assert masked(text, code=code).count("\n") == text.count("\n")


def test_a_run_keeps_no_secret_of_its_command_params_addresses_and_traceback(script, recorded, store):
    secret = SHAPES["Hugging Face"]
    code = (
        "import os, sys, trackside\n"
        "os.environ['SLURM_JOB_NAME'] = 'x ' + sys.argv[3]\n"
        "with trackside.init(project='p', store=sys.argv[1], quiet=True,\n"
        "        params={'a': sys.argv[3], 'long': 'x' * 300_000 + ' ' + sys.argv[3], 'password': 'hunter2'},\n"
        "        data={'eval': 's3://ana:hunter2@bucket/x'}) as run:\n"
        "    raise ValueError(f'password: hunter2 {sys.argv[3]}')\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(store), "--password=hunter2", secret],
        capture_output=True,
        cwd=store.parent,
        env={**os.environ, "TRACKSIDE_CAPTURE": "-console"},  # what a script prints is kept as it was printed
    )
    found = recorded()
    assert found.manifest["command"][-2:] == ["--password=***", "***"]
    assert found.status["status"] == "failed"
    everything = b"".join(path.read_bytes() for path in store.rglob("*") if path.is_file())
    assert secret.encode() not in everything
    assert b"hunter2" not in everything.replace(found.status["traceback"].encode(), b"")
