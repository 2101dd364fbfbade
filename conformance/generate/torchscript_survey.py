"""Traces and scripts the models of the survey, with what PyTorch computes from the saved files, into a folder outside of the repository.

    python conformance/generate/torchscript_survey.py FOLDER [--again] [NAME...]

A name is that of a library or of a model: `timm`, `torchvision/resnet18`. A model whose facts are in the folder is passed over,
unless asked for again. Every model is traced; those of torchvision and timm are scripted too. For each file: NAME.KIND.pt,
NAME.KIND.bin with the tensors, NAME.KIND.json with where the tensors are and at which batches the file and the model it was made
of differ, or why PyTorch could not write the file.
"""

import argparse
import io
import sys
import time
import traceback
import warnings
from pathlib import Path

import torchvision_schemas  # noqa: F401, I001  (before what imports torchvision)
import torch

from case_bundle import DTYPES, TensorFile
from survey import BATCHES, LENGTHS, LIBRARIES, in_child, record, settle, split, summary, tensors_of

SCRIPTED = ("torchvision", "timm")
# How far the results of a saved file may be from those of the model that it was made of, as a part of the magnitude.
NEAR = 1e-3


def tupled(model, names):
    """The model with these inputs, and a plain tuple for its result: the tracer takes no results of other classes."""

    class Tupled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

    place = {}
    given = ", ".join(f"{name}={name}" for name in names)
    exec(f"def forward(self, {', '.join(names)}): return self.model({given}).to_tuple()", place)
    Tupled.forward = place["forward"]
    return Tupled().eval()


def traced(model, inputs):
    args, kwargs = split(inputs)
    given = {"example_kwarg_inputs": kwargs} if kwargs else {"example_inputs": args}
    with torch.no_grad():
        return torch.jit.trace(tupled(model, list(kwargs)) if kwargs else model, **given, check_trace=False, strict=False)


def scripted(model, _):
    return torch.jit.script(model)


WRITERS = {"traced": traced, "scripted": scripted}


def options_of(module, inputs, axes):
    """What a scripted file does not tell."""
    names = [argument.name for argument in module.forward.schema.arguments[1:]]
    sizes = [["batch" if axis == axes.get("batch") else size for axis, size in enumerate(x.shape)] for x in inputs]
    return {"inputs": [{"name": n, "dtype": DTYPES[x.dtype], "shape": s} for n, x, s in zip(names, inputs, sizes)]}


def called(module, inputs):
    args, kwargs = split(inputs)
    with torch.no_grad():
        return tensors_of(module(*args, **kwargs))


def is_near(given, wanted):
    if given.shape != wanted.shape:
        return False
    finite = wanted[wanted.isfinite()].double().abs()
    allowed = NEAR * (finite.max().item() if finite.numel() else 0)
    return torch.allclose(given.double(), wanted.double(), rtol=0, atol=allowed, equal_nan=True)


def agree(model, module, inputs):
    results = called(module, inputs), called(model, inputs)
    return len(results[0]) == len(results[1]) and all(is_near(a, b) for a, b in zip(*results))


def inputs_in_order(module, inputs):
    """The tensors in the order of the file's own parameters."""
    if not isinstance(inputs, dict):
        return list(inputs)
    return [inputs[argument.name] for argument in module.forward.schema.arguments[1:] if argument.name in inputs]


def survey(kind, model, inputs_of, axes, folder, name):
    torch.manual_seed(0)
    model = settle(model())
    first = inputs_of(BATCHES[0], LENGTHS[0])
    written = WRITERS[kind](model, first)
    buffer = io.BytesIO()
    torch.jit.save(written, buffer)
    module = torch.jit.load(io.BytesIO(buffer.getvalue()))
    tensors, runs, unlike = TensorFile(), [], []
    for batch in BATCHES:
        inputs = first if batch == BATCHES[0] else inputs_of(batch, LENGTHS[0])
        try:
            with torch.jit.optimized_execution(False):
                outputs = called(module, inputs)
                if not agree(model, module, inputs):
                    unlike.append(batch)
        except RuntimeError as error:
            if not runs:
                raise
            unlike.append(f"{batch}: {summary(error)}")
            continue
        ordered = inputs_in_order(module, inputs)
        runs.append({"inputs": tensors.add_all(ordered), "outputs": tensors.add_all(outputs)})
    (folder / f"{name}.{kind}.pt").write_bytes(buffer.getvalue())
    (folder / f"{name}.{kind}.bin").write_bytes(tensors.data)
    options = {"options": options_of(module, first, axes)} if kind == "scripted" else {}
    return {"dynamic": ["batch"] if len(runs) > 1 else [], "failures": [], "unlike": unlike, "runs": runs, **options}


def run(library, name, kind, folder):
    path = folder / library / f"{name}.{kind}.json"
    full = {"name": f"{library}/{name}", "form": kind}

    def work():
        started = time.time()
        try:
            entry = survey(kind, *LIBRARIES[library][name], path.parent, name)
        except Exception as error:
            traceback.print_exc()
            entry = {"error": summary(error)}
        record({**entry, **full, "seconds": round(time.time() - started, 1)}, path)

    status = in_child(work)
    if status != 0:
        record({**full, "error": f"the process ended with status {status}"}, path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--again", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for library, models in LIBRARIES.items():
        (options.folder / library).mkdir(parents=True, exist_ok=True)
        kinds = WRITERS if library in SCRIPTED else ["traced"]
        for name, kind in [(name, kind) for name in models for kind in kinds]:
            is_wanted = not options.names or library in options.names or f"{library}/{name}" in options.names
            is_done = (options.folder / library / f"{name}.{kind}.json").exists() and not options.again
            if is_wanted and not is_done:
                run(library, name, kind, options.folder)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    warnings.filterwarnings("ignore")
    main()
