"""Metadata of a source package, from the PKG-INFO that it carries."""

import pathlib
import re


def prepare_metadata_for_build_wheel(folder, config_settings=None):
    text = pathlib.Path("PKG-INFO").read_text(encoding="utf-8")
    name, version = (re.search(f"(?m)^{key}: (.*)$", text)[1] for key in ("Name", "Version"))
    info = pathlib.Path(folder, f"{name}-{version}.dist-info")
    info.mkdir()
    (info / "METADATA").write_text(text, encoding="utf-8")
    return info.name


def unused(*args):
    raise NotImplementedError


build_wheel = build_sdist = build_editable = unused
prepare_metadata_for_build_editable = get_requires_for_build_editable = unused
get_requires_for_build_wheel = get_requires_for_build_sdist = unused
