"""Detectors of torchvision as scripted TorchScript: small ones as cases of data/scripts/detection.zip, or whole ones in a folder.

    python conformance/generate/torchscript_detection.py             # made with torch 2.14.1 and torchvision 0.29.1
    python conformance/generate/torchscript_detection.py FOLDER [NAME...]

Weights are random, but such that scores and boxes spread. Pictures are chosen for which float64 gives the same detections in
the same order, and so do pictures that differ by little: what is compared must not hang on how equal scores are ordered.
"""

import io
import itertools
import sys
import warnings
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torchvision.models import detection
from torchvision.models.detection.anchor_utils import AnchorGenerator, DefaultBoxGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FasterRCNN, FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNN, MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.retinanet import RetinaNet
from torchvision.models.detection.ssd import SSD
from torchvision.models.detection.ssdlite import SSDLiteFeatureExtractorMobileNet, SSDLiteHead
from torchvision.models.mobilenetv3 import InvertedResidualConfig, MobileNetV3
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool, LastLevelP6P7

from script_bundle import FOLDER, ScriptBundle, archive_bytes

CLASSES = 6


# Of each block: its inputs, kernel, expanded channels, outputs, whether channels are weighted, activation, stride, dilation.
BLOCKS = [
    (8, 3, 8, 8, False, "RE", 1, 1),
    (8, 3, 16, 8, False, "RE", 2, 1),
    (8, 5, 24, 8, True, "RE", 2, 1),
    (8, 3, 32, 16, False, "HS", 2, 1),
    (16, 5, 32, 16, True, "HS", 2, 1),
]


def norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=0.001)


def mobilenet() -> MobileNetV3:
    return MobileNetV3([InvertedResidualConfig(*block, 1) for block in BLOCKS], 8, CLASSES, norm_layer=norm)


class Residual(nn.Module):
    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())
        self.same = nn.Sequential(nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return torch.relu(x + self.same(x))


def pyramid(extra) -> BackboneWithFPN:
    """Four levels of a small residual network, and one or two more."""
    widths = (8, 8, 12, 16, 16)
    layers = OrderedDict((f"layer{i}", Residual(a, b)) for i, (a, b) in enumerate(zip((3, *widths), widths)))
    returned = {f"layer{i}": str(i - 1) for i in range(1, 5)}
    return BackboneWithFPN(nn.Sequential(layers), returned, widths[1:], 16, extra_blocks=extra)


def ssdlite() -> nn.Module:
    backbone = SSDLiteFeatureExtractorMobileNet(mobilenet().features, 4, norm, width_mult=0.03)
    anchors = DefaultBoxGenerator([[2, 3] for _ in range(6)], min_ratio=0.2, max_ratio=0.95)
    widths = detection._utils.retrieve_out_channels(backbone, (80, 80))
    head = SSDLiteHead(widths, anchors.num_anchors_per_location(), CLASSES, norm)
    limits = {"score_thresh": 0.1, "nms_thresh": 0.5, "detections_per_img": 8, "topk_candidates": 40}
    return SSD(backbone, anchors, (80, 80), CLASSES, head=head, **limits)


def retinanet() -> nn.Module:
    anchors = AnchorGenerator(tuple((x, int(x * 1.5)) for x in (8, 14, 22, 32, 48, 64)), ((0.5, 1.0, 2.0),) * 6)
    limits = {"score_thresh": 0.1, "nms_thresh": 0.4, "detections_per_img": 8, "topk_candidates": 40}
    return RetinaNet(pyramid(LastLevelP6P7(16, 16)), CLASSES, 64, 96, anchor_generator=anchors, **limits)


def faster_rcnn(backbone: BackboneWithFPN, levels: int) -> nn.Module:
    anchors = AnchorGenerator(((8,), (12,), (20,), (32,), (56,))[-levels:], ((0.5, 1.0, 2.0),) * levels)
    proposals = {"rpn_pre_nms_top_n_test": 40, "rpn_post_nms_top_n_test": 20, "rpn_score_thresh": 0.3}
    box_head, box_predictor = TwoMLPHead(backbone.out_channels * 49, 24), FastRCNNPredictor(24, CLASSES)
    limits = {"box_score_thresh": 0.1, "box_nms_thresh": 0.4, "box_detections_per_img": 8}
    heads = {"box_head": box_head, "box_predictor": box_predictor}
    return FasterRCNN(backbone, None, 64, 96, rpn_anchor_generator=anchors, **heads, **proposals, **limits)


def faster_rcnn_mobilenet() -> nn.Module:
    backbone = BackboneWithFPN(mobilenet().features, {"4": "0", "6": "1"}, [16, 96], 16, LastLevelMaxPool())
    return faster_rcnn(backbone, 3)


def mask_rcnn() -> nn.Module:
    backbone = pyramid(LastLevelMaxPool())
    boxes = faster_rcnn(backbone, 5)
    heads = {"box_head": boxes.roi_heads.box_head, "box_predictor": boxes.roi_heads.box_predictor}
    masks = {"mask_head": MaskRCNNHeads(16, (12,), 1), "mask_predictor": MaskRCNNPredictor(12, 8, CLASSES)}
    proposals = {"rpn_pre_nms_top_n_test": 40, "rpn_post_nms_top_n_test": 20, "rpn_score_thresh": 0.3}
    limits = {"box_score_thresh": 0.1, "box_nms_thresh": 0.4, "box_detections_per_img": 8}
    anchors = boxes.rpn.anchor_generator
    return MaskRCNN(backbone, None, 64, 96, rpn_anchor_generator=anchors, **heads, **masks, **proposals, **limits)


SMALL = {
    "ssdlite": ssdlite,
    "retinanet": retinanet,
    "faster-rcnn": lambda: faster_rcnn(pyramid(LastLevelMaxPool()), 5),
    "faster-rcnn-mobilenet": faster_rcnn_mobilenet,
    "mask-rcnn": mask_rcnn,
}
WHOLE = {
    "ssdlite320_mobilenet_v3_large": detection.ssdlite320_mobilenet_v3_large,
    "retinanet_resnet50_fpn": detection.retinanet_resnet50_fpn,
    "fasterrcnn_resnet50_fpn": detection.fasterrcnn_resnet50_fpn,
    "fasterrcnn_mobilenet_v3_large_fpn": detection.fasterrcnn_mobilenet_v3_large_fpn,
    "fasterrcnn_mobilenet_v3_large_320_fpn": detection.fasterrcnn_mobilenet_v3_large_320_fpn,
    "ssd300_vgg16": detection.ssd300_vgg16,
    "fcos_resnet50_fpn": detection.fcos_resnet50_fpn,
    "maskrcnn_resnet50_fpn": detection.maskrcnn_resnet50_fpn,
    "keypointrcnn_resnet50_fpn": detection.keypointrcnn_resnet50_fpn,
}
# Which never ran before they were scripted: the first call finds the scales of the pyramid out, from sizes that are known.
FRESH = ("faster-rcnn",)
# Sizes of the pictures of each run; the fresh ones run once.
SIZES = {
    "one": [[(36, 48)], [(54, 42)]],
    "other": [[(54, 42)], [(40, 40)]],
    "two": [[(36, 48), (60, 40)], [(54, 42), (36, 36)]],
}

# By the end of a layer's name: the standard deviation and the mean of what it gives.
SPREADS = {
    "rpn.head.cls_logits": (2.0, 0.0),
    "rpn.head.bbox_pred": (0.3, 0.0),
    "box_predictor.cls_score": (1.5, 0.0),
    "box_predictor.bbox_pred": (1.0, 0.0),
    "mask_fcn_logits": (3.0, 0.0),
    "classification_head.cls_logits": (1.2, -2.0),
    "regression_head.bbox_reg": (0.3, 0.0),
    "classification_head.module_list": (1.5, 0.0),
    "regression_head.module_list": (0.7, 0.0),
}


def picture(height: int, width: int) -> Tensor:
    coarse = nn.functional.interpolate(torch.rand(1, 3, 7, 9), size=(height, width), mode="bilinear")[0]
    return ((coarse + 0.2 * torch.rand(3, height, width)) / 1.2 * 64).round() / 64


def spread_of(name: str, layer: nn.Module) -> tuple[float, float] | None:
    """None for layers in between: of the heads of an SSD, only the last has no depth."""
    is_last = isinstance(layer, (nn.Conv2d, nn.Linear)) and getattr(layer, "groups", 1) == 1
    found = [value for end, value in SPREADS.items() if name.endswith(end) or (end.endswith("list") and end in name)]
    return found[0] if is_last and found else None


def spread(layer: nn.Module, deviation: float, mean: float):
    """Scales each channel of a layer by what it gives the first time."""

    def hook(module, _, output):
        channels = output.movedim(1, 0).flatten(1)
        scale = deviation / channels.std(1)
        shift = mean - channels.mean(1) * scale
        shape = (-1, *[1] * (output.dim() - 2))
        module.weight.mul_(scale.view(-1, *[1] * (module.weight.dim() - 1)))
        module.bias.mul_(scale).add_(shift)
        handle.remove()
        return output * scale.view(shape) + shift.view(shape)

    handle = layer.register_forward_hook(hook)


@torch.no_grad()
def settled(model: nn.Module, pictures: Sequence[Tensor]) -> nn.Module:
    """Statistics of the pictures, and heads whose results spread."""
    model.eval()
    norms = [each for each in model.modules() if isinstance(each, nn.BatchNorm2d)]
    for each in norms:
        each.reset_running_stats()
        each.momentum = None
        each.train()
    model(list(pictures))
    for each in norms:
        each.eval()
    for name, layer in model.named_modules():
        if found := spread_of(name, layer):
            spread(layer, *found)
    model(list(pictures))
    for each in model.parameters():
        each.copy_(each.bfloat16())  # which takes less room in a zip
    return model


@torch.no_grad()
def detections(module, pictures: Sequence[Tensor]) -> list[dict[str, Tensor]]:
    with torch.jit.optimized_execution(False):
        return module([each.clone() for each in pictures])[1]


def is_close(found: Sequence[dict], others: Sequence[dict], tolerance: float) -> bool:
    for a, b in zip(found, others):
        if not torch.equal(a["labels"], b["labels"]) or a["boxes"].shape != b["boxes"].shape:
            return False
        numbers = [key for key in a if key != "labels"]
        if not all(torch.allclose(a[key].double(), b[key].double(), tolerance, tolerance) for key in numbers):
            return False
    return True


def is_clear(data: bytes, pictures: Sequence[Tensor]) -> bool:
    """Whether there are detections of several classes, the same ones for what is almost the same."""
    found = detections(torch.jit.load(io.BytesIO(data)), pictures)
    if any(len(each["labels"].unique()) < 3 or each["scores"].diff().max() > -1e-3 for each in found):
        return False
    exact = detections(torch.jit.load(io.BytesIO(data)).double(), [each.double() for each in pictures])
    if not is_close(found, exact, 2e-5):
        return False
    near = [[each + torch.randn(each.shape) * 1e-5 for each in pictures] for _ in range(3)]
    module = torch.jit.load(io.BytesIO(data))
    return all(is_close(found, detections(module, each), 2e-2) for each in near)


def clear_pictures(data: bytes, size: tuple[int, int]) -> list[Tensor]:
    found = []
    for seed in range(400):
        torch.manual_seed(seed)
        each = picture(*size)
        if is_clear(data, [each]):
            found.append(each)
        if len(found) == 6:
            break
    return found


def chosen_pictures(data: bytes, sizes: Sequence[tuple[int, int]]) -> list[Tensor]:
    candidates = itertools.product(*(clear_pictures(data, size) for size in sizes))
    return next(list(each) for each in candidates if is_clear(data, each))


def run_of(data: bytes, pictures: Sequence[Tensor], bundle: ScriptBundle) -> dict:
    found = detections(torch.jit.load(io.BytesIO(data)), pictures)
    outputs = [tensor for each in found for tensor in each.values()]
    return {"inputs": bundle.tensors.add_all(pictures), "outputs": bundle.tensors.add_all(outputs)}


def archive(name: str) -> bytes:
    torch.manual_seed(1)
    model = settled(SMALL[name](), [picture(80, 100) for _ in range(4)])
    if name in FRESH:
        model.roi_heads.box_roi_pool.scales = model.roi_heads.box_roi_pool.map_levels = None
    return archive_bytes(torch.jit.script(model))


def add_detector(name: str, bundle: ScriptBundle) -> None:
    data = archive(name)
    place = [len(bundle.programs), len(data)]
    bundle.programs += data
    for case, batches in SIZES.items():
        batches = [chosen_pictures(data, sizes) for sizes in (batches[:1] if name in FRESH else batches)]
        shapes = [list(x.shape) if name in FRESH else [3, f"height{i}", f"width{i}"] for i, x in enumerate(batches[0])]
        specs = [{"name": f"images.{i}", "dtype": "float32", "shape": shape} for i, shape in enumerate(shapes)]
        runs = [run_of(data, pictures, bundle) for pictures in batches]
        bundle.cases.append({"name": f"{name}.{case}", "program": place, "runs": runs, "options": {"inputs": specs}})
        print(f"{name}.{case}: {len(data):,} bytes")


def write_small() -> None:
    bundle = ScriptBundle()
    for name in SMALL:
        add_detector(name, bundle)
    bundle.write(FOLDER / "detection.zip")


def write_whole(folder: Path, names: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or WHOLE:
        torch.manual_seed(0)
        model = settled(WHOLE[name](weights=None, weights_backbone=None), [picture(240, 320) for _ in range(3)])
        torch.jit.save(torch.jit.script(model), str(folder / f"{name}.pt"))


def main() -> None:
    torch.set_num_threads(1)
    if len(sys.argv) > 1:
        write_whole(Path(sys.argv[1]), sys.argv[2:])
    else:
        write_small()


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    main()
