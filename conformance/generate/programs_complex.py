"""Cases of complex numbers: samples of PyTorch's operator database, rotary positions, spectra. Writes data/operators/complex.zip.

Usage: python programs_complex.py
"""

import warnings

import torch
from torch import nn
from torch.export import Dim, export
from torch.nn import functional as F
from torch.testing._internal.common_methods_invocations import op_db
from torch.utils._pytree import tree_flatten

from case_bundle import DATA, CaseBundle, tensor_bytes
from operators import Applied, chosen, is_supported
from program_tools import BATCH, LENGTH, floats, ops
from programs import add

SAMPLES = 3
COMPLEX = frozenset((DATA / "complex-targets.txt").read_text().split())
LARGEST_CASE_BYTES = 16 * 1024
# Of numbers that are all real or of functions that cut the plane elsewhere, or that fill memory with what is there.
LEFT_OUT = ("empty", "empty_like", "new_empty", "empty_strided", "new_empty_strided", "empty_permuted")


def complexes(*shape, dtype=torch.complex64):
    return torch.randn(*shape, dtype=torch.complex128).to(dtype)


SPECIAL = torch.tensor([0.0, -0.0, 1.0, -2.5, float("inf"), float("-inf"), float("nan")])
PLANE = torch.complex(SPECIAL.repeat(7), SPECIAL.repeat_interleave(7))


class Rotary(nn.Module):
    """Attention whose positions turn queries and keys, as LLaMA's first code wrote it: the turns are complex numbers."""

    def __init__(self, dim=16, heads=2, longest=32):
        super().__init__()
        self.heads, self.size = heads, dim // heads
        self.q, self.k, self.v = (nn.Linear(dim, dim, bias=False) for _ in range(3))
        speeds = 1.0 / (10000.0 ** (torch.arange(0, self.size, 2).float() / self.size))
        angles = torch.outer(torch.arange(longest), speeds)
        self.turns = torch.polar(torch.ones_like(angles), angles)

    def turned(self, x, turns):
        pairs = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
        return torch.view_as_real(pairs * turns[None, :, None]).flatten(3).type_as(x)

    def forward(self, x):
        batch, length, dim = x.shape
        q, k, v = (layer(x).view(batch, length, self.heads, self.size) for layer in (self.q, self.k, self.v))
        turns = self.turns[:length]
        q, k, v = (part.transpose(1, 2) for part in (self.turned(q, turns), self.turned(k, turns), v))
        y = F.scaled_dot_product_attention(q, k, v)
        return y.transpose(1, 2).reshape(batch, length, dim)


class RotaryBuffer(Rotary):
    """The same with the turns in a buffer, and made in the graph."""

    def __init__(self):
        super().__init__()
        turns = self.turns
        del self.turns
        self.register_buffer("turns", turns, persistent=False)


class RotaryInside(Rotary):
    def forward(self, x):
        angles = torch.outer(torch.arange(x.shape[1], dtype=torch.float32), self.turns[1].angle())
        turns = torch.polar(torch.ones_like(angles), angles)
        return self.turned(x.view(*x.shape[:2], self.heads, self.size), turns)


class Spectrogram(nn.Module):
    """Log magnitudes of bands of frequencies, of signals of any length."""

    def __init__(self, size=32, step=8, bands=5, **settings):
        super().__init__()
        self.size, self.step, self.settings = size, step, settings
        self.register_buffer("window", torch.hann_window(settings.get("win_length", size)))
        self.register_buffer("bands", torch.rand(bands, size // 2 + 1))

    def forward(self, x):
        spectrum = torch.stft(x, self.size, self.step, window=self.window, return_complex=True, **self.settings)
        power = spectrum.real**2 + spectrum.imag**2
        return torch.log(self.bands @ power + 1e-6), spectrum.abs(), torch.view_as_real(spectrum)


class Mixing(nn.Module):
    """FNet: a transform over words and features in the place of attention."""

    def __init__(self, dim=12):
        super().__init__()
        self.norm, self.fc = nn.LayerNorm(dim), nn.Linear(dim, dim)

    def forward(self, x):
        x = self.norm(x + torch.fft.fft(torch.fft.fft(x, dim=-1), dim=-2).real)
        return self.fc(x), torch.fft.fftn(x, dim=(1, 2)).abs()


class Operator(nn.Module):
    """A layer of a Fourier neural operator: low frequencies times complex weights."""

    def __init__(self, channels=3, modes=3):
        super().__init__()
        self.modes = modes
        self.low = nn.Parameter(complexes(channels, channels, modes, modes) / 4)
        self.high = nn.Parameter(complexes(channels, channels, modes, modes) / 4)

    def forward(self, x):
        spectrum, m = torch.fft.rfft2(x), self.modes
        batch, channels, height, width = x.shape
        out = torch.zeros(batch, channels, height, width // 2 + 1, dtype=torch.cfloat)
        out[:, :, :m, :m] = torch.einsum("bixy,ioxy->boxy", spectrum[:, :, :m, :m], self.low)
        out[:, :, -m:, :m] = torch.einsum("bixy,ioxy->boxy", spectrum[:, :, -m:, :m], self.high)
        return F.gelu(torch.fft.irfft2(out, s=(height, width)) + x)


class Filter(nn.Module):
    """A gate in the frequency domain, with weights as pairs: GFNet."""

    def __init__(self, dim=4, size=6):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(size, size // 2 + 1, dim, 2) * 0.2)

    def forward(self, x):
        spectrum = torch.fft.rfft2(x, dim=(1, 2), norm="ortho") * torch.view_as_complex(self.weight)
        return torch.fft.irfft2(spectrum, s=x.shape[1:3], dim=(1, 2), norm="ortho")


class Vocoder(nn.Module):
    """Changes a signal in its short-time spectrum, and makes a signal of that again."""

    def __init__(self, size=16, step=4, **settings):
        super().__init__()
        self.size, self.step, self.settings = size, step, settings
        self.register_buffer("window", torch.hann_window(size))
        self.gate = nn.Linear(size // 2 + 1, size // 2 + 1)

    def forward(self, x):
        settings = {"window": self.window, **self.settings}
        spectrum = torch.stft(x, self.size, self.step, return_complex=True, **settings)
        mask = torch.sigmoid(self.gate(spectrum.abs().transpose(1, 2))).transpose(1, 2)
        return torch.istft(spectrum * mask, self.size, self.step, **settings)


def inverses(**settings):
    return lambda z: torch.istft(z, 16, 6, window=torch.hamming_window(16), **settings)


def windows(dtype):
    def made(x):
        lengths = (1, 2, 9, 16)
        return [
            x[0] * make(length, periodic, dtype=dtype)
            for make in (torch.hann_window, torch.hamming_window, torch.blackman_window, torch.kaiser_window)
            for periodic in (True, False)
            for length in lengths
        ] + [torch.hamming_window(7, True, 0.6, 0.3), torch.kaiser_window(8, False, 5.0), torch.hann_window(6), torch.hamming_window(5, True, 0.6), torch.kaiser_window(8), torch.blackman_window(5)]

    return made


def writes(x):
    z = torch.view_as_complex(x.clone())
    z[:, 1] *= 2
    torch.view_as_real(z)[..., 0].add_(1)
    return z, z.real, torch.cat([z, z.conj()], 1).sum(1)


def arithmetic(z, w):
    return (z + w, z - w, z * w, z / w, 2 - z, z * 3, z / 4, 5 / z, -z, z.conj() * w, z.abs(), z.angle(), z.exp(),
            z.log(), z.sgn(), z.reciprocal(), z**2, z.mean(), z.sum(0), z.matmul(w.mT), z + w.real, w.imag * z)


def spectra(x):
    z = torch.fft.fft(x)
    return (z, torch.fft.ifft(z), torch.fft.rfft(x, norm="ortho"), torch.fft.irfft(torch.fft.rfft(x), x.shape[-1]),
            torch.fft.fft2(x), torch.fft.fftshift(z), torch.fft.ihfft(x), torch.fft.hfft(z, 9, norm="forward"))


FIXED = {
    "arithmetic": (arithmetic, (complexes(3, 4), complexes(3, 4))),
    "arithmetic.complex128": (arithmetic, (complexes(3, 4, dtype=torch.complex128), complexes(3, 4, dtype=torch.complex128))),
    "arithmetic.mixed": (lambda z, x, n: (z * x, z + n, x - z, x / z, z * n, z == x, z != n), (complexes(3, 4), floats(4), torch.tensor(3))),
    "numbers": (lambda z, x: (z * 1j, x * 2j, torch.exp(1j * x), z + (2 - 1j), (1 - 1j) / z, torch.full((2,), 1 + 2j), z.masked_fill(x > 0, 1j), x.double() * 1j), (complexes(3, 4), floats(3, 4))),
    "tests": (lambda z: (z.isnan(), z.isinf(), z.isfinite(), z.abs(), z.conj(), z == z, z.real, z.imag), (PLANE,)),
    "creation": (lambda z: (torch.zeros_like(z), torch.ones(2, dtype=torch.cfloat), torch.full_like(z, 2.5), z.to(torch.cdouble), z.masked_fill(z.real > 0, 3.0), torch.where(z.imag > 0, z, z.real)), (complexes(3, 4),)),
    "spectra": (spectra, (floats(3, 10),)),
    "spectra.more": (lambda x: (torch.fft.rfftn(x, dim=(0, 2)), torch.fft.ihfft2(x), torch.fft.ihfftn(x, norm="ortho"), torch.complex(x[0], x[1, :1])), (floats(2, 3, 6),)),
    "spectra.core": (lambda x: (ops._fft_r2c(x, [0, 1], 1, True), ops._fft_r2c(x, [1], 2, False), ops._fft_c2c(ops._fft_r2c(x, [1], 0, False), [0], 2, False), ops._fft_c2r(ops._fft_r2c(x, [1], 0, True), [1], 2, 7)), (floats(4, 7),)),
    "spectra.odd": (spectra, (floats(2, 7),)),
    "spectra.float64": (spectra, (floats(2, 9, dtype=torch.float64),)),
    "spectra.long": (lambda x: torch.fft.rfft(x).abs(), (floats(1, 3000),)),
    "filter": (Filter(), (floats(2, 6, 6, 4),)),
    "operator": (Operator(), (floats(2, 3, 8, 8),)),
    "istft": (inverses(), (complexes(2, 9, 7),)),
    "istft.length": (inverses(length=45, normalized=True), (complexes(9, 7),)),
    "istft.both": (inverses(onesided=False, center=True, length=30), (complexes(1, 16, 7),)),
    "windows": (windows(torch.float32), (floats(1),)),
    "windows.float64": (windows(torch.float64), (floats(1, dtype=torch.float64),)),
    "float64": (lambda x: [f(x) for f in (torch.asin, torch.acos, torch.atan, torch.asinh, torch.acosh, torch.atanh, torch.sinh, torch.cosh, torch.tan, torch.erf, F.gelu, F.elu, F.selu, F.softplus, F.mish, F.hardswish, F.hardsigmoid, F.leaky_relu)], (torch.cat([torch.linspace(-3, 3, 61), torch.tensor([1e-9, -1e-5, 1.0, -1.0, 50.0, -700.0, 1e9, float("inf"), -float("inf"), float("nan")])]).double(),)),
    "writes": (writes, (floats(3, 4, 2),)),
    "stft.pairs": (lambda x: torch.view_as_real(torch.stft(x, 16, 4, window=torch.hann_window(16), return_complex=True, onesided=False, normalized=True)), (floats(2, 60),)),
}
SAMPLES_ = Dim("samples", min=40, max=4000)
SYMBOLIC = {
    "rotary": (Rotary(), [(floats(b, n, 16),) for b, n in ((2, 5), (3, 9), (1, 3))], ({0: BATCH, 1: Dim("words", min=2, max=32)},)),
    "rotary.buffer": (RotaryBuffer(), [(floats(b, n, 16),) for b, n in ((2, 5), (1, 8))], ({0: BATCH, 1: Dim("words", min=2, max=32)},)),
    "rotary.inside": (RotaryInside(), [(floats(b, n, 16),) for b, n in ((2, 5), (1, 8))], ({0: BATCH, 1: Dim("words", min=2, max=32)},)),
    "spectrogram": (Spectrogram(), [(floats(b, 8 * n),) for b, n in ((2, 12), (1, 20))], ({0: BATCH, 1: SAMPLES_},)),
    "spectrogram.short": (Spectrogram(win_length=20, center=False), [(floats(b, n),) for b, n in ((2, 70), (1, 91))], ({0: BATCH, 1: SAMPLES_},)),
    "vocoder": (Vocoder(), [(floats(b, n),) for b, n in ((2, 60), (1, 92))], ({0: BATCH, 1: 4 * Dim("steps", min=10, max=1000)},)),
    "mixing": (Mixing(), [(floats(b, n, 12),) for b, n in ((2, 5), (3, 8))], ({0: BATCH, 1: LENGTH},)),
    "ends": (lambda z: (z * 2, z.abs()), [(complexes(b, 3),) for b in (2, 4)], ({0: BATCH},)),
}


def is_complex(node) -> bool:
    values = [n.meta.get("val") for n in [node, *node.all_input_nodes]]
    return any(isinstance(v, torch.Tensor) and v.is_complex() for value in values for v in (value if isinstance(value, (list, tuple)) else [value]))


def computes(program) -> bool:
    """Whether all that touches complex numbers is known to run on them."""
    calls = [node for node in program.graph.nodes if node.op == "call_function" and is_complex(node)]
    names = [str(node.target) for node in calls if isinstance(node.target, torch._ops.OpOverload)]
    return all(name.replace("_.", ".") in COMPLEX for name in names)


def database(bundle: CaseBundle) -> None:
    for op in op_db:
        if not op.supports_dtype(torch.complex64, "cpu") or op.name in LEFT_OUT:
            continue
        try:
            torch.manual_seed(0)
            for index, sample in chosen(list(op.sample_inputs("cpu", torch.complex64, requires_grad=False)), SAMPLES):
                module = Applied(op.op, *tree_flatten(((sample.input, *sample.args), sample.kwargs))).eval()
                outputs = module.outputs()
                tensors = [*module.tensors, *outputs]
                if not outputs or not all(isinstance(t, torch.Tensor) and t.layout == torch.strided for t in tensors):
                    continue
                if sum(len(tensor_bytes(t)) for t in tensors) > LARGEST_CASE_BYTES:
                    continue
                with torch.no_grad():
                    program = export(module, module.tensors, strict=False)
                if is_supported(program) and computes(program):
                    variant = f"{op.name}.{op.variant_test_name}" if op.variant_test_name else op.name
                    bundle.add(f"{variant}.complex64.{index}", program, [(module.tensors, outputs)])
        except Exception as error:  # a sample that does not export says nothing about us
            print(f"skipped {op.name}: {next(iter(str(error).splitlines()), type(error).__name__)[:100]}")


def main() -> None:
    bundle = CaseBundle()
    for name, (function, tensors) in FIXED.items():
        add(bundle, f"fixed.{name}", function, [tensors])
    for name, (function, samples, dynamic) in SYMBOLIC.items():
        add(bundle, f"symbolic.{name}", function, samples, dynamic)
    database(bundle)
    bundle.write(DATA / "operators" / "complex.zip")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    main()
