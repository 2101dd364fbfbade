"""Exports the samples of every entry of PyTorch's operator database, for the sweep that conformance/opinfo.ts runs.

Usage: python opinfo.py FOLDER [--cap N] [--dtypes float32 int64 bool] [--only NAME ...]

One bundle for each entry and dtype; what is there already is not made again. Samples of equal shapes and arguments
share a program. With --cap, at most N programs of an entry, evenly spread.
"""

import argparse
import json
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.utils._pytree import tree_flatten

from case_bundle import DTYPES, CaseBundle, tensor_bytes
from operators import ARBITRARY, Applied, signature

RUNS_PER_PROGRAM = 4
LARGEST_CASE_BYTES = 4 * 1024 * 1024
LONGEST_EXPORT_S = 60
BY_NAME = {name: dtype for dtype, name in DTYPES.items()}


def variant_name(op) -> str:
    return f"{op.name}.{op.variant_test_name}" if op.variant_test_name else op.name


def programs_of(samples: list, cap: int | None) -> list[tuple[int, list]]:
    """Samples by the program that they share, each with the index of its first one."""
    groups: dict[str, list[int]] = {}
    for index, sample in enumerate(samples):
        groups.setdefault(typed_signature(sample), []).append(index)
    chosen = list(groups.values())
    if cap is not None and len(chosen) > cap:
        chosen = [chosen[i * len(chosen) // cap] for i in range(cap)]
    return [(indices[0], [samples[i] for i in indices[:RUNS_PER_PROGRAM]]) for indices in chosen]


def typed_signature(sample) -> str:
    leaves, spec = tree_flatten((sample.input, sample.args, sample.kwargs))
    tensors = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]
    layout = [(t.dtype, t.stride() if t.layout == torch.strided else t.layout) for t in tensors]
    return f"{signature(sample)} {layout} {spec}"


def applied(op, sample) -> Applied:
    return Applied(op.op, *tree_flatten(((sample.input, *sample.args), sample.kwargs))).eval()


def is_portable(tensors) -> bool:
    if not all(isinstance(t, torch.Tensor) and t.layout == torch.strided for t in tensors):
        return False
    known = all(t.dtype in DTYPES for t in tensors)
    return known and sum(len(tensor_bytes(t)) for t in tensors) <= LARGEST_CASE_BYTES


def cases(op, dtype: torch.dtype, cap: int | None, failures: list) -> Iterator[tuple]:
    torch.manual_seed(0)
    for index, samples in programs_of(list(op.sample_inputs("cpu", dtype, requires_grad=False)), cap):
        try:
            signal.alarm(LONGEST_EXPORT_S)
            modules = [applied(op, sample) for sample in samples]
            runs = [(module.tensors, module.outputs()) for module in modules]
            if not runs[0][1] or not all(is_portable([*i, *o]) for i, o in runs):
                failures.append([index, "its tensors are not of a kind that is compared"])
                continue
            with torch.no_grad():
                program = torch.export.export(modules[0], modules[0].tensors, strict=False)
            yield index, program, runs
        except Exception as error:  # a sample that does not export says nothing about us
            failures.append([index, next(iter(str(error).splitlines()), type(error).__name__)])
        finally:
            signal.alarm(0)


def write_entry(op, dtype: torch.dtype, cap: int | None, path: Path) -> None:
    bundle, failures = CaseBundle(), []
    facts = {"arbitrary": True} if op.name in ARBITRARY else {}
    for index, program, runs in cases(op, dtype, cap, failures):
        try:
            bundle.add(f"{path.stem}.{index}", program, runs, **facts)
        except Exception as error:
            failures.append([index, f"save: {next(iter(str(error).splitlines()), type(error).__name__)}"])
    path.with_suffix(".failures.json").write_text(json.dumps(failures))
    bundle.write(path)


def interrupted(*_) -> None:
    raise TimeoutError("it takes too long to export")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cap", type=int)
    parser.add_argument("--dtypes", nargs="+", default=["float32", "int64", "bool"])
    parser.add_argument("--only", nargs="*")
    options = parser.parse_args()
    signal.signal(signal.SIGALRM, interrupted)
    for dtype in options.dtypes:
        for op in op_db:
            path = options.folder / f"{variant_name(op)}.{dtype}.zip"
            wanted = not options.only or variant_name(op) in options.only
            if wanted and op.supports_dtype(BY_NAME[dtype], "cpu") and not path.exists():
                write_entry(op, BY_NAME[dtype], options.cap, path)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    main()
