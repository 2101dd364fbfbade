"""The survey's models of torchvision and timm with few channels and layers, into data/survey, each a zip as survey_subset.py writes.

    python conformance/generate/survey_small.py [NAME...]
"""

import json
import sys
import tempfile
import warnings
from functools import partial
from pathlib import Path

import torchvision_schemas  # noqa: F401, I001  (before what imports torchvision)
import timm
import torch
from torch import nn
from torchvision import models
from torchvision.models import segmentation, video

from case_bundle import DATA, CaseBundle
from survey import survey
from survey_vision import BATCH, clips, images

CLASSES = 10


def thinned(parameter, *divided):
    """A parameter with each of the leading axes divided by a number."""
    shape = [size // by for size, by in zip(parameter.shape, (*divided, *[1] * parameter.dim()))]
    return nn.Parameter(torch.randn(shape) * (2.0 / max(1, torch.Size(shape[1:]).numel())) ** 0.5)


def thin(model, by):
    """Divides the channels of all layers; what does not divide, such as colours and classes, stays."""

    def of(size):
        return by if size % by == 0 else 1

    for module in model.modules():
        if isinstance(module, nn.modules.conv._ConvNd):
            a, b = of(module.out_channels), of(module.in_channels)
            groups = module.groups // by if module.groups == module.in_channels or (module.in_channels // b) % module.groups else module.groups
            module.out_channels, module.in_channels = module.out_channels // a, module.in_channels // b
            module.groups = max(1, groups)
            shape = (module.out_channels, module.in_channels // module.groups, *module.kernel_size)
            module.weight = nn.Parameter(torch.randn(shape) * (2.0 / torch.Size(shape[1:]).numel()) ** 0.5)
            if module.bias is not None:
                module.bias = nn.Parameter(torch.randn(module.out_channels) * 0.1)
        elif isinstance(module, nn.Linear):
            a, b = of(module.out_features), of(module.in_features)
            module.out_features, module.in_features = module.out_features // a, module.in_features // b
            module.weight = nn.Parameter(torch.randn(module.out_features, module.in_features) / module.in_features**0.5)
            if module.bias is not None:
                module.bias = nn.Parameter(torch.randn(module.out_features) * 0.1)
        elif isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.num_features //= of(module.num_features)
            module.weight, module.bias = (nn.Parameter(torch.rand(module.num_features) + 0.5) for _ in range(2))
            module.running_mean, module.running_var = torch.zeros(module.num_features), torch.ones(module.num_features)
    return model


def thin_torchvision(name, inputs, by, **settings):
    return lambda: thin(getattr(models, name)(weights=None, num_classes=CLASSES, **settings), by), inputs, BATCH


def thin_timm(name, inputs, by, **settings):
    return lambda: thin(timm.create_model(name, pretrained=False, num_classes=CLASSES, **settings), by), inputs, BATCH


def small_timm(name, size, **settings):
    return lambda: timm.create_model(name, pretrained=False, num_classes=CLASSES, **settings), images(size), BATCH


def plain(make, inputs):
    return make, inputs, BATCH


def swin(**settings):
    return models.SwinTransformer([4, 4], 12, [2, 2], [2, 4], [4, 4], num_classes=CLASSES, **settings)


def swin_v2():
    block = models.swin_transformer.SwinTransformerBlockV2
    return swin(block=block, downsample_layer=models.swin_transformer.PatchMergingV2)


def convnext():
    config = models.convnext.CNBlockConfig
    return models.ConvNeXt([config(8, 16, 1), config(16, None, 2)], num_classes=CLASSES)


def vit():
    return models.VisionTransformer(32, 8, 2, 2, 16, 32, num_classes=CLASSES)


def maxvit():
    return models.MaxVit((32, 32), 8, 2, [8, 16], [1, 1], 4, 0.0, num_classes=CLASSES)


def mobile(size="small"):
    settings, last = models.mobilenetv3._mobilenet_v3_conf(f"mobilenet_v3_{size}", width_mult=0.25)
    return models.MobileNetV3(settings[:6], 16, num_classes=CLASSES)


def backbone():
    """Thin layers of a ResNet whose strides are dilations."""
    net = thin(models.resnet18(weights=None), 32)
    return models._utils.IntermediateLayerGetter(net, {"layer4": "out", "layer3": "aux"})


def fcn():
    return segmentation.FCN(backbone(), segmentation.fcn.FCNHead(16, 5), segmentation.fcn.FCNHead(8, 5))


def deeplab():
    head = nn.Sequential(
        segmentation.deeplabv3.ASPP(16, [2, 4], 8), nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 5, 1)
    )
    return segmentation.DeepLabV3(backbone(), head, None)


def lraspp():
    return segmentation.LRASPP(models._utils.IntermediateLayerGetter(
        thin(models.resnet18(weights=None), 32), {"layer2": "low", "layer4": "high"}), 4, 16, 5, 8)


def swin3d():
    return video.SwinTransformer3d([2, 4, 4], 12, [2], [2], [2, 4, 4], num_classes=CLASSES)


def video_net(name):
    return lambda: thin(getattr(video, name)(weights=None, num_classes=CLASSES), 32)


def mvit():
    config = partial(video.mvit.MSBlockConfig, num_heads=1, kernel_q=[3, 3, 3], kernel_kv=[3, 3, 3])
    blocks = [
        config(input_channels=8, output_channels=8, stride_q=[1, 1, 1], stride_kv=[1, 2, 2]),
        config(input_channels=8, output_channels=16, stride_q=[1, 2, 2], stride_kv=[1, 1, 1]),
    ]
    return video.MViT((16, 16), 4, blocks, residual_pool=False, residual_with_cls_embed=False, rel_pos_embed=True, proj_after_attn=False, num_classes=CLASSES)


TORCHVISION = {
    "resnet18": thin_torchvision("resnet18", images(32), 32),
    "densenet121": plain(lambda: models.DenseNet(4, (2, 2, 2), 8, num_classes=CLASSES), images(32)),
    "googlenet": thin_torchvision("googlenet", images(32), 16, init_weights=False, aux_logits=False),
    "squeezenet1_1": thin_torchvision("squeezenet1_1", images(32), 8),
    "mobilenet_v2": thin_torchvision("mobilenet_v2", images(32), 16),
    "mobilenet_v3_small": plain(mobile, images(32)),
    "shufflenet_v2_x0_5": plain(lambda: models.ShuffleNetV2([2, 2, 2], [8, 16, 32, 48, 32], CLASSES), images(32)),
    "regnet_y_400mf": plain(lambda: models.RegNet(models.regnet.BlockParams.from_init_params(5, 8, 8.0, 2.0, 8, se_ratio=0.25), CLASSES, stem_width=8), images(32)),
    "convnext_tiny": plain(convnext, images(32)),
    "vit_b_16": plain(vit, images(32)),
    "swin_t": plain(swin, images(32)),
    "swin_v2_t": plain(swin_v2, images(32)),
    "maxvit_t": plain(maxvit, images(32)),
    "fcn_resnet50": plain(fcn, images(32)),
    "deeplabv3_resnet50": plain(deeplab, images(32)),
    "lraspp_mobilenet_v3_large": plain(lraspp, images(32)),
    "r3d_18": plain(video_net("r3d_18"), clips(4, 16)),
    "swin3d_t": plain(swin3d, clips(4, 16)),
    "mvit_v1_b": plain(mvit, clips(4, 16)),
}

TIMM = {
    "resnet18d": thin_timm("resnet18d", images(32), 32),
    "eva02_tiny_patch14_224": small_timm("eva02_tiny_patch14_224", 28, img_size=28, embed_dim=24, depth=2, num_heads=3),
    "cait_xxs24_224": small_timm("cait_xxs24_224", 32, img_size=32, embed_dim=24, depth=1, num_heads=3),
    "xcit_nano_12_p8_224": small_timm("xcit_nano_12_p8_224", 32, img_size=32, embed_dim=24, depth=2, num_heads=3),
    "pvt_v2_b0": small_timm("pvt_v2_b0", 32, embed_dims=(8, 12, 16, 16), depths=(1, 1, 1, 1), num_heads=(1, 2, 2, 4)),
    "sequencer2d_s": small_timm("sequencer2d_s", 28, img_size=28, layers=(1, 1, 1, 1), embed_dims=(8, 16, 16, 16), hidden_sizes=(4, 8, 8, 8)),
    "visformer_tiny": small_timm("visformer_tiny", 32, img_size=32, init_channels=8, embed_dim=24, depth=(1, 1, 1), num_heads=3),
}

MODELS = {
    **{f"torchvision/{name}": model for name, model in TORCHVISION.items()},
    **{f"timm/{name}": model for name, model in TIMM.items()},
}


def write(name, model, folder) -> None:
    entry = survey(*model, folder, "model")
    bundle = CaseBundle()
    bundle.add("model", torch.export.load(folder / "model.pt2"), [])
    bundle.tensors.data += (folder / "model.bin").read_bytes()
    bundle.cases = [{"name": name, **{key: entry[key] for key in ("dynamic", "targets", "runs")}}]
    bundle.write(DATA / "survey" / f"{name.replace('/', '_')}.zip")


def main() -> None:
    torch.set_num_threads(1)
    for name in sys.argv[1:] or MODELS:
        with tempfile.TemporaryDirectory() as folder:
            write(name, MODELS[name], Path(folder))


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    main()
