"""What all peers share: the model of the benchmark, and how a batch of requests becomes tensors."""

import os

import torch

NAME = os.environ["MODEL"]
PORT = int(os.environ["PORT"])
THREADS = int(os.environ["THREADS"])
IMAGE = (3, 224, 224)


def load(threads):
    """The exported program, loaded as its documentation says, on so many threads."""
    torch.set_num_threads(threads)
    return torch.export.load(os.environ["MODEL_FILE"]).module()


def from_bytes(body):
    return torch.frombuffer(bytearray(body), dtype=torch.float32).reshape(IMAGE)


def to_tensor(request):
    """The tensor of one request, without a batch dimension."""
    if isinstance(request, (bytes, bytearray)):
        return from_bytes(request)
    if NAME == "bert":
        return torch.tensor(request["input_ids"], dtype=torch.int64)
    return torch.tensor(request["input"], dtype=torch.float32)


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
