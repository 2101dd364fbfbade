"""The survey's models of torchvision and timm, with random weights."""

import timm
import torch
import torchvision


def images(size):
    return lambda batch, _: (torch.randn(batch, 3, size, size),)


def clips(frames, size):
    return lambda batch, _: (torch.randn(batch, 3, frames, size, size),)


def pairs(size):
    return lambda batch, _: (torch.randn(batch, 3, size, size), torch.randn(batch, 3, size, size))


BATCH = {"batch": 0}


def torchvision_model(builder, inputs_of, **settings):
    return lambda: builder(weights=None, **settings), inputs_of, BATCH


def classifier(name, size=64, **settings):
    return torchvision_model(getattr(torchvision.models, name), images(size), **settings)


def segmenter(name):
    builder = getattr(torchvision.models.segmentation, name)
    return torchvision_model(builder, images(64), weights_backbone=None)


def video(name, frames=8, size=64):
    return torchvision_model(getattr(torchvision.models.video, name), clips(frames, size))


TORCHVISION = {
    **{
        name: classifier(name)
        for name in (
            "alexnet",
            "convnext_tiny",
            "densenet121",
            "efficientnet_b0",
            "efficientnet_v2_s",
            "mnasnet0_5",
            "mobilenet_v2",
            "mobilenet_v3_small",
            "regnet_y_400mf",
            "resnet18",
            "resnet50",
            "resnext50_32x4d",
            "shufflenet_v2_x0_5",
            "squeezenet1_1",
            "swin_t",
            "swin_v2_t",
            "vgg11_bn",
            "wide_resnet50_2",
        )
    },
    "googlenet": classifier("googlenet", init_weights=False),
    "inception_v3": classifier("inception_v3", 96, init_weights=False),
    "maxvit_t": classifier("maxvit_t", 224),
    "vit_b_16": classifier("vit_b_16", image_size=64),
    **{
        name: segmenter(name)
        for name in (
            "deeplabv3_mobilenet_v3_large",
            "deeplabv3_resnet50",
            "fcn_resnet50",
            "lraspp_mobilenet_v3_large",
        )
    },
    **{name: video(name) for name in ("r3d_18", "mc3_18", "r2plus1d_18", "swin3d_t")},
    "s3d": video("s3d", 16, 224),
    "mvit_v1_b": video("mvit_v1_b", 16, 224),
    "raft_small": torchvision_model(torchvision.models.optical_flow.raft_small, pairs(128)),
}


def timm_model(name, size, **settings):
    return lambda: timm.create_model(name, pretrained=False, **settings), images(size), BATCH


TIMM = {
    name: timm_model(name, size, **settings)
    for name, size, settings in (
        ("bat_resnext26ts", 256, {}),
        ("beit_base_patch16_224", 64, {"img_size": 64, "depth": 2, "embed_dim": 96, "num_heads": 3}),
        ("cait_xxs24_224", 64, {"img_size": 64, "depth": 4}),
        ("caformer_s18", 64, {}),
        ("coat_tiny", 224, {}),
        ("coatnet_pico_rw_224", 224, {}),
        ("convit_tiny", 64, {"img_size": 64}),
        ("convmixer_768_32", 64, {}),
        ("convnext_atto", 64, {}),
        ("crossvit_tiny_240", 240, {}),
        ("cs3darknet_focus_s", 64, {}),
        ("davit_tiny", 224, {}),
        ("deit3_small_patch16_224", 64, {"img_size": 64, "depth": 4}),
        ("densenet121", 64, {}),
        ("dpn48b", 64, {}),
        ("edgenext_xx_small", 64, {}),
        ("efficientformer_l1", 224, {}),
        ("efficientformerv2_s0", 224, {}),
        ("efficientnet_b0", 64, {}),
        ("efficientvit_b0", 64, {}),
        ("efficientvit_m0", 224, {}),
        ("eva02_tiny_patch14_224", 56, {"img_size": 56}),
        ("fastvit_t8", 64, {}),
        ("focalnet_tiny_srf", 64, {}),
        ("gcvit_xxtiny", 224, {}),
        ("ghostnet_050", 64, {}),
        ("hiera_tiny_224", 224, {}),
        ("hrnet_w18_small", 64, {}),
        ("inception_next_atto", 64, {}),
        ("levit_128s", 224, {}),
        ("mixer_s32_224", 224, {}),
        ("mobilenetv4_conv_small", 64, {}),
        ("mobilevit_xxs", 64, {}),
        ("mvitv2_tiny", 224, {}),
        ("nfnet_l0", 64, {}),
        ("pit_xs_224", 224, {}),
        ("pvt_v2_b0", 64, {}),
        ("regnety_002", 64, {}),
        ("repvit_m0_9", 64, {}),
        ("resnest14d", 64, {}),
        ("resnet18d", 64, {}),
        ("sequencer2d_s", 224, {}),
        ("swin_tiny_patch4_window7_224", 224, {}),
        ("swinv2_tiny_window8_256", 256, {}),
        ("twins_svt_small", 224, {}),
        ("visformer_tiny", 224, {}),
        ("vit_tiny_patch16_224", 64, {"img_size": 64}),
        ("volo_d1_224", 224, {}),
        ("xception41", 64, {}),
        ("xcit_nano_12_p8_224", 64, {"img_size": 64}),
    )
}
