"""Cases of grids, windows, histograms, differences and experts. Writes data/operators/sampling.zip.

Usage: python programs_sampling.py
"""

import itertools
import warnings

import torch
import transformers.integrations.moe  # noqa: F401  (registers its operator)
from torch.export import Dim
from torch.nn import functional as F

from case_bundle import DATA, CaseBundle
from program_tools import BATCH, LENGTH, bools, floats, ints, ops
from programs import add

ALIGNED = (False, True)


def grids(modes, corners=ALIGNED):
    """Every way of sampling in one program."""
    return lambda x, g: [
        F.grid_sample(x, g, mode, padding, aligned)
        for mode, padding, aligned in itertools.product(modes, ("zeros", "border", "reflection"), corners)
    ]


def odd_grid(*shape):
    grid = floats(*shape)
    odd = (float("nan"), float("inf"), -float("inf"), 1.0, -1.0, 1e4)
    for i, value in enumerate(odd):
        grid.view(-1)[i * (shape[-1] + 1)] = value
    return grid


def windows(**settings):
    return lambda x: F.unfold(x, **settings)


def folded(size, **settings):
    return lambda x: F.fold(x, size, **settings)


def histogram(*settings):
    return lambda x: torch.histc(x, *settings)


FLAT = ("bilinear", "nearest", "bicubic")
DEEP = ("bilinear", "nearest")
EDGES = torch.cat([torch.linspace(-2, 3, 51), torch.tensor([float("nan"), float("inf"), -float("inf"), 2.9999998])])

FIXED = {
    "grid_sampler.2d": (grids(FLAT), (floats(2, 3, 5, 6), floats(2, 4, 3, 2) * 1.5)),
    "grid_sampler.2d.odd": (grids(FLAT), (floats(1, 2, 5, 4), odd_grid(1, 5, 4, 2))),
    "grid_sampler.2d.thin": (grids(FLAT), (floats(1, 2, 1, 4), floats(1, 2, 3, 2) * 2)),
    "grid_sampler.2d.float64": (
        grids(FLAT),
        (floats(1, 2, 5, 4, dtype=torch.float64), floats(1, 3, 4, 2, dtype=torch.float64)),
    ),
    "grid_sampler.3d": (grids(DEEP), (floats(2, 2, 3, 5, 4), floats(2, 2, 3, 4, 3) * 1.5)),
    "grid_sampler.3d.odd": (grids(DEEP), (floats(1, 2, 3, 5, 4), odd_grid(1, 2, 3, 4, 3))),
    "grid_sampler_2d": (
        lambda x, g: [ops.grid_sampler_2d(x, g, mode, 2 - mode, False) for mode in range(3)],
        (floats(1, 2, 4, 4), floats(1, 3, 3, 2)),
    ),
    "grid_sampler_3d": (
        lambda x, g: [ops.grid_sampler_3d(x, g, mode, mode, True) for mode in range(2)],
        (floats(1, 2, 3, 4, 4), floats(1, 2, 3, 3, 3)),
    ),
    "im2col": (windows(kernel_size=(2, 3), dilation=(2, 1), padding=(1, 2), stride=(1, 2)), (floats(2, 3, 6, 7),)),
    "im2col.square": (windows(kernel_size=3), (floats(2, 2, 5, 4),)),
    "im2col.unbatched": (windows(kernel_size=2, stride=2), (floats(3, 4, 6),)),
    "im2col.float64": (windows(kernel_size=2, padding=1), (floats(1, 2, 3, 3, dtype=torch.float64),)),
    "col2im": (
        folded((6, 7), kernel_size=(2, 3), dilation=(2, 1), padding=(1, 2), stride=(1, 2)),
        (floats(2, 3 * 6, 6 * 5),),
    ),
    "col2im.apart": (folded((5, 8), kernel_size=2, stride=3), (floats(2, 2 * 4, 2 * 3),)),
    "col2im.unbatched": (folded((4, 5), kernel_size=3, padding=1), (floats(2 * 9, 4 * 5),)),
    "histc": (histogram(10, -1, 2), (EDGES,)),
    "histc.thirds": (histogram(7, -2, 3), (EDGES,)),
    "histc.float64": (histogram(7, -2, 3), (EDGES.double(),)),
    "histc.experts": (histogram(8, 0, 7), (ints(4, 6, low=0, high=8).float(),)),
    "histc.data": (histogram(9), (floats(5, 8),)),
    "histc.equal": (histogram(5), (torch.full((7,), 2.5),)),
    "histc.point": (histogram(4, 2, 2), (floats(9),)),
    "diff": (lambda x: [torch.diff(x, n=n, dim=0) for n in range(1, 6)], (floats(4, 3),)),
    "diff.none": (lambda x: torch.diff(x, n=0), (floats(4, 3),)),
    "diff.bool": (lambda x: [torch.diff(x), torch.diff(x, n=2)], (bools(3, 6),)),
    "diff.uint8": (torch.diff, (ints(3, 6, low=0, high=200, dtype=torch.uint8),)),
    "diff.joined": (
        lambda x, a, b: torch.diff(x, n=2, dim=1, prepend=a, append=b),
        (floats(2, 3), floats(2, 1), floats(2, 2)),
    ),
    "diff.joined.mixed": (lambda x, a: torch.diff(x, prepend=a), (ints(2, 3), ints(2, 1))),
    "grouped_mm_fallback": (
        torch.ops.transformers.grouped_mm_fallback,
        (floats(7, 4), floats(5, 4, 3), torch.tensor([2, 2, 5, 5, 6], dtype=torch.int32)),
    ),
    "_grouped_mm": (
        lambda x, w, offs: torch._grouped_mm(x, w, offs=offs),
        (
            floats(16, 16, dtype=torch.bfloat16),
            floats(3, 16, 8, dtype=torch.bfloat16),
            torch.tensor([8, 8, 16], dtype=torch.int32),
        ),
    ),
}


def sized(make, *sizes):
    return [make(*size) for size in sizes]


SYMBOLIC = {
    "im2col": (
        windows(kernel_size=(3, 2), padding=1, stride=2),
        sized(lambda n, h, w: (floats(n, 2, h, w),), (2, 8, 9), (1, 9, 8), (3, 5, 4)),
        ({0: BATCH, 2: Dim("height", min=3, max=64), 3: Dim("width", min=3, max=64)},),
    ),
    "col2im": (
        folded((6, 5), kernel_size=2, padding=1),
        sized(lambda n: (floats(n, 8, 7 * 6),), (2,), (1,), (3,)),
        ({0: BATCH},),
    ),
    "diff": (
        torch.diff,
        sized(lambda n, k: (floats(n, k),), (2, 5), (1, 3), (3, 9)),
        ({0: BATCH, 1: Dim("places", min=3, max=64)},),
    ),
    "grid_sampler": (
        lambda x, g: F.grid_sample(x, g, align_corners=False),
        sized(lambda n, h: (floats(n, 2, h, 4), floats(n, h, 3, 2)), (2, 5), (1, 3), (3, 4)),
        ({0: BATCH, 2: LENGTH}, {0: BATCH, 1: LENGTH}),
    ),
    "grouped_mm_fallback": (
        torch.ops.transformers.grouped_mm_fallback,
        [
            (floats(rows, 4), floats(3, 4, 2), torch.tensor(ends, dtype=torch.int64))
            for rows, ends in ((6, (1, 4, 6)), (3, (0, 0, 3)), (9, (9, 9, 9)))
        ],
        ({0: LENGTH}, None, None),
    ),
}


def main() -> None:
    bundle = CaseBundle()
    for name, (function, tensors) in FIXED.items():
        add(bundle, f"fixed.{name}", function, [tensors])
    for name, (function, samples, dynamic) in SYMBOLIC.items():
        add(bundle, f"symbolic.{name}", function, samples, dynamic)
    bundle.write(DATA / "operators" / "sampling.zip")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    main()
