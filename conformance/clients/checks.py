"""What the client scripts share: named checks that are all run, and a summary of them."""

import traceback

import numpy as np


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = []

    def run(self, name, check):
        """Runs a check, which fails by raising; the others go on."""
        try:
            check()
            self.passed += 1
        except Exception:  # noqa: BLE001
            self.failed.append(name)
            print(f"FAILED: {name}")
            traceback.print_exc()

    def summary(self, what):
        """Prints one line. Returns the exit code."""
        count = self.passed + len(self.failed)
        print(f"{what}: {self.passed} of {count} checks passed" + "".join(f"\n  failed: {name}" for name in self.failed))
        return 1 if self.failed else 0


def equal(given, expected):
    assert given == expected, f"{given!r} is not {expected!r}"


def same_numbers(given, expected):
    """The same to the bit: batches of the same rows are computed the same way."""
    equal(given.shape, expected.shape)
    np.testing.assert_allclose(given, expected, rtol=1e-5, atol=1e-5)


def refused(error_class, call, *words):
    """The call is answered with an error that says so in words, and not with a fault of the server."""
    try:
        call()
    except error_class as error:
        text = str(error)
        for word in words:
            assert word in text, f"{text!r} does not say {word!r}"
        return
    raise AssertionError("it was not refused")


def example(metadata, rows=3, seed=0):
    """Inputs for a model of float32 inputs whose first axis is of rows."""
    random = np.random.default_rng(seed)
    inputs = {}
    for tensor in metadata["inputs"]:
        equal(tensor["datatype"], "FP32")
        shape = [rows, *(1 if int(size) < 0 else int(size) for size in tensor["shape"][1:])]
        inputs[tensor["name"]] = random.random(shape, dtype=np.float32)
    return inputs


def best_classes(row, count):
    """Indices of the greatest values, the lower index first where they are equal."""
    return sorted(range(len(row)), key=lambda index: (-row[index], index))[:count]
