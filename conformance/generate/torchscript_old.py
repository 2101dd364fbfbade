"""Cases of older TorchScript: archives by torch 1.13, and archives that say to be of an older version.

    python3-of-torch-1.13 conformance/generate/torchscript_old.py write FOLDER
    python conformance/generate/torchscript_old.py FOLDER

The first line writes the archives with torch 1.13; the second adds those with other versions and what torch 2.13 computes
from all of them, with the operators as they were.
"""

import io
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Tuple

import torch
from torch import Tensor, nn

from torchscript_programs import PROGRAMS, floats


class Divisions(nn.Module):
    def forward(self, x: Tensor):
        i = torch.arange(-4, 4)
        return i / 3, i / 2.0, x / 3, x / i[:4], i.div(3), torch.div(i, torch.full_like(i, 3)), i.true_divide(3), i / i[0]


class DivisionsInPlace(nn.Module):
    def forward(self, x: Tensor):
        x.div_(2)
        z, w = torch.arange(-4, 4), torch.arange(-4, 4)
        z.div_(3)
        w.div_(torch.full_like(w, 3))
        return x, z, w


class Modes(nn.Module):
    def forward(self, x: Tensor):
        i = torch.arange(-4, 4)
        modes = torch.div(i, 3, rounding_mode="floor"), torch.div(x, 0.3, rounding_mode="trunc")
        return modes, torch.div(i, 3, rounding_mode="trunc"), 7 / i[:4], i / 0.5, (i > 0) / (2 * i + 1)


class Filled(nn.Module):
    def forward(self, x: Tensor):
        a = torch.full((2,), 3), torch.full((2,), True), torch.full((x.size(0),), 2.5)
        return a, torch.full((2,), 3, dtype=torch.int64), torch.full_like(x, 2), torch.full([], 7)


class Spaced(nn.Module):
    def forward(self, x: Tensor):
        return torch.linspace(0, 1, 77), torch.linspace(-1.5, 2, steps=77), x


class Powers(nn.Module):
    def forward(self, x: Tensor):
        return torch.logspace(0, 1, 77), torch.logspace(-1, 1, 77, 2.0), x


class Gelu(nn.Module):
    def forward(self, x: Tensor):
        return torch.nn.functional.gelu(x)


# name: (module, versions, what to replace in the code)
UPGRADED = {
    "divisions": (Divisions, (2, 3, 4), {}),
    "divisions_in_place": (DivisionsInPlace, (2, 3), {}),
    "modes": (Modes, (3, 4), {}),
    "filled": (Filled, (4, 5), {}),
    "spaced": (Spaced, (7,), {", 77": ", None"}),
    "spaced.whole": (Spaced, (7, 10), {}),
    "powers": (Powers, (8,), {", 77": ", None"}),
    "powers.whole": (Powers, (8, 10), {}),
    "gelu": (Gelu, (9,), {', approximate="none"': "", '"none"': ""}),
}


def write_archives(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PROGRAMS.items():
        torch.manual_seed(1)
        case = make()
        torch.manual_seed(0)
        try:
            module = case.module().eval()
            torch.jit.save(torch.jit.script(module), str(folder / f"{name}.scripted.pt"))
            if not case.arguments:
                traced = torch.jit.trace(module, tuple(case.runs[0]), check_trace=False, strict=False)
                torch.jit.save(traced, str(folder / f"{name}.traced.pt"))
        except Exception as error:
            print(f"not written {name}: {(str(error).strip().splitlines() or [''])[0]}")


def as_version(data: bytes, version: int, replacements: dict) -> bytes:
    """The same archive as an older PyTorch would have written it."""
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(copy, "w") as target:
        for member in source.infolist():
            content = source.read(member)
            if member.filename.endswith("/version"):
                content = f"{version}\n".encode()
            if member.filename.endswith(".py"):
                for old, new in replacements.items():
                    content = content.replace(old.encode(), new.encode())
            target.writestr(zipfile.ZipInfo(member.filename, member.date_time), content)
    return copy.getvalue()


def add_upgraded(bundle) -> None:
    from torchscript import archive_bytes, computed, options_of, tensors_of

    for name, (make, versions, replacements) in UPGRADED.items():
        data = archive_bytes(torch.jit.script(make().eval()))
        for version in versions:
            old = as_version(data, version, replacements)
            run = (floats(4),)
            options = options_of([["x", "float32", [4]]], {})
            bundle.add_archive(f"{name}.{version}", old, [(tensors_of(run), computed(old, run))], options=options)


def add_written(bundle, folder: Path) -> None:
    from torchscript import archive_bytes, computed, options_of, runs_of, tensors_of

    for file in sorted(folder.glob("*.pt")):
        name, kind = file.stem.rsplit(".", 1)
        torch.manual_seed(1)
        case = PROGRAMS[name]()
        data = archive_bytes(file.read_bytes())
        if kind == "scripted":
            runs = [(tensors_of(given), computed(data, given)) for given in case.runs]
            bundle.add_archive(file.stem, data, runs, options=options_of(case.inputs, case.arguments))
        elif runs := runs_of(data, case.runs[:1]):
            shapes = [[name, dtype, list(x.shape)] for (name, dtype, _), x in zip(case.inputs, runs[0][0])]
            bundle.add_archive(file.stem, data, runs, options=options_of(shapes, {}))


def main() -> None:
    torch.set_num_threads(1)
    if sys.argv[1] == "write":
        return write_archives(Path(sys.argv[2]))
    from torchscript import FOLDER, ScriptBundle

    bundle = ScriptBundle()
    add_upgraded(bundle)
    add_written(bundle, Path(sys.argv[1]))
    bundle.write(FOLDER / "old.zip")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    main()
