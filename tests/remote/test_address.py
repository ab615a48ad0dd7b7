"""What may stand in `ssh://…`: anything that could be an option of ssh, or a word of a shell, is refused."""

import pytest

from trackside.model.errors import UsageError
from trackside.services.remote.address import Remote, parsed


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ssh://box/data/runs", Remote("box", "/data/runs")),
        ("ssh://ann@gpu-1.lab.example:2222/data/runs", Remote("gpu-1.lab.example", "/data/runs", "ann", 2222)),
        ("SSH://[2001:db8::7]:22/runs", Remote("2001:db8::7", "/runs", None, 22)),
        ("ssh://box/~/runs", Remote("box", "~/runs")),
        ("ssh://box", Remote("box")),
        ("ssh://box/", Remote("box")),
        ("ssh://box/my%20runs/$(touch x)'\";", Remote("box", "/my runs/$(touch x)'\";")),
    ],
)
def test_an_address_is_read_as_it_is_meant(written: str, meant: Remote) -> None:
    assert parsed(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "ssh://-oProxyCommand=touch x/runs",
        "ssh://-oProxyCommand=x@box/runs",
        "ssh://box name/runs",
        "ssh://box;touch/runs",
        "ssh://$(id)/runs",
        "ssh://box\n/runs",
        "ssh:///runs",
        "ssh://@box/runs",
        "ssh://box:0/runs",
        "ssh://box:70000/runs",
        "ssh://box:-p/runs",
        "ssh://box:٢٢/runs",
        "ssh://ann:secret@box/runs",
        "ssh://box/a%00b",
    ],
)
def test_what_ssh_or_a_shell_could_misread_is_refused_in_one_line(written: str) -> None:
    with pytest.raises(UsageError) as refused:
        parsed(written)
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_an_address_is_shown_as_it_can_be_typed_again() -> None:
    for written in ("ssh://ann@box:2222/data/runs", "ssh://box/~/runs", "ssh://[2001:db8::7]/runs", "ssh://box"):
        assert parsed(written).address == written
