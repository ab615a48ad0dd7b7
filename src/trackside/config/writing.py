"""Changes one setting in the configuration file, and leaves all else in it as the person wrote it."""

import os
from pathlib import Path

from trackside.config import paths
from trackside.model.errors import UsageError


def keep(name: str, value: str) -> Path:
    """Set this setting; the file. UsageError where the file is no TOML, OSError where it cannot be written."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    file = paths.config_file()
    try:
        document = tomlkit.parse(file.read_text(encoding="utf-8") if file.exists() else "")
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is not valid TOML: {error}") from None
    document[name] = value
    target = file.resolve()  # whoever keeps it elsewhere has a link here
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.write_text(tomlkit.dumps(document), encoding="utf-8")
    if target.exists():
        temporary.chmod(target.stat().st_mode & 0o777)
    temporary.replace(target)
    return file
