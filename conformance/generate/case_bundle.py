"""Writes conformance cases: programs that torch.export.save wrote, with inputs and what PyTorch computed."""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from torch.export import ExportedProgram

DATA = Path(__file__).parent.parent / "data"
_FRAME = re.compile(r'  File "(?P<file>[^"]+)", line \d+.*\n(?:    .*\n?)*')
_OLDEST_ZIP_DATE = (1980, 1, 1, 0, 0, 0)

DTYPES = {
    torch.float32: "float32",
    torch.float64: "float64",
    torch.float16: "float16",
    torch.bfloat16: "bfloat16",
    torch.int64: "int64",
    torch.int32: "int32",
    torch.int16: "int16",
    torch.int8: "int8",
    torch.uint8: "uint8",
    torch.bool: "bool",
    torch.complex64: "complex64",
    torch.complex128: "complex128",
}


def _user_frame(stack_trace: str) -> str:
    """The innermost frame of the model's source, by file name only: paths of a machine do not belong into the data."""
    frames = [m for m in _FRAME.finditer(stack_trace) if "site-packages" not in m["file"]]
    return frames[-1][0].replace(frames[-1]["file"], Path(frames[-1]["file"]).name) if frames else ""


def program_bytes(program: ExportedProgram, keeps_samples: bool = False) -> bytes:
    if not keeps_samples:
        program.example_inputs = None
    for node in program.graph.nodes:
        if "stack_trace" in node.meta:
            node.meta["stack_trace"] = _user_frame(node.meta["stack_trace"])
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    return buffer.getvalue()


def targets_of(program: ExportedProgram) -> list[str]:
    calls = [node.target for node in program.graph.nodes if node.op == "call_function"]
    return sorted({str(target) for target in calls if isinstance(target, torch._ops.OpOverload)})


def tensor_bytes(tensor: torch.Tensor) -> bytes:
    flat = tensor.detach().resolve_conj().resolve_neg().clone(memory_format=torch.contiguous_format).reshape(-1)
    return bytes(flat.view(torch.uint8).numpy()) if flat.numel() else b""


class TensorFile:
    """Raw little-endian tensors one after another; entries are [dtype, shape, offset]."""

    def __init__(self) -> None:
        self.data = bytearray()

    def add(self, tensor: torch.Tensor) -> list:
        offset = len(self.data)
        self.data += tensor_bytes(tensor)
        return [DTYPES[tensor.dtype], list(tensor.shape), offset]

    def add_all(self, tensors: Iterable[torch.Tensor]) -> list:
        return [self.add(tensor) for tensor in tensors]


class CaseBundle:
    """Many small cases in one zip: manifest.json, tensors.bin and programs.bin, which has one .pt2 after another.

    Programs are much alike: together they take a fraction of what they take one by one.
    """

    def __init__(self) -> None:
        self.cases: list[dict] = []
        self.tensors = TensorFile()
        self.programs = bytearray()

    def add(self, name: str, program: ExportedProgram, runs: Sequence[tuple], **facts) -> None:
        """Each run is (inputs, outputs) in the order of the program's."""
        data = program_bytes(program)
        place = [len(self.programs), len(data)]
        self.programs += data
        tables = [{"inputs": self.tensors.add_all(i), "outputs": self.tensors.add_all(o)} for i, o in runs]
        self.cases.append({"name": name, "program": place, "targets": targets_of(program), "runs": tables, **facts})

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            members = {"manifest.json": self.manifest(), "tensors.bin": self.tensors.data, "programs.bin": self.programs}
            for member, data in members.items():
                info = zipfile.ZipInfo(member, _OLDEST_ZIP_DATE)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, bytes(data))
        print(f"{path.name}: {len(self.cases)} cases, {path.stat().st_size:,} bytes")

    def manifest(self) -> bytes:
        lines = ",\n".join(json.dumps(case) for case in self.cases)
        return f"[\n{lines}\n]\n".encode()
