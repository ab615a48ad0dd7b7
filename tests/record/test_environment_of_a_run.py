"""What a run ran on: packages that can be installed again, the machine, and what makes it repeatable."""

import json
import sys
import types
from pathlib import Path

import pytest

import trackside
from trackside.record.capture import determinism, environment, interpreter, machine, packages

pytestmark = pytest.mark.usefixtures("all_captured")


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of installed packages, and a way to put one in."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path / "nothing"), str(folder)])
    monkeypatch.setattr(sys, "prefix", str(tmp_path))

    def install(name: str, direct: dict[str, object] | None = None, installer: str = "pip") -> None:
        (folder / name).mkdir()
        (folder / name / "INSTALLER").write_text(f"{installer}\n")
        if direct is not None:
            (folder / name / "direct_url.json").write_text(json.dumps(direct))

    return install


def requirements() -> list[str]:
    return [line for line in packages.lock(interpreter.current()).text.splitlines() if not line.startswith("#")]


def test_the_lock_has_each_package_as_it_was_installed(site):
    commit = "0123456789abcdef0123456789abcdef01234567"
    site("numpy-2.1.0.dist-info")
    site("huggingface_hub-0.25.1.dist-info")
    site("old-1.0-py3.11.egg-info")
    site("mine-0.1.dist-info", {"url": "file:///home/ana/mine", "dir_info": {"editable": True}})
    vcs = {"vcs": "git", "commit_id": commit, "requested_revision": "main"}
    site("peft-0.9.dist-info", {"url": "https://ana:planted@host/peft.git", "vcs_info": vcs, "subdirectory": "py"})
    wheel = "https://host/flash-1-py3-none-any.whl"
    site("flash-1.dist-info", {"url": wheel, "archive_info": {"hash": "sha256=ab"}})
    site("forge-3.dist-info", {"url": "file:///home/conda/feedstock", "dir_info": {}}, installer="conda")
    assert requirements() == [
        "flash @ https://host/flash-1-py3-none-any.whl#sha256=ab",
        "forge==3",
        "huggingface-hub==0.25.1",
        "-e file:///home/ana/mine",
        "numpy==2.1.0",
        "old==1.0",
        f"peft @ git+https://host/peft.git@{commit}#subdirectory=py",
    ]
    assert packages.lock(interpreter.current()).packages == 7


def test_the_first_of_two_installs_counts_as_it_does_for_python(site, tmp_path, monkeypatch):
    site("numpy-2.1.0.dist-info")
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "NumPy-1.26.4.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path / "first"), *sys.path])
    assert requirements() == ["NumPy==1.26.4"]


def test_indexes_are_in_the_lock_without_their_passwords(site, own_home):
    site("torch-2.4.0+cu121.dist-info")
    settings = own_home / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text("[global]\nindex-url = https://ana:planted@pypi.example.org/simple\n")
    said = requirements()
    assert "--index-url https://pypi.example.org/simple" in said
    assert "--extra-index-url https://download.pytorch.org/whl/cu121" in said
    assert "planted" not in "".join(said)


def test_the_fingerprint_follows_the_packages_alone(site, own_home):
    site("numpy-2.1.0.dist-info")
    before = packages.lock(interpreter.current()).fingerprint
    settings = own_home / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text("[global]\nindex-url = https://pypi.example.org/simple\n")
    assert packages.lock(interpreter.current()).fingerprint == before
    site("scipy-1.14.0.dist-info")
    assert packages.lock(interpreter.current()).fingerprint != before


def test_conda_s_packages_are_listed_so_that_conda_can_install_them(site, tmp_path):
    assert packages.conda_lock(interpreter.current()) is None
    folder = tmp_path / "conda-meta"
    folder.mkdir()
    (folder / "history").write_text("==> x <==\n")
    (folder / "numpy-2.json").write_text(
        json.dumps({"name": "numpy", "url": "https://u:planted@conda.example.org/linux-64/numpy-2.conda", "md5": "ab"})
    )
    (folder / "own-1.json").write_text(json.dumps({"name": "own", "files": []}))
    said = packages.conda_lock(interpreter.current())
    assert said is not None
    assert said.splitlines()[1:] == ["@EXPLICIT", "https://conda.example.org/linux-64/numpy-2.conda#ab"]


def test_a_run_keeps_its_lock_beside_its_log(store, recorded):
    trackside.init(project="tests", store=store, quiet=True).finish()
    found = recorded()
    lines = (found.folder / "environment.lock").read_text().splitlines()
    assert any(line.startswith("msgspec==") for line in lines)
    said = found.state["environment"]
    assert said["lock"].startswith("blake3:")
    assert said["packages"] == len([line for line in lines if not line.startswith(("#", "--"))])
    assert said | environment.capture(interpreter.current()) == said
    assert said["memory"] > 1 << 28


class FakeDriver:
    """NVIDIA's files below /proc, and its library."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = tmp_path / "nvidia"
        for number in range(2):
            card = self.folder / "gpus" / f"0000:0{number}:00.0"
            card.mkdir(parents=True)
            (card / "information").write_text("Model: \t\t NVIDIA H100 80GB HBM3\nIRQ: 1\n")
        (self.folder / "version").write_text("NVRM version: NVIDIA UNIX Open Kernel Module  560.35.03  Release\n")
        monkeypatch.setattr(machine, "_NVIDIA", self.folder)


def test_cards_are_known_from_the_driver_s_files_where_the_library_is_missing(tmp_path, monkeypatch):
    FakeDriver(tmp_path, monkeypatch)
    monkeypatch.setitem(sys.modules, "pynvml", None)
    said = machine.capture()
    assert said["gpu"] == ["NVIDIA H100 80GB HBM3"] * 2
    assert (said["driver"], said["cuda"]) == ("560.35.03", None)


def test_the_library_says_memory_and_cuda_version_too(tmp_path, monkeypatch):
    FakeDriver(tmp_path, monkeypatch)
    library = types.ModuleType("pynvml")
    calls: list[str] = []
    library.NVMLError = type("NVMLError", (Exception,), {})
    library.nvmlInit = lambda: calls.append("init")
    library.nvmlShutdown = lambda: calls.append("shutdown")
    library.nvmlDeviceGetCount = lambda: 1
    library.nvmlDeviceGetHandleByIndex = lambda number: number
    library.nvmlDeviceGetName = lambda _: b"NVIDIA H100"
    library.nvmlDeviceGetMemoryInfo = lambda _: types.SimpleNamespace(total=80 << 30)
    library.nvmlSystemGetCudaDriverVersion_v2 = lambda: 12060
    library.nvmlSystemGetDriverVersion = lambda: "560.35.03"
    monkeypatch.setitem(sys.modules, "pynvml", library)
    said = machine.capture()
    assert (said["gpu"], said["driver"], said["cuda"]) == (["NVIDIA H100, 80 GiB"], "560.35.03", "12.6")
    assert calls == ["init", "shutdown"]


def test_without_a_driver_nothing_is_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "_NVIDIA", tmp_path)
    assert machine.capture()["gpu"] == []


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("12:pids:/docker/ab12\n", "docker"),
        ("0::/kubepods/besteffort/pod1\n", "kubernetes"),
        ("0::/user.slice\n", None),
    ],
)
def test_a_container_is_known_by_its_control_group(group, kind, tmp_path, monkeypatch):
    (tmp_path / "cgroup").write_text(group)
    monkeypatch.setattr(machine, "_MARKS", ())
    monkeypatch.setattr(machine, "_CGROUP", tmp_path / "cgroup")
    assert machine.capture()["container"] == kind


def test_a_limit_on_memory_counts_as_the_memory(tmp_path, monkeypatch):
    (tmp_path / "max").write_text(f"{1 << 20}\n")
    monkeypatch.setattr(machine, "_MEMORY_LIMITS", (tmp_path / "max",))
    assert machine.memory() == 1 << 20


def test_seeds_and_flags_that_a_script_sets_after_init_are_in_the_record(script, recorded):
    done = script(
        "import sys, trackside\n"
        "run = trackside.init(project='p', store=sys.argv[1], quiet=True)\n"
        "import numpy\n"
        "numpy.random.seed(1234)\n"
        "run.finish()\n",
        PYTHONHASHSEED="5",
    )
    assert done.stderr == ""
    assert recorded().state["environment"]["determinism"] == {"pythonhashseed": "5", "numpy.seed": 1234}


def test_flags_of_torch_are_asked_for_where_it_is_loaded(monkeypatch):
    torch = types.ModuleType("torch")
    torch.initial_seed = lambda: 7
    torch.are_deterministic_algorithms_enabled = lambda: True
    torch.get_num_threads = lambda: 4
    torch.get_float32_matmul_precision = lambda: "high"
    torch.backends = types.SimpleNamespace(cudnn=types.SimpleNamespace(deterministic=True, benchmark=False))
    monkeypatch.setitem(sys.modules, "torch", torch)
    said = determinism.capture()
    assert {key: value for key, value in said.items() if key.startswith("torch.")} == {
        "torch.seed": 7,
        "torch.deterministic": True,
        "torch.threads": 4,
        "torch.matmul_precision": "high",
        "torch.cudnn.deterministic": True,
        "torch.cudnn.benchmark": False,
    }
    del torch.get_num_threads
    assert "torch.cudnn.benchmark" not in determinism.capture(), "a torch that is half imported says less"


def test_values_of_other_variables_are_nowhere(store, recorded, monkeypatch):
    value = "planted" + "-value"
    monkeypatch.setenv("MY_SETTING", value)
    monkeypatch.setenv("SLURM_JOB_ID", "77")
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "3")
    monkeypatch.setenv("SLURM_RESTART_COUNT", "1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    trackside.init(project="tests", store=store, quiet=True).finish()
    job = recorded().manifest["job"]
    assert job["slurm_job_id"] == "77"
    assert (job["slurm_array_task_id"], job["slurm_restart_count"], job["cuda_visible_devices"]) == ("3", "1", "0,1")
    assert not any(value.encode() in path.read_bytes() for path in store.rglob("*") if path.is_file())
