"""Writes conformance/data/nn: what PyTorch's layers start with and compute.

    python conformance/generate/nn_layers.py

`layers.safetensors` holds, for each case, a state dict with values other than the initial ones, inputs and outputs by
`CASE/state/NAME`, `CASE/input/N`, `CASE/output/N`; `initial.json` the SHA-256 of each initial tensor after manual_seed(0).
The test builds the module of the same name in TypeScript.
"""

import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

FOLDER = Path(__file__).parents[1] / "data" / "nn"


def f(*shape):
    return torch.randn(*shape)


def mask(*shape):
    return torch.rand(*shape) < 0.3


def causal(size):
    return nn.Transformer.generate_square_subsequent_mask(size)


ACTIVATIONS = {
    "ReLU": nn.ReLU(), "ReLU inplace": nn.ReLU(inplace=True), "ReLU6": nn.ReLU6(), "LeakyReLU": nn.LeakyReLU(0.2),
    "PReLU": nn.PReLU(), "PReLU of channels": nn.PReLU(4, 0.1), "RReLU": nn.RReLU(), "ELU": nn.ELU(0.7), "SELU": nn.SELU(),
    "CELU": nn.CELU(1.3), "SiLU": nn.SiLU(), "Mish": nn.Mish(), "Hardswish": nn.Hardswish(), "Hardsigmoid": nn.Hardsigmoid(),
    "Hardtanh": nn.Hardtanh(-0.5, 0.7), "Hardshrink": nn.Hardshrink(0.3), "Softshrink": nn.Softshrink(0.3),
    "Softplus": nn.Softplus(2, 1.5), "Threshold": nn.Threshold(0.1, -2), "Sigmoid": nn.Sigmoid(), "LogSigmoid": nn.LogSigmoid(),
    "Tanh": nn.Tanh(), "Tanhshrink": nn.Tanhshrink(), "Softsign": nn.Softsign(), "GELU": nn.GELU(),
    "GELU tanh": nn.GELU(approximate="tanh"), "GLU": nn.GLU(1), "Softmax": nn.Softmax(-1), "LogSoftmax": nn.LogSoftmax(1),
    "Softmax2d": nn.Softmax2d(), "Softmin": nn.Softmin(1),
}

SHAPES = {
    "Identity": (nn.Identity(), f(2, 3)),
    "Flatten": (nn.Flatten(), f(2, 3, 4)),
    "Unflatten": (nn.Unflatten(1, (2, 3)), f(2, 6)),
    "PixelShuffle": (nn.PixelShuffle(2), f(2, 8, 3, 2)),
    "PixelUnshuffle": (nn.PixelUnshuffle(2), f(2, 2, 4, 6)),
    "ChannelShuffle": (nn.ChannelShuffle(2), f(2, 4, 3, 2)),
    "Unfold": (nn.Unfold((2, 3), padding=1, stride=2), f(2, 3, 5, 6)),
    "Fold": (nn.Fold((4, 5), (2, 2), padding=1), f(2, 12, 30)),
    "Upsample nearest": (nn.Upsample(scale_factor=2), f(2, 3, 4)),
    "Upsample nearest by size": (nn.Upsample(size=(5, 7)), f(2, 2, 3, 4)),
    "Upsample bilinear": (nn.Upsample(scale_factor=2, mode="bilinear"), f(2, 2, 3, 4)),
    "Upsample bilinear with corners": (nn.Upsample(size=(5, 7), mode="bilinear", align_corners=True), f(2, 2, 3, 4)),
    "Upsample linear": (nn.Upsample(scale_factor=2, mode="linear"), f(2, 2, 5)),
    "Upsample bicubic": (nn.Upsample(scale_factor=2, mode="bicubic"), f(2, 2, 4, 4)),
    "Upsample trilinear": (nn.Upsample(scale_factor=2, mode="trilinear"), f(2, 2, 2, 3, 2)),
    "ZeroPad1d": (nn.ZeroPad1d((1, 2)), f(2, 3, 4)),
    "ZeroPad2d": (nn.ZeroPad2d(1), f(2, 3, 4, 4)),
    "ConstantPad1d": (nn.ConstantPad1d(2, 0.5), f(2, 3, 4)),
    "ConstantPad3d": (nn.ConstantPad3d((1, 0, 2, 1, 0, 1), 0.5), f(2, 2, 2, 3, 2)),
    "ReflectionPad1d": (nn.ReflectionPad1d((2, 1)), f(2, 3, 4)),
    "ReflectionPad2d": (nn.ReflectionPad2d((1, 2, 2, 1)), f(2, 3, 4, 4)),
    "ReplicationPad2d": (nn.ReplicationPad2d(2), f(2, 3, 4, 4)),
    "ReplicationPad3d": (nn.ReplicationPad3d(1), f(2, 2, 2, 3, 2)),
    "CircularPad1d": (nn.CircularPad1d((2, 1)), f(2, 3, 4)),
    "CircularPad2d": (nn.CircularPad2d(1), f(2, 3, 4, 4)),
}

POOLS = {
    "MaxPool1d": (nn.MaxPool1d(3, 2, 1), f(2, 3, 11)),
    "MaxPool2d": (nn.MaxPool2d(3, 2, 1, ceil_mode=True), f(2, 3, 9, 8)),
    "MaxPool2d dilated": (nn.MaxPool2d((2, 3), dilation=2), f(2, 3, 9, 8)),
    "MaxPool3d": (nn.MaxPool3d(2), f(2, 2, 4, 5, 4)),
    "AvgPool1d": (nn.AvgPool1d(3, 2, 1), f(2, 3, 11)),
    "AvgPool2d": (nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), f(2, 3, 9, 8)),
    "AvgPool2d divided": (nn.AvgPool2d(2, divisor_override=3), f(2, 3, 8, 8)),
    "AvgPool3d": (nn.AvgPool3d(2), f(2, 2, 4, 5, 4)),
    "AdaptiveAvgPool1d": (nn.AdaptiveAvgPool1d(3), f(2, 3, 10)),
    "AdaptiveAvgPool2d": (nn.AdaptiveAvgPool2d((2, None)), f(2, 3, 7, 5)),
    "AdaptiveAvgPool3d": (nn.AdaptiveAvgPool3d(2), f(2, 2, 4, 5, 4)),
    "AdaptiveMaxPool1d": (nn.AdaptiveMaxPool1d(3), f(2, 3, 10)),
    "AdaptiveMaxPool2d": (nn.AdaptiveMaxPool2d((2, 3)), f(2, 3, 7, 5)),
    "AdaptiveMaxPool3d": (nn.AdaptiveMaxPool3d(2), f(2, 2, 4, 5, 4)),
}

MADE = {
    "Linear": (lambda: nn.Linear(5, 3), f(2, 4, 5)),
    "Linear without bias": (lambda: nn.Linear(5, 3, bias=False), f(2, 5)),
    "Conv1d": (lambda: nn.Conv1d(4, 6, 3, stride=2, padding=1, dilation=2, groups=2), f(2, 4, 11)),
    "Conv2d": (lambda: nn.Conv2d(3, 4, (3, 2), stride=(1, 2), padding=(2, 1)), f(2, 3, 7, 6)),
    "Conv2d same": (lambda: nn.Conv2d(3, 4, 4, padding="same", dilation=2), f(2, 3, 7, 6)),
    "Conv2d reflected": (lambda: nn.Conv2d(3, 4, 3, padding=(2, 1), padding_mode="reflect"), f(2, 3, 7, 6)),
    "Conv2d replicated, same": (lambda: nn.Conv2d(3, 4, 4, padding="same", padding_mode="replicate"), f(2, 3, 7, 6)),
    "Conv2d circular": (lambda: nn.Conv2d(3, 4, 3, padding=1, padding_mode="circular"), f(2, 3, 7, 6)),
    "Conv2d of one image": (lambda: nn.Conv2d(3, 4, 3), f(3, 7, 6)),
    "Conv3d": (lambda: nn.Conv3d(2, 4, (1, 2, 3), padding=1), f(2, 2, 3, 4, 5)),
    "ConvTranspose1d": (lambda: nn.ConvTranspose1d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2), f(2, 4, 5)),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(3, 4, (3, 2), stride=2, dilation=(1, 2)), f(2, 3, 4, 5)),
    "ConvTranspose3d": (lambda: nn.ConvTranspose3d(2, 3, 2, bias=False), f(2, 2, 2, 3, 2)),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(3), f(4, 3)),
    "BatchNorm1d of sequences": (lambda: nn.BatchNorm1d(3, eps=1e-3), f(2, 3, 4)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(3), f(2, 3, 4, 4)),
    "BatchNorm2d by the batch": (lambda: nn.BatchNorm2d(3, track_running_stats=False), f(2, 3, 4, 4)),
    "BatchNorm3d": (lambda: nn.BatchNorm3d(3, affine=False), f(2, 3, 2, 3, 2)),
    "InstanceNorm1d": (lambda: nn.InstanceNorm1d(3), f(2, 3, 5)),
    "InstanceNorm1d of one": (lambda: nn.InstanceNorm1d(3), f(3, 5)),
    "InstanceNorm2d": (lambda: nn.InstanceNorm2d(3, affine=True), f(2, 3, 4, 4)),
    "InstanceNorm2d tracked": (lambda: nn.InstanceNorm2d(3, affine=True, track_running_stats=True), f(2, 3, 4, 4)),
    "InstanceNorm3d": (lambda: nn.InstanceNorm3d(3), f(2, 3, 2, 3, 2)),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4), f(2, 4, 3, 3)),
    "LayerNorm": (lambda: nn.LayerNorm([3, 4], eps=1e-6), f(2, 3, 4)),
    "LayerNorm without bias": (lambda: nn.LayerNorm(4, bias=False), f(2, 3, 4)),
    "RMSNorm": (lambda: nn.RMSNorm(4), f(2, 3, 4)),
    "RMSNorm with eps": (lambda: nn.RMSNorm([3, 4], eps=1e-2), f(2, 3, 4)),
    "Embedding": (lambda: nn.Embedding(7, 3, padding_idx=-1), torch.tensor([[0, 6, 3], [2, 2, 5]])),
    "EmbeddingBag of rows": (lambda: nn.EmbeddingBag(7, 3), torch.tensor([[0, 6, 3], [2, 2, 5]])),
    "EmbeddingBag with offsets": (
        lambda: nn.EmbeddingBag(7, 3, mode="sum"), torch.tensor([0, 6, 3, 2, 2]), torch.tensor([0, 2, 2, 3]),
    ),
    "EmbeddingBag mean with padding": (
        lambda: nn.EmbeddingBag(7, 3, padding_idx=2), torch.tensor([0, 6, 2, 2, 2, 4]), torch.tensor([0, 3, 5]),
    ),
    "EmbeddingBag max": (
        lambda: nn.EmbeddingBag(7, 3, mode="max"), torch.tensor([0, 6, 3, 2, 2]), torch.tensor([0, 2, 2, 3]),
    ),
    "EmbeddingBag with the last offset": (
        lambda: nn.EmbeddingBag(7, 3, include_last_offset=True), torch.tensor([0, 6, 3, 2, 2]), torch.tensor([0, 2, 5]),
    ),
    "EmbeddingBag weighted": (
        lambda: nn.EmbeddingBag(7, 3, mode="sum"), torch.tensor([[0, 6], [2, 2]]), None, f(2, 2),
    ),
    "LSTM": (lambda: nn.LSTM(3, 4), f(5, 2, 3)),
    "LSTM of two layers": (lambda: nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True), f(2, 5, 3), (f(4, 2, 4), f(4, 2, 4))),
    "LSTM of one sequence": (lambda: nn.LSTM(3, 4, bias=False), f(5, 3)),
    "GRU": (lambda: nn.GRU(3, 4, batch_first=True), f(2, 5, 3)),
    "GRU of three layers": (lambda: nn.GRU(3, 4, 3, bidirectional=True), f(5, 2, 3), f(6, 2, 4)),
    "GRU without bias": (lambda: nn.GRU(3, 4, bias=False), f(5, 2, 3), f(1, 2, 4)),
    "RNN": (lambda: nn.RNN(3, 4, 2, bidirectional=True), f(5, 2, 3)),
    "RNN relu": (lambda: nn.RNN(3, 4, nonlinearity="relu", bidirectional=True), f(5, 2, 3), f(2, 2, 4)),
    "LSTMCell": (lambda: nn.LSTMCell(3, 4), f(2, 3), (f(2, 4), f(2, 4))),
    "GRUCell": (lambda: nn.GRUCell(3, 4), f(2, 3), f(2, 4)),
    "RNNCell": (lambda: nn.RNNCell(3, 4, nonlinearity="relu"), f(2, 3)),
    "MultiheadAttention": (lambda: nn.MultiheadAttention(8, 2), f(3, 2, 8), f(4, 2, 8), f(4, 2, 8)),
    "MultiheadAttention of rows": (
        lambda: nn.MultiheadAttention(8, 2, batch_first=True, kdim=5, vdim=6, bias=False), f(2, 3, 8), f(2, 4, 5), f(2, 4, 6),
    ),
    "MultiheadAttention masked": (
        lambda: nn.MultiheadAttention(8, 2, batch_first=True), f(2, 3, 8), f(2, 4, 8), f(2, 4, 8),
        torch.tensor([[False, False, True, False], [False, False, False, True]]), mask(4, 3, 4) & (torch.arange(4) > 0),
    ),
    "TransformerEncoderLayer": (lambda: nn.TransformerEncoderLayer(8, 2, 16), f(3, 2, 8)),
    "TransformerEncoderLayer norm first": (
        lambda: nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", batch_first=True, norm_first=True), f(2, 3, 8),
    ),
    "TransformerDecoderLayer": (lambda: nn.TransformerDecoderLayer(8, 2, 16), f(3, 2, 8), f(4, 2, 8)),
    "TransformerEncoder": (
        lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2, nn.LayerNorm(8)),
        f(2, 3, 8), causal(3),
    ),
    "TransformerDecoder": (
        lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16, batch_first=True), 2), f(2, 3, 8), f(2, 4, 8), causal(3),
    ),
    "Transformer": (
        lambda: nn.Transformer(8, 2, 2, 1, 16, batch_first=True), f(2, 4, 8), f(2, 3, 8),
    ),
    "Sequential by name": (
        lambda: nn.Sequential(__import__("collections").OrderedDict([("first", nn.Linear(4, 5)), ("act", nn.ReLU()), ("second", nn.Linear(5, 2))])),
        f(2, 4),
    ),
}

MADE |= {
    "Bilinear": (lambda: nn.Bilinear(3, 4, 5), f(2, 3), f(2, 4)),
    "CosineSimilarity": (lambda: nn.CosineSimilarity(), f(2, 3, 4), f(2, 3, 4)),
    "PairwiseDistance": (lambda: nn.PairwiseDistance(p=1, keepdim=True), f(2, 3), f(2, 3)),
    "SyncBatchNorm": (lambda: nn.SyncBatchNorm(3), f(2, 3, 4, 4)),
    "LocalResponseNorm": (lambda: nn.LocalResponseNorm(3, alpha=0.5), f(2, 5, 4, 3)),
    "LocalResponseNorm of sequences": (lambda: nn.LocalResponseNorm(2, alpha=0.5, beta=0.5, k=2), f(2, 5, 4)),
    "LPPool1d": (lambda: nn.LPPool1d(2, 3, stride=2), f(2, 3, 8)),
    "LPPool2d": (lambda: nn.LPPool2d(3, (2, 3), ceil_mode=True), f(2, 3, 5, 6).abs()),
    "LPPool3d": (lambda: nn.LPPool3d(1, 2), f(2, 3, 4, 4, 4).abs()),
    "MaxUnpool1d": (lambda: nn.MaxUnpool1d(2), *F.max_pool1d(f(2, 3, 6), 2, return_indices=True)),
    "MaxUnpool2d": (lambda: nn.MaxUnpool2d(3, stride=2, padding=1), *F.max_pool2d(f(2, 3, 7, 5), 3, 2, 1, return_indices=True)),
    "MaxUnpool3d": (lambda: nn.MaxUnpool3d(2), *F.max_pool3d(f(2, 2, 4, 2, 4), 2, return_indices=True)),
    "UpsamplingNearest2d": (lambda: nn.UpsamplingNearest2d(scale_factor=2), f(2, 2, 3, 4)),
    "UpsamplingBilinear2d": (lambda: nn.UpsamplingBilinear2d(size=(5, 7)), f(2, 2, 3, 4)),
    "MultiheadAttention with more keys": (
        lambda: nn.MultiheadAttention(16, 2, batch_first=True, add_bias_kv=True, add_zero_attn=True),
        f(2, 3, 16), f(2, 4, 16), f(2, 4, 16), torch.tensor([[False, False, True, False], [False, False, False, True]]),
    ),
    "MultiheadAttention with one more key": (
        lambda: nn.MultiheadAttention(8, 2, kdim=5, vdim=6, add_bias_kv=True), f(3, 2, 8), f(4, 2, 5), f(4, 2, 6),
    ),
    "Dropout": (lambda: nn.Dropout(), f(2, 3)),
    "Dropout1d": (lambda: nn.Dropout1d(), f(2, 3, 4)),
    "Dropout2d": (lambda: nn.Dropout2d(), f(2, 3, 4, 4)),
    "Dropout3d": (lambda: nn.Dropout3d(), f(2, 3, 4, 4, 4)),
    "AlphaDropout": (lambda: nn.AlphaDropout(), f(2, 3)),
    "FeatureAlphaDropout": (lambda: nn.FeatureAlphaDropout(), f(2, 3, 4)),
    "ZeroPad3d": (lambda: nn.ZeroPad3d(1), f(2, 2, 2, 3, 2)),
    "ConstantPad2d": (lambda: nn.ConstantPad2d((1, -1, 0, 2), 0.5), f(2, 2, 3, 4)),
    "ReflectionPad3d": (lambda: nn.ReflectionPad3d(1), f(2, 2, 2, 3, 2)),
    "ReplicationPad1d": (lambda: nn.ReplicationPad1d((2, 1)), f(2, 2, 3)),
    "CircularPad3d": (lambda: nn.CircularPad3d(1), f(2, 2, 2, 3, 2)),
}


def flat(value) -> list:
    if value is None:
        return []
    return [part for item in value for part in flat(item)] if isinstance(value, (tuple, list)) else [value]


def all_cases() -> dict:
    fixed = {name: (lambda module=module: module, f(3, 4, 5, 2)) for name, module in ACTIVATIONS.items()}
    shapes = {name: (lambda module=module: module, x) for name, (module, x) in {**SHAPES, **POOLS}.items()}
    return {**fixed, **shapes, **MADE}


def changed(module: nn.Module) -> None:
    """Gives parameters and statistics values of their own, so that a test sees whether they are loaded."""
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            noise = torch.rand_like(tensor) if name.endswith("running_var") else torch.randn_like(tensor)
            tensor.add_(noise * 0.2)


def digest(tensor: torch.Tensor) -> str:
    return hashlib.sha256(tensor.detach().contiguous().numpy().tobytes()).hexdigest()


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    tensors, initial = {}, {}
    for name, (make, *inputs) in all_cases().items():
        with torch.no_grad():
            state = torch.get_rng_state()
            torch.manual_seed(0)
            module = make().eval()
            initial[name] = {key: [list(value.shape), digest(value)] for key, value in module.state_dict().items()}
            torch.set_rng_state(state)
            changed(module)
        if name == "TransformerDecoder":
            given, options = inputs[:2], {"tgt_mask": inputs[2]}
        elif name == "TransformerEncoder":
            given, options = inputs[:1], {"mask": inputs[1]}
        elif name == "MultiheadAttention masked":
            given, options = inputs[:3], {"key_padding_mask": inputs[3], "attn_mask": inputs[4]}
        elif name == "MultiheadAttention with more keys":
            given, options = inputs[:3], {"key_padding_mask": inputs[3]}
        else:
            given, options = inputs, {}
        outputs = flat(module(*[x.clone() if isinstance(x, torch.Tensor) else x for x in given], **options))
        parts = {"input": flat(inputs), "output": outputs}
        for kind, items in parts.items():
            for i, item in enumerate(items):
                tensors[f"{name}/{kind}/{i}"] = item.detach().clone().contiguous()
        for key, value in module.state_dict().items():
            tensors[f"{name}/state/{key}"] = value.clone().contiguous()
    FOLDER.mkdir(parents=True, exist_ok=True)
    save_file(tensors, FOLDER / "layers.safetensors")
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in initial.items()]
    (FOLDER / "initial.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
