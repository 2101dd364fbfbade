"""Overloads and other names of operators of the operator database, which its samples do not reach."""

import torch

from program_tools import away_from_zero, floats, ints, ops

ORDERS = torch.arange(8, dtype=torch.float32)
REGULAR = floats(4, 4) + 4 * torch.eye(4)
LOGITS = torch.log_softmax(floats(4, 5), 1)
CLASSES = torch.tensor([1, 0, 4, 2])


def scalar_overloads(*names):
    """Polynomials of which the order, or the place, is one number."""
    packets = [getattr(ops, f"special_{name}") for name in names]

    def evaluate(x):
        return [y for packet in packets for y in (packet.n_scalar(x, 4), packet.x_scalar(0.3, ORDERS))]

    return evaluate


CHEBYSHEV = [f"{shift}chebyshev_polynomial_{kind}" for shift in ("", "shifted_") for kind in "tuvw"]

PROGRAMS = {
    "shifts": (
        lambda x, y: (
            ops.__lshift__.Scalar(x, 2),
            ops.__lshift__.Tensor(x, y),
            ops.__rshift__.Scalar(x, 2),
            ops.__rshift__.Tensor(x, y),
            ops.bitwise_left_shift.Tensor_Scalar(x, 3),
            ops.bitwise_left_shift.Scalar_Tensor(5, y),
            ops.bitwise_right_shift.Tensor_Scalar(x, 1),
            ops.bitwise_right_shift.Scalar_Tensor(-9, y),
        ),
        [ints(3, 4), ints(3, 4, low=0, high=6)],
    ),
    "products_of_logarithms": (
        lambda x, y: (
            ops.xlogy.Scalar_Self(2, y),
            ops.xlogy.Scalar_Other(x, 3),
            ops.special_xlogy(x, y),
            ops.special_xlogy.self_scalar(2, y),
            ops.special_xlogy.other_scalar(x, 3),
            ops.special_xlog1py.self_scalar(2, y),
            ops.special_xlog1py.other_scalar(x, 3),
            ops.float_power.Scalar(2, y),
            ops.float_power.Tensor_Scalar(y, 1.5),
            ops.arctan2(x, y),
            ops.conj(x),
        ),
        [floats(3, 4), torch.rand(3, 4) + 0.1],
    ),
    "chebyshev_polynomials": (scalar_overloads(*CHEBYSHEV), [floats(6)]),
    "other_polynomials": (
        scalar_overloads(
            "hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p"
        ),
        [floats(6)],
    ),
    "slopes": (
        lambda x, t: (
            ops.gradient.array(x, dim=[0, 1]),
            ops.gradient.scalararray(x, spacing=2.0, dim=[0, 1]),
            ops.gradient.tensorarrayint(x, spacing=[t], dim=1),
        ),
        [floats(4, 5), torch.tensor([0.0, 1.0, 1.5, 3.0, 5.0])],
    ),
    "small_matrices": (
        lambda x, tol: (
            ops.det(x),
            ops.inverse(x),
            ops.matrix_power(x, 3),
            ops.chain_matmul([x, x, x]),
            ops.linalg_cond.p_str(x, "fro"),
            ops.linalg_matrix_rank(x, 1e-3),
            ops.linalg_matrix_rank.tol_tensor(x, tol),
            ops.linalg_pinv(x, 1e-5),
            ops.linalg_pinv.rcond_tensor(x, tol),
        ),
        [REGULAR, torch.tensor(1e-4)],
    ),
    "membership": (
        lambda x, t: (
            ops.isin.Tensor_Scalar(x, 3),
            ops.isin.Scalar_Tensor(3, t),
            ops.isin.Tensor_Scalar(x, 3, invert=True),
            ops.bucketize.Scalar(3, t),
            ops.bucketize.Scalar(3, t, right=True),
        ),
        [ints(3, 4), torch.tensor([-4, 0, 3, 7])],
    ),
    "likelihoods": (
        lambda x, y, w, p, q: (
            ops.nll_loss(x, y, w),
            ops.nll_loss(x, y, None, 2, 4),
            ops.nll_loss_forward(x, y, w, 1, -100),
            ops.nll_loss2d(p, q, w),
        ),
        [LOGITS, CLASSES, torch.rand(5), torch.log_softmax(floats(2, 5, 3, 2), 1), ints(2, 3, 2, low=0, high=5)],
    ),
    "bags": (
        lambda w, i, o: (ops.embedding_bag(w, i, o, False, 1)[0], ops._embedding_bag(w, i, o, False, 2)[0]),
        [floats(6, 3), torch.tensor([0, 5, 2, 2, 1]), torch.tensor([0, 2, 2])],
    ),
    "triangles": (
        lambda x: (ops.vander(x), ops.vander(x, 3, True), ops.tril_indices(3, 4, 1), ops.triu_indices(4, 3, -1)),
        [floats(4)],
    ),
    "copies": (lambda x: ops.squeeze_copy.dims(x, [0, 2]), [floats(1, 3, 1)]),
    "inference_of_training_layers": (
        lambda x: (ops.feature_alpha_dropout(x, 0.5, False), ops.rrelu(x), ops.rrelu(x, 0.1, 0.5)),
        [away_from_zero(floats(2, 3, 4))],
    ),
    "repeated_positions": (lambda r: torch.repeat_interleave(r), [torch.tensor([2, 0, 3])]),
}
