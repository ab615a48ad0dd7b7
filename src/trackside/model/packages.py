"""Names of Python packages."""

import re


def normal_name(name: str) -> str:
    """The one spelling of all that index and installer take for the same: `Ruamel_Yaml` is `ruamel-yaml`."""
    return re.sub(r"[-_.]+", "-", name).lower()
