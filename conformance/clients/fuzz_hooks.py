"""Turns half of the cases that Schemathesis makes from the schemas into requests that a served model can run."""

import json
import math
import os
import struct
import urllib.request

import schemathesis
from hypothesis import strategies as st

URL = os.environ["TORCHRELAY_URL"]
MODELS = os.environ["TORCHRELAY_MODELS"].split(",")
FLOATS = [0.0, -0.0, 1e-45, 3e38, math.inf, -math.inf, math.nan]
# By datatype: any element, and its code in Python's struct. Small whole numbers suit every one.
ELEMENTS = {
    "FP32": (lambda random: random.choice([*FLOATS, random.gauss(0, 1)]), "f"),
    "INT64": (lambda random: random.randint(-(2**63), 2**63 - 1), "q"),
}


def metadata(model):
    with urllib.request.urlopen(f"{URL}/v2/models/{model}") as answer:
        return json.load(answer)


METADATA = {model: metadata(model) for model in MODELS}


def in_json(value):
    """Floats that JSON cannot say are strings."""
    return value if math.isfinite(value) else str(value).replace("inf", "Infinity").replace("nan", "NaN")


def tensors(random, model):
    """Each input of a model: its description, its elements, and their code."""
    batch, variable = random.randint(0, 5), random.randint(1, 5)
    is_small = random.random() < 0.7
    result = []
    for spec in METADATA[model]["inputs"]:
        sizes = [(variable if axis else batch) if size < 0 else size for axis, size in enumerate(spec["shape"])]
        element, code = ELEMENTS[spec["datatype"]]
        values = [random.randint(0, 1) if is_small else element(random) for _ in range(math.prod(sizes))]
        result.append(({"name": spec["name"], "datatype": spec["datatype"], "shape": sizes}, values, code))
    return result


def binary_body(inputs, asked):
    described, tail = [], b""
    for head, values, code in inputs:
        data = struct.pack(f"<{len(values)}{code}", *values)
        described.append({**head, "parameters": {"binary_data_size": len(data)}})
        tail += data
    text = json.dumps({**asked, "inputs": described}).encode()
    return text + tail, len(text)


@st.composite
def runnable(draw, cases):
    case = draw(cases)
    if case.meta is None or not case.meta.generation.mode.is_positive or not draw(st.booleans()):
        return case
    random = draw(st.randoms(use_true_random=True))
    model = random.choice(MODELS)
    if "model" in case.path_parameters:
        case.path_parameters["model"] = model
    if "version" in case.path_parameters:
        case.path_parameters["version"] = "1"
    if case.operation.method.upper() != "POST":
        return case
    case.headers.pop("content-encoding", None)
    case.headers.pop("inference-header-content-length", None)
    inputs = tensors(random, model)
    if "predict" in case.path:
        rows = inputs[0][0]["shape"][0]
        columns = {head["name"]: nested(head["shape"], [in_json(value) for value in values]) for head, values, _ in inputs}
        case.body = {"instances": [{name: column[row] for name, column in columns.items()} for row in range(rows)]}
    elif case.media_type == "application/octet-stream":
        asked = {"parameters": {"binary_data_output": random.random() < 0.5}}
        case.body, length = binary_body(inputs, asked)
        case.headers["inference-header-content-length"] = str(length)
    else:
        case.body = {"inputs": [{**head, "data": [in_json(value) for value in values]} for head, values, _ in inputs]}
    return case


def nested(shape, values):
    if not shape:
        return values[0]
    size = len(values) // shape[0] if shape[0] else 0
    return [nested(shape[1:], values[i * size : (i + 1) * size]) for i in range(shape[0])]


@schemathesis.hook
def before_generate_case(context, strategy):
    return runnable(strategy)
