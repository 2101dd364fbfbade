"""Writes checkpoints of networks that examples/networks has in TypeScript, and what PyTorch computes with them.

    python conformance/generate/network_checkpoints.py

`examples/checkpoints`: a narrow ResNet-18, trained on the first 400 digits of examples/digits, with its logits for the other 100;
a small GPT-2 of characters, trained on the licence, with the text that it continues a prompt with. `conformance/data/networks`:
a vision transformer, BERT and LLaMA with random weights, some in 16 bits, as PyTorch and safetensors save them, with inputs and outputs.
Takes about two minutes.
"""

import copy
import json
from pathlib import Path

import numpy as np
import torch
import torchvision_schemas  # noqa: F401
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F
from torchvision.models import VisionTransformer
from torchvision.models.resnet import BasicBlock, ResNet
from transformers import BertConfig, BertModel, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "checkpoints"
DATA = ROOT / "conformance" / "data" / "networks"
TRAINING_DIGITS = 400
PROMPT = "Permission is"
NEW_CHARACTERS = 100
POSITIONS = 64


class NarrowResNet(ResNet):
    """torchvision's resnet18 with `width` channels where that has 64."""

    def __init__(self, width: int, num_classes: int):
        nn.Module.__init__(self)
        self._norm_layer = nn.BatchNorm2d
        self.inplanes, self.dilation, self.groups, self.base_width = width, 1, 1, 64
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = self._make_layer(BasicBlock, width, 2)
        self.layer2 = self._make_layer(BasicBlock, 2 * width, 2, stride=2)
        self.layer3 = self._make_layer(BasicBlock, 4 * width, 2, stride=2)
        self.layer4 = self._make_layer(BasicBlock, 8 * width, 2, stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(8 * width, num_classes)


def shifted(images: torch.Tensor) -> torch.Tensor:
    rows, columns = torch.randint(-2, 3, (2,)).tolist()
    return images.roll((rows, columns), (2, 3))


def resnet18() -> None:
    digits = np.load(ROOT / "examples" / "digits" / "test-images.npz")
    pixels = torch.from_numpy(digits["images"]).float().reshape(-1, 1, 28, 28) / 255
    images, labels = pixels.expand(-1, 3, -1, -1), torch.from_numpy(digits["labels"]).long()
    torch.manual_seed(0)
    model = NarrowResNet(4, 10)
    epochs, batch = 60, 50
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=epochs * TRAINING_DIGITS // batch)
    for _ in range(epochs):
        for rows in torch.randperm(TRAINING_DIGITS).split(batch):
            optimizer.zero_grad()
            F.cross_entropy(model(shifted(images[rows])), labels[rows]).backward()
            optimizer.step()
            schedule.step()
    model.eval()
    with torch.no_grad():
        logits = model(images[TRAINING_DIGITS:])
    right = (logits.argmax(1) == labels[TRAINING_DIGITS:]).sum().item()
    print(f"resnet18: {right} of {len(logits)} right")
    torch.save(model.state_dict(), EXAMPLES / "resnet18.pth")
    expected = [[float(f"{value:.6g}") for value in row] for row in logits.tolist()]
    lines = ",\n".join(json.dumps(row) for row in expected)
    (EXAMPLES / "resnet18.json").write_text(f'{{"right": {right}, "logits": [\n{lines}\n]}}\n')


def continued(model: nn.Module, text: str) -> str:
    ids = torch.tensor([[ord(c) for c in text]])
    with torch.no_grad():
        for _ in range(NEW_CHARACTERS):
            ids = torch.cat([ids, model(input_ids=ids[:, -POSITIONS:]).logits[:, -1].argmax(-1, keepdim=True)], 1)
    return "".join(chr(i) for i in ids[0])


def gpt() -> None:
    text = (ROOT / "LICENSE").read_text()
    ids = torch.tensor([ord(c) for c in text])
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=128, n_positions=POSITIONS, n_embd=48, n_layer=2, n_head=4,
        resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, bos_token_id=0, eos_token_id=0,
    )
    model = GPT2LMHeadModel(config)
    steps = 1000
    optimizer = torch.optim.AdamW(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=steps)
    for _ in range(steps):
        starts = torch.randint(0, len(ids) - POSITIONS, (16,)).tolist()
        batch = torch.stack([ids[start : start + POSITIONS + 1] for start in starts])
        logits = model(input_ids=batch[:, :-1]).logits
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    model.eval()
    result = continued(model, PROMPT)
    print(f"gpt: loss {loss.item():.3f}\n{result}")
    torch.save(model.state_dict(), EXAMPLES / "gpt.pth")
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([[ord(c) for c in PROMPT]])).logits[0, -1]
    expected = {"prompt": PROMPT, "text": result, "logits": [float(f"{value:.6g}") for value in logits.tolist()]}
    (EXAMPLES / "gpt.json").write_text(json.dumps(expected) + "\n")


def moved(model: nn.Module) -> nn.Module:
    """Every parameter takes part: norms do not start as the identity, nor biases and tokens as zeros."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return model.eval()


def networks() -> None:
    torch.manual_seed(1)
    vit = moved(VisionTransformer(16, 4, 2, 2, 16, 32, num_classes=5))
    bert = moved(BertModel(BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, max_position_embeddings=20,
    )))
    llama = moved(LlamaForCausalLM(LlamaConfig(
        vocab_size=50, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        max_position_embeddings=32, rms_norm_eps=1e-5, rope_theta=10000.0, bos_token_id=0, eos_token_id=0,
    )))
    image = torch.randn(2, 3, 16, 16)
    ids, mask, types = torch.randint(0, 50, (2, 9)), torch.ones(2, 9, dtype=torch.int64), torch.randint(0, 2, (2, 9))
    mask[1, 6:] = 0
    tokens = torch.randint(0, 50, (2, 11))
    with torch.no_grad():
        encoded = bert(input_ids=ids, attention_mask=mask, token_type_ids=types)
        cases = {
            "vision-transformer": ([image], [vit(image)]),
            "bert": ([ids, mask, types], [encoded.last_hidden_state, encoded.pooler_output]),
            "llama": ([tokens], [llama(input_ids=tokens).logits]),
        }
        vit_half, llama_half = copy.deepcopy(vit).half(), copy.deepcopy(llama).bfloat16()
        exact = [copy.deepcopy(vit_half).float()(image.half().float()), copy.deepcopy(llama_half).float()(input_ids=tokens).logits]
        cases["vision-transformer-float16"] = ([image.half()], [vit_half(image.half())], [exact[0]])
        cases["llama-bfloat16"] = ([tokens], [llama_half(input_ids=tokens).logits], [exact[1]])
    torch.save(vit_half.state_dict(), DATA / "vision-transformer-float16.pth")
    save_file(llama_half.state_dict(), DATA / "llama-bfloat16.safetensors")
    torch.save(vit.state_dict(), DATA / "vision-transformer.pth")
    torch.save({"epoch": 3, "model": bert.state_dict()}, DATA / "bert.pth", _use_new_zipfile_serialization=False)
    save_file(llama.state_dict(), DATA / "llama.safetensors")
    golden = {
        f"{name}/{kind}/{i}": tensor.clone().contiguous()
        for name, sides in cases.items()
        for kind, tensors in zip(["input", "output", "exact"], sides)
        for i, tensor in enumerate(tensors)
    }
    save_file(golden, DATA / "golden.safetensors")


def main() -> None:
    torch.set_num_threads(1)
    for folder in [EXAMPLES, DATA]:
        folder.mkdir(parents=True, exist_ok=True)
    networks()
    resnet18()
    gpt()


if __name__ == "__main__":
    main()
