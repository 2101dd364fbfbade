"""Cases that OpInfo lacks: symbolic sizes, operators under their other names, dtypes beside the common ones, corners.

Usage: python programs.py
"""

import warnings

import torch
from torch import nn
from torch.export import export

from case_bundle import DATA, CaseBundle
from programs_database import PROGRAMS as DATABASE
from programs_networks import PROGRAMS as NETWORKS
from programs_pointwise import PROGRAMS as POINTWISE
from programs_shapes import PROGRAMS as SHAPES
from programs_symbolic import PROGRAMS as SYMBOLIC


class Program(nn.Module):
    """A function whose results are one flat tuple."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *tensors):
        return tuple(flat(self.function(*tensors)))


def flat(result):
    if isinstance(result, torch.Tensor):
        return [result]
    return [tensor for item in result for tensor in flat(item)]


def add(bundle, name, function, samples, dynamic=None, decomposed=False):
    module = Program(function).eval()
    shapes = {"tensors": dynamic} if dynamic else None
    with torch.no_grad():
        runs = [(inputs, [t.clone() for t in module(*(t.clone() for t in inputs))]) for inputs in samples]
        program = export(module, tuple(samples[0]), dynamic_shapes=shapes, strict=False)
    bundle.add(name, program, runs)
    if decomposed:
        bundle.add(f"{name}.decomposed", program.run_decompositions(), runs)


def main() -> None:
    bundle = CaseBundle()
    for name, (function, tensors) in {**POINTWISE, **SHAPES, **NETWORKS, **DATABASE}.items():
        add(bundle, f"fixed.{name}", function, [tensors])
    for name, (function, samples, dynamic) in SYMBOLIC.items():
        add(bundle, f"symbolic.{name}", function, samples, dynamic)
    bundle.write(DATA / "operators" / "programs.zip")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    main()
