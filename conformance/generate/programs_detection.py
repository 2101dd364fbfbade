"""Cases of the operators of torchvision. Writes data/operators/detection.zip.

Usage: python programs_detection.py (needs torchvision with its native half: made with torch 2.14.1 and torchvision 0.29.1)
"""

import warnings

import torch
import torchvision  # noqa: F401  (registers its operators)
from torch.export import Dim

from case_bundle import DATA, CaseBundle
from program_tools import BATCH, floats, ints
from programs import add

vision = torch.ops.torchvision
NAN, INF = float("nan"), float("inf")


def boxes(count, size=100.0, dtype=torch.float32):
    """Random boxes, half of them near others."""
    corner, extent = torch.rand(count, 2) * size, torch.rand(count, 2) * size / 2
    corner[count // 2 :] = corner[: count - count // 2] + torch.randn(count - count // 2, 2) * 3
    extent[count // 2 :] = extent[: count - count // 2] + torch.randn(count - count // 2, 2).abs() * 2
    return torch.cat([corner, corner + extent], 1).to(dtype)


def nms(*thresholds):
    return lambda dets, scores: [vision.nms(dets, scores, threshold) for threshold in thresholds]


THRESHOLDS = nms(0.0, 0.3, 0.5, 0.7, 0.75, 1.0)
# Overlaps that are exactly at a threshold, above or below it by what float32 can tell, in units that are exact.
EDGES = torch.tensor([[0, 0, 10, 10], [0, 0, 10, 7], [0, 0, 10, 5], [0, 0, 10, 3], [0, 0, 7.0000005, 10], [0, 0, 6.9999995, 10]])
ODD = torch.tensor(
    [
        [0, 0, 10, 10],
        [10, 10, 0, 0],
        [10, 0, 0, 10],
        [0, 10, 10, 0],
        [0, 0, 10, 10],
        [5, 5, 5, 5],
        [5, 5, 5, 9],
        [0, 0, NAN, 10],
        [NAN, 0, 10, 10],
        [0, 0, INF, 10],
        [0, 0, INF, INF],
        [-INF, 0, 10, 10],
        [1, 1, 10, 10],
    ]
)


def level(count, *values):
    return torch.tensor([values[i % len(values)] for i in range(count)])


def rois(count, images, size, dtype=torch.float32):
    return torch.cat([ints(count, 1, low=0, high=images).to(dtype), boxes(count, size, dtype)], 1)


def align(*settings):
    return lambda x, r: [vision.roi_align(x, r, scale, h, w, ratio, aligned) for scale, h, w, ratio, aligned in settings]


ALIGNMENTS = align(*((scale, 3, 2, ratio, aligned) for scale in (1.0, 0.25) for ratio in (-1, 0, 1, 2) for aligned in (False, True)))
ODD_ROIS = torch.tensor(
    [
        [0, 0, 0, 0, 0],
        [1, 5, 5, 2, 2],
        [0, -20, -20, 40, 40],
        [1, 100, 100, 120, 120],
        [0, 3, 3, 3.4, 3.2],
        [1, -5, 2, -2, 4],
        [0, 8.9, 8.9, 9.1, 9.1],
    ]
)


def deform(groups=1, offsets=1, stride=(1, 1), pad=(0, 0), dilation=(1, 1), masked=True):
    settings = (*stride, *pad, *dilation, groups, offsets, masked)
    return lambda x, weight, offset, mask, bias: vision.deform_conv2d(x, weight, offset, mask, bias, *settings)


def deformed(batch, inputs, outputs, size, kernel, places, groups=1, offsets=1):
    area = kernel[0] * kernel[1]
    return (
        floats(batch, inputs, *size),
        floats(outputs, inputs // groups, *kernel),
        floats(batch, 2 * offsets * area, *places) * 1.5,
        torch.rand(batch, offsets * area, *places),
        floats(outputs),
    )


FIXED = {
    "nms": (THRESHOLDS, (boxes(60), torch.rand(60))),
    "nms.ties": (THRESHOLDS, (boxes(40), level(40, 0.5, 0.5, 0.25, 0.75))),
    "nms.equal": (THRESHOLDS, (boxes(30), torch.ones(30))),
    "nms.edges": (THRESHOLDS, (EDGES, torch.rand(6))),
    "nms.edges.rising": (THRESHOLDS, (EDGES, torch.arange(6.0))),
    "nms.odd": (THRESHOLDS, (ODD, torch.rand(13))),
    "nms.odd.falling": (THRESHOLDS, (ODD, torch.arange(13.0).flip(0))),
    "nms.scores": (THRESHOLDS, (boxes(8), torch.tensor([0.1, -INF, NAN, 0.3, -0.2, 0.0, -0.0, 5.0]))),
    "nms.none": (nms(0.5), (boxes(0), torch.rand(0))),
    "nms.one": (nms(0.5), (boxes(1), torch.rand(1))),
    "nms.large": (nms(0.5), (boxes(3000, 800.0), torch.rand(3000))),
    "roi_align": (ALIGNMENTS, (floats(2, 3, 12, 10), rois(9, 2, 12.0))),
    "roi_align.odd": (ALIGNMENTS, (floats(2, 2, 9, 9), ODD_ROIS)),
    "roi_align.float64": (ALIGNMENTS, (floats(2, 2, 9, 9, dtype=torch.float64), rois(5, 2, 9.0, torch.float64))),
    "roi_align.none": (ALIGNMENTS, (floats(1, 2, 5, 5), torch.zeros(0, 5))),
    "roi_align.large": (align((0.0625, 7, 7, 2, False)), (floats(1, 4, 20, 30), rois(50, 1, 320.0))),
    "deform_conv2d": (deform(), deformed(2, 3, 4, (7, 8), (3, 3), (5, 6))),
    "deform_conv2d.unmasked": (deform(masked=False), deformed(2, 3, 4, (7, 8), (3, 3), (5, 6))),
    "deform_conv2d.groups": (
        deform(groups=2, offsets=2, stride=(2, 1), pad=(1, 2), dilation=(1, 2)),
        deformed(2, 4, 6, (9, 10), (3, 2), (5, 12), 2, 2),
    ),
    "deform_conv2d.point": (deform(pad=(1, 1)), deformed(1, 2, 2, (4, 4), (1, 1), (6, 6))),
}

SOME = Dim("boxes", min=0, max=4096)
SYMBOLIC = {
    "nms": (
        nms(0.5),
        [(boxes(n), torch.rand(n)) for n in (20, 1, 0, 90)],
        ({0: SOME}, {0: SOME}),
    ),
    "roi_align": (
        align((0.5, 2, 2, 2, True), (0.5, 2, 2, -1, False)),
        [(floats(2, 3, n, 9), rois(k, 2, 15.0)) for n, k in ((8, 5), (5, 0), (11, 12))],
        ({2: Dim("height", min=2, max=64)}, {0: SOME}),
    ),
    "deform_conv2d": (
        deform(pad=(1, 1)),
        [deformed(n, 2, 3, (5, 6), (3, 3), (5, 6)) for n in (2, 1, 4)],
        ({0: BATCH}, None, {0: BATCH}, {0: BATCH}, None),
    ),
}


def main() -> None:
    bundle = CaseBundle()
    for name, (function, tensors) in FIXED.items():
        add(bundle, f"fixed.{name}", function, [tensors])
    for name, (function, samples, dynamic) in SYMBOLIC.items():
        add(bundle, f"symbolic.{name}", function, samples, dynamic)
    bundle.write(DATA / "operators" / "detection.zip")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    main()
