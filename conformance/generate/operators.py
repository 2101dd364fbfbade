"""Cases for single operators, from PyTorch's own OpInfo samples.

Usage: python operators.py TARGETS, where TARGETS is a file with the supported operators, one a line. An OpInfo takes part
when the graphs that its samples export to use supported operators only. Index 0 of its samples always does; further
ones are picked to differ in shapes and arguments.
"""

import sys
import warnings
from pathlib import Path

import torch
from case_bundle import DATA, DTYPES, CaseBundle, tensor_bytes
from torch.testing._internal.common_methods_invocations import op_db
from torch.utils._pytree import tree_flatten, tree_unflatten

SAMPLES = {torch.float32: 5, torch.int64: 3, torch.bool: 2, torch.float16: 2}
LARGEST_CASE_BYTES = 32 * 1024
# Results of these are whatever is in memory, or random.
ARBITRARY = ("empty", "empty_like", "new_empty", "empty_permuted", "empty_strided", "new_empty_strided")
ASSERTIONS = ("aten._assert", "aten.sym_constrain")


class Applied(torch.nn.Module):
    """An operator as a module of its tensors; everything else is fixed."""

    def __init__(self, op, leaves, spec):
        super().__init__()
        self.op, self.leaves, self.spec = op, leaves, spec

    def forward(self, *tensors):
        given = iter(tensors)
        leaves = [next(given) if isinstance(leaf, torch.Tensor) else leaf for leaf in self.leaves]
        args, kwargs = tree_unflatten(leaves, self.spec)
        result = self.op(*args, **kwargs)
        return tuple(result) if isinstance(result, tuple) else result


def signature(sample) -> str:
    leaves, _ = tree_flatten((sample.input, sample.args, sample.kwargs))
    return str([tuple(leaf.shape) if isinstance(leaf, torch.Tensor) else leaf for leaf in leaves])


def chosen(samples: list, count: int) -> list[tuple[int, object]]:
    """Index 0 and others, evenly spread over those that differ in shapes or arguments."""
    distinct = {signature(sample): (i, sample) for i, sample in reversed(list(enumerate(samples)))}
    others = sorted((i, sample) for i, sample in distinct.values() if i != 0) if samples else []
    step = max(1, len(others) // max(1, count - 1))
    return [(0, samples[0]), *others[step - 1 :: step][: count - 1]] if samples else []


def export(module, inputs):
    with torch.no_grad():
        return torch.export.export(module, inputs, strict=False)


def singles(value):
    """The same in float32 where it is float16."""
    if isinstance(value, torch.Tensor):
        return value.float() if value.dtype == torch.float16 else value
    return torch.float32 if value is torch.float16 else value


def rounding_error(op, leaves, spec, outputs) -> float:
    """How far PyTorch's float16 results are from its own float32 results: what it loses between partial results."""
    wide = [singles(leaf) for leaf in leaves]
    exact = outputs_of(Applied(op, wide, spec), [leaf for leaf in wide if isinstance(leaf, torch.Tensor)])
    errors = [(a.float() - b).abs() for a, b in zip(outputs, exact) if a.dtype == torch.float16 and b.numel()]
    finite = [float(error[error.isfinite()].max()) for error in errors if error.isfinite().any()]
    return max(finite, default=0.0)


def is_usable(tensors) -> bool:
    return all(isinstance(t, torch.Tensor) and t.dtype in DTYPES and t.layout == torch.strided for t in tensors)


def outputs_of(module, inputs) -> list:
    with torch.no_grad():
        leaves, _ = tree_flatten(module(*(t.clone() for t in inputs)))
    return [leaf for leaf in leaves if leaf is not None]


def add_case(bundle: CaseBundle, name: str, op, sample, supported: set, decomposed: CaseBundle | None) -> bool:
    leaves, spec = tree_flatten(((sample.input, *sample.args), sample.kwargs))
    inputs = tuple(leaf.detach() for leaf in leaves if isinstance(leaf, torch.Tensor))
    module = Applied(op.op, leaves, spec).eval()
    outputs = outputs_of(module, inputs)
    if not outputs or not is_usable([*inputs, *outputs]):
        return False
    if sum(len(tensor_bytes(t)) for t in [*inputs, *outputs]) > LARGEST_CASE_BYTES:
        return False
    program = export(module, inputs)
    if not uses_only(program, supported):
        return False
    facts = {}
    if any(output.dtype == torch.float16 for output in outputs):
        facts["rounding"] = rounding_error(op.op, leaves, spec, outputs)
    bundle.add(name, program, [(inputs, outputs)], **facts)
    if decomposed is not None:
        core = program.run_decompositions()
        if uses_only(core, supported):
            decomposed.add(name, core, [(inputs, outputs)])
    return True


def uses_only(program, supported: set) -> bool:
    calls = [node.target for node in program.graph.nodes if node.op == "call_function"]
    named = [str(target) for target in calls if isinstance(target, torch._ops.OpOverload)]
    return all(name in supported or name.startswith(ASSERTIONS) for name in named)


def main(targets: Path) -> None:
    supported = set(targets.read_text().split())
    bundles = {dtype: CaseBundle() for dtype in SAMPLES}
    core = CaseBundle()
    for op in op_db:
        for dtype, count in SAMPLES.items():
            if op.name in ARBITRARY or not op.supports_dtype(dtype, "cpu"):
                continue
            torch.manual_seed(0)
            variant = f"{op.name}.{op.variant_test_name}" if op.variant_test_name else op.name
            try:
                samples = list(op.sample_inputs("cpu", dtype, requires_grad=False))
                for i, sample in chosen(samples, count):
                    decomposed = core if i == 0 and dtype == torch.float32 else None
                    add_case(bundles[dtype], f"{variant}.{DTYPES[dtype]}.{i}", op, sample, supported, decomposed)
            except Exception as error:  # an OpInfo that does not export says nothing about us
                print(f"skipped {variant} {dtype}: {str(error).splitlines()[0] if str(error) else type(error).__name__}")
    for dtype, bundle in bundles.items():
        bundle.write(DATA / "operators" / f"{DTYPES[dtype]}.zip")
    core.write(DATA / "operators" / "decomposed.zip")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    main(Path(sys.argv[1]))
