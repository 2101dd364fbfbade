"""Cases for TorchScript: archives that torch.jit.save wrote, with inputs and what PyTorch computed from the saved file.

    python conformance/generate/torchscript.py [BUNDLE...]

Bundles are operators (samples of PyTorch's OpInfo, traced), families (the models of families.py, traced and scripted) and
programs (what the printed language has). torchscript_old.py writes those of older versions.
"""

import io
import operator
import sys
import warnings
from collections.abc import Iterator, Sequence

import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.utils._pytree import tree_flatten

from case_bundle import DTYPES
from families import MODELS, settle
from operators import ARBITRARY, Applied, chosen, is_usable
from script_bundle import FOLDER, ScriptBundle, archive_bytes
from torchscript_forks import FORKS
from torchscript_programs import PROGRAMS, Case
from torchscript_state import STATEFUL

SAMPLES = {torch.float32: 2, torch.int64: 1, torch.bool: 1}
# What these give for a row more, which is not sorted, is not defined.
SORTED = ("searchsorted", "bucketize")
LARGEST_ARCHIVE_BYTES = 64 * 1024


def tensors_of(values) -> list:
    return [leaf for leaf in tree_flatten(values)[0] if isinstance(leaf, torch.Tensor)]


def computed(data: bytes, arguments: Sequence, method: str = "forward") -> list:
    """What the saved program gives, run as it is: PyTorch's optimizer may round differently."""
    module = torch.jit.load(io.BytesIO(data))
    run = module if method == "forward" else getattr(module, method)
    with torch.no_grad(), torch.jit.optimized_execution(False):
        return tensors_of(run(*tree_clone(arguments)))


def tree_clone(values):
    return torch.utils._pytree.tree_map(lambda v: v.clone() if isinstance(v, torch.Tensor) else v, values)


def held(module: torch.jit.ScriptModule, names: Sequence[str]) -> list:
    """What attributes hold, numbers as tensors."""
    leaves = tree_flatten([operator.attrgetter(name)(module) for name in names])[0]
    dtype = {float: torch.float64}
    return [x.clone() if isinstance(x, torch.Tensor) else torch.tensor(x, dtype=dtype.get(type(x))) for x in leaves]


def stepped(data: bytes, case: Case) -> list:
    """The runs one after the other, with the state before and after each. The first call only sets the state up."""
    module = torch.jit.load(io.BytesIO(data))
    runs = []
    with torch.no_grad(), torch.jit.optimized_execution(False):
        module(*tree_clone(case.runs[0]))
        for given in case.runs:
            before = held(module, case.state)
            result = tree_clone(tensors_of(module(*tree_clone(given))))
            runs.append((tensors_of(given) + before, result + held(module, case.state)))
    return runs


def with_other_rows(tensors: Sequence[torch.Tensor]) -> list:
    """The same with one row more wherever the first axis is as long as that of the first tensor."""
    rows = tensors[0].shape[0] if tensors and tensors[0].dim() else 0
    grows = [t.dim() > 0 and t.shape[0] == rows > 0 for t in tensors]
    return [torch.cat([t, t[:1]]) if grow else t for t, grow in zip(tensors, grows)]


def runs_of(data: bytes, batches: Sequence[Sequence]) -> list:
    """The first has to run; others only where the program that was traced does so."""
    runs = [(tensors_of(batches[0]), computed(data, batches[0]))]
    for batch in batches[1:]:
        try:
            runs.append((tensors_of(batch), computed(data, batch)))
        except RuntimeError:
            continue
    return [(inputs, outputs) for inputs, outputs in runs if is_usable([*inputs, *outputs])]


def is_repeatable(data: bytes, runs: Sequence[tuple]) -> bool:
    again = computed(data, runs[0][0])
    return all(torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(again, runs[0][1]))


def traced_samples(op, dtype: torch.dtype) -> Iterator[tuple]:
    torch.manual_seed(0)
    samples = list(op.sample_inputs("cpu", dtype, requires_grad=False))
    for index, sample in chosen(samples, SAMPLES[dtype]) if samples else []:
        module = Applied(op.op, *tree_flatten(((sample.input, *sample.args), sample.kwargs))).eval()
        if not module.tensors or not is_usable(module.tensors):
            continue
        with torch.no_grad():
            traced = torch.jit.trace(module, tree_clone(module.tensors), check_trace=False, strict=False)
        batches = [module.tensors] if op.name in SORTED else [module.tensors, with_other_rows(module.tensors)]
        yield index, archive_bytes(traced), batches


def add_operator(op, dtype: torch.dtype, bundle: ScriptBundle) -> None:
    variant = f"{op.name}.{op.variant_test_name}" if op.variant_test_name else op.name
    for index, data, batches in traced_samples(op, dtype):
        runs = runs_of(data, batches)
        if runs and runs[0][1] and len(data) <= LARGEST_ARCHIVE_BYTES and is_repeatable(data, runs):
            bundle.add_archive(f"{variant}.{DTYPES[dtype]}.{index}", data, runs)


def write_operators() -> None:
    bundle = ScriptBundle()
    for op in op_db:
        for dtype in SAMPLES:
            if op.name in ARBITRARY or not op.supports_dtype(dtype, "cpu"):
                continue
            try:
                add_operator(op, dtype, bundle)
            except Exception as error:  # a sample that cannot be traced says nothing about us
                print(f"skipped {op.name} {dtype}: {next(iter(str(error).splitlines()), type(error).__name__)}")
    bundle.write(FOLDER / "operators.zip")


def axis_name(dim, size: int):
    return size if dim is None else dim.__name__.replace("*", "x")


def write_families() -> None:
    bundle = ScriptBundle()
    for name, (make, inputs_of, dynamic) in MODELS.items():
        torch.manual_seed(0)
        model = settle(make())
        batches = [inputs_of(batch) for batch in (2, 3, 1)]
        with torch.no_grad():
            traced = archive_bytes(torch.jit.trace(model, batches[0], check_trace=False, strict=False))
        bundle.add_archive(f"{name}.traced", traced, runs_of(traced, batches))
        try:
            scripted = torch.jit.script(model)
            for kind, module in (("scripted", scripted), ("frozen", torch.jit.freeze(scripted))):
                data = archive_bytes(module)
                options = specs_of(data, batches[0], dynamic)
                bundle.add_archive(f"{name}.{kind}", data, runs_of(data, batches), options=options)
        except RuntimeError as error:
            print(f"not scripted {name}: {str(error).strip().splitlines()[0]}")
    bundle.write(FOLDER / "families.zip")


def options_of(inputs: Sequence, arguments: dict, method: str = "forward") -> dict:
    """What the file does not tell; sizes that are left open are names."""
    specs = [{"name": name, "dtype": dtype, "shape": shape} for name, dtype, shape in inputs]
    chosen = {"arguments": arguments} if arguments else {}
    return {"inputs": specs, **chosen, **({"method": method} if method != "forward" else {})}


def specs_of(data: bytes, inputs: Sequence, dynamic: Sequence) -> dict:
    schema = torch.jit.load(io.BytesIO(data)).forward.schema
    names = [argument.name for argument in schema.arguments[1:]]
    shapes = [[axis_name(axes.get(i), size) for i, size in enumerate(x.shape)] for x, axes in zip(inputs, dynamic)]
    return options_of([(name, DTYPES[x.dtype], shape) for name, x, shape in zip(names, inputs, shapes)], {})


def add_program(name: str, case: Case, bundle: ScriptBundle) -> None:
    torch.manual_seed(0)
    module = settle(case.module())
    data = archive_bytes(torch.jit.script(module))
    if name in STATEFUL:
        runs = stepped(data, case)
    else:
        runs = [(tensors_of(given), computed(data, given, case.method)) for given in case.runs]
    bundle.add_archive(name, data, runs, options=options_of(case.inputs, case.arguments, case.method))


def write_programs() -> None:
    bundle = ScriptBundle()
    for name, make in {**PROGRAMS, **STATEFUL, **FORKS}.items():
        torch.manual_seed(1)
        add_program(name, make(), bundle)
    bundle.write(FOLDER / "programs.zip")


WRITERS = {"operators": write_operators, "families": write_families, "programs": write_programs}


def main() -> None:
    torch.set_num_threads(1)
    for name in sys.argv[1:] or WRITERS:
        WRITERS[name]()


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    main()
