"""What all peers share: the model of the benchmark, and how a batch of requests becomes tensors."""

import base64
import os

import torch

NAME = os.environ["MODEL"]
PORT = int(os.environ["PORT"])
THREADS = int(os.environ["THREADS"])
IMAGE = (3, 224, 224)

# Rows of a batch at most, and how long the first may wait for others: sensible, not tuned.
MAX_BATCH, WAIT_SECONDS = {"simple": (64, 0.002), "cnn": (8, 0.01), "bert": (8, 0.01)}[NAME]


def load(threads):
    """The exported program, loaded as its documentation says, on so many threads."""
    torch.set_num_threads(threads)
    return torch.export.load(os.environ["MODEL_FILE"]).module()


def to_tensor(value):
    """The tensor of one request, without a batch dimension: from nested lists, bytes, or bytes as base64."""
    if isinstance(value, str):
        value = base64.b64decode(value)
    if isinstance(value, bytes):
        return torch.frombuffer(bytearray(value), dtype=torch.float32).reshape(IMAGE)
    return torch.tensor(value, dtype=torch.int64 if NAME == "bert" else torch.float32)


def value_of(request):
    """What the one field of a JSON request holds."""
    return request["input_ids" if NAME == "bert" else "input"]


def collate(tensors):
    """The inputs of a batch. Texts are padded to the longest and masked."""
    if NAME != "bert":
        return (torch.stack(tensors),)
    ids = torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True)
    lengths = torch.tensor([len(tensor) for tensor in tensors])
    return ids, (torch.arange(ids.shape[1])[None] < lengths[:, None]).long()


def run(model, tensors):
    """The outputs of a batch, one list of numbers for each."""
    with torch.inference_mode():
        return model(*collate(tensors)).tolist()
