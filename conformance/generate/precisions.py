"""Whole models in float64, float16 and bfloat16, as `model.half()` and its like make them. Writes data/operators/precisions.zip.

Usage: python precisions.py
"""

import copy
import warnings

import torch
from torch import nn
from torch.export import export

from case_bundle import DATA, DTYPES, CaseBundle
from families import BATCH, MODELS, ROWS, Decoder, EncoderLayer, images, leaves, settle

PRECISIONS = (torch.float64, torch.float16, torch.bfloat16)
NAMES = "mlp lenet resnet_basic mobilenet_v3 efficientnet convnext vit windows unet pitch video mutations".split()


class Recurrent(nn.Module):
    """Two layers in both directions, and gated units over what they give."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(6, 5, num_layers=2, bidirectional=True, batch_first=True)
        self.gru, self.fc = nn.GRU(10, 4, batch_first=True), nn.Linear(4, 3)

    def forward(self, x):
        y, _ = self.lstm(x)
        return self.fc(self.gru(y)[0][:, -1])


class Words(nn.Module):
    """Words, attention under a causal mask made in the dtype of the model, and the words again."""

    def __init__(self):
        super().__init__()
        self.words, self.layer, self.norm = nn.Embedding(30, 16), EncoderLayer(16, 4), nn.LayerNorm(16)

    def forward(self, ids):
        x = self.words(ids)
        y = self.norm(self.layer(x * 4))
        mask = torch.full((ids.shape[1], ids.shape[1]), torch.finfo(x.dtype).min, dtype=x.dtype).triu(1)
        weights = torch.softmax(y @ y.transpose(1, 2) / 4 + mask, dim=-1, dtype=torch.float32).to(x.dtype)
        return (weights @ y) @ self.words.weight.t()


def words(batch):
    return (torch.randint(0, 30, (batch, 7)),)


OWN = {
    "recurrent": (Recurrent, images(5, 6), ROWS),
    "words": (Words, words, ROWS),
}


def converted(inputs, dtype):
    return tuple(x.to(dtype) if x.is_floating_point() else x for x in inputs)


def rounding(outputs, exact) -> float:
    """How far PyTorch's results in 16 bits are from its own in float32: what is lost between partial results."""
    return max(float((o.float() - e).abs().max()) for o, e in zip(outputs, exact) if o.is_floating_point())


def main() -> None:
    bundle = CaseBundle()
    for name, (make, inputs_of, dynamic) in {**{name: MODELS[name] for name in NAMES}, **OWN}.items():
        torch.manual_seed(0)
        model = settle(make())
        batches = [inputs_of(batch) for batch in (2, 3, 1)]
        for dtype in PRECISIONS:
            try:
                with torch.no_grad():
                    low = copy.deepcopy(model).to(dtype)
                    given = [converted(batch, dtype) for batch in batches]
                    outputs = [leaves(low(*batch)) for batch in given]
                    wide = copy.deepcopy(low).float()
                    exact = [leaves(wide(*converted(batch, torch.float32))) for batch in given]
                    program = export(low, given[0], dynamic_shapes=dynamic, strict=False)
            except Exception as error:
                print(f"skipped {name} {dtype}: {error}")
                continue
            facts = {} if dtype == torch.float64 else {"rounding": max(map(rounding, outputs, exact))}
            bundle.add(f"{name}.{DTYPES[dtype]}", program, list(zip(given, outputs)), **facts)
    bundle.write(DATA / "operators" / "precisions.zip")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    main()
