"""Bundles of TorchScript archives."""

import io
import zipfile
from collections.abc import Sequence

import torch

from case_bundle import DATA, CaseBundle

FOLDER = DATA / "scripts"
_OLDEST_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def archive_bytes(module: torch.jit.ScriptModule | bytes) -> bytes:
    """What torch.jit.save writes, stored, without the source positions: they hold paths of a machine."""
    buffer, copy = io.BytesIO(module if isinstance(module, bytes) else b""), io.BytesIO()
    if not isinstance(module, bytes):
        torch.jit.save(module, buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(copy, "w") as target:
        for member in source.infolist():
            if not member.filename.endswith((".debug_pkl", ".data/serialization_id")):
                target.writestr(zipfile.ZipInfo(member.filename, _OLDEST_ZIP_DATE), source.read(member))
    return copy.getvalue()


class ScriptBundle(CaseBundle):
    """A bundle whose programs are TorchScript archives."""

    def add_archive(self, name: str, data: bytes, runs: Sequence[tuple], **facts) -> None:
        place = [len(self.programs), len(data)]
        self.programs += data
        tables = [{"inputs": self.tensors.add_all(i), "outputs": self.tensors.add_all(o)} for i, o in runs]
        self.cases.append({"name": name, "program": place, "runs": tables, **facts})
