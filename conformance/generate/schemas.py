"""Writes src/graph/aten-schemas.ts: PyTorch's own text of every operator schema that torchrelay knows.

    python conformance/generate/schemas.py

Covered: the operators named below and all Core ATen operators, each with its in-place variants; without `out=`,
further backward, named-dimension and TorchScript-only overloads.
"""

import re
from pathlib import Path

import torch

TARGET = Path(__file__).parents[2] / "src" / "graph" / "aten-schemas.ts"

NAMES = """
# views and shape
alias detach lift_fresh lift_fresh_copy contiguous clone to _to_copy type_as positive resolve_conj resolve_neg copy
view view_as _unsafe_view _reshape_alias reshape reshape_as flatten unflatten ravel squeeze unsqueeze expand expand_as
broadcast_to broadcast_tensors transpose permute t mT mH adjoint numpy_T swapaxes swapdims movedim moveaxis
select slice narrow split split_with_sizes unsafe_split unsafe_split_with_sizes chunk unsafe_chunk tensor_split unbind
hsplit vsplit dsplit as_strided diagonal linalg_diagonal unfold real imag view_as_real view_as_complex
atleast_1d atleast_2d atleast_3d
cat concat concatenate stack hstack vstack dstack column_stack meshgrid cartesian_prod repeat tile repeat_interleave
roll flip fliplr flipud rot90 tril triu tril_indices triu_indices diag diag_embed diagonal_scatter diff
select_scatter slice_scatter pixel_shuffle pixel_unshuffle channel_shuffle im2col col2im block_diag trace
sym_size sym_numel sym_stride sym_storage_offset size stride numel dim item _local_scalar_dense is_nonzero
# creation
zeros ones full empty empty_strided zeros_like ones_like full_like empty_like new_zeros new_ones new_full new_empty
new_empty_strided arange linspace logspace eye scalar_tensor one_hot rand randn rand_like randn_like randint randint_like
randperm bernoulli multinomial normal uniform exponential vander
hann_window hamming_window kaiser_window blackman_window
# pointwise
add sub subtract rsub mul multiply div divide true_divide floor_divide remainder fmod pow float_power neg negative abs
absolute sign sgn floor ceil round trunc fix frac reciprocal sqrt rsqrt square exp exp2 expm1 log log2 log10 log1p
sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh arcsin arccos arctan arcsinh arccosh arctanh atan2 arctan2
sinc erf erfc erfinv sigmoid logit special_expit special_logit special_expm1 special_log1p special_xlogy special_erf
special_erfc special_erfinv special_sinc special_round special_exp2 special_softmax special_log_softmax
special_logsumexp special_ndtr special_entr special_xlog1py xlogy hypot logaddexp logaddexp2 lgamma digamma
relu relu6 hardtanh clamp clamp_min clamp_max clip leaky_relu elu selu celu prelu _prelu_kernel rrelu softplus
hardsigmoid hardswish mish silu glu gelu hardshrink softshrink threshold log_sigmoid log_sigmoid_forward
softsign nan_to_num heaviside copysign deg2rad rad2deg lerp addcmul addcdiv signbit ldexp angle conj conj_physical _conj
complex polar
eq ne lt le gt ge equal not_equal less less_equal greater greater_equal isnan isinf isfinite isposinf isneginf isclose
allclose isin logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor bitwise_not
bitwise_left_shift bitwise_right_shift __and__ __or__ __xor__ __lshift__ __rshift__
__iand__ __ior__ __ixor__ __ilshift__ __irshift__
where masked_fill masked_select masked_scatter maximum minimum fmax fmin max min fill zero fill_diagonal
dropout alpha_dropout feature_dropout feature_alpha_dropout native_dropout
# reductions, sorting, scans
sum nansum prod mean nanmean amax amin aminmax any all argmax argmin var std var_mean std_mean logsumexp norm
linalg_vector_norm linalg_norm linalg_matrix_norm frobenius_norm count_nonzero cumsum cumprod cummax cummin
logcumsumexp softmax _softmax log_softmax _log_softmax topk sort argsort msort kthvalue median nanmedian mode
quantile nanquantile unique_dim unique_consecutive _unique2 bincount histc searchsorted bucketize dist
renorm cov corrcoef
# linear algebra
mm bmm matmul mv dot vdot inner outer ger linear addmm addmv addr addbmm baddbmm einsum tensordot kron cross
linalg_cross linalg_matmul linalg_multi_dot chain_matmul bilinear cdist _cdist_forward pairwise_distance pdist
_pdist_forward cosine_similarity linalg_inv inverse linalg_det det linalg_solve linalg_matrix_power matrix_power
_addmm_activation
# neural networks
conv1d conv2d conv3d convolution _convolution _convolution_mode conv_transpose1d conv_transpose2d conv_transpose3d conv_tbc
batch_norm native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training
_native_batch_norm_legit_functional _batch_norm_no_update _batch_norm_with_update
instance_norm layer_norm native_layer_norm group_norm native_group_norm rms_norm _fused_rms_norm _weight_norm
_weight_norm_interface embedding embedding_bag _embedding_bag _embedding_bag_forward_only
scaled_dot_product_attention _scaled_dot_product_flash_attention_for_cpu _scaled_dot_product_attention_math
_native_multi_head_attention _transformer_encoder_layer_fwd
lstm gru rnn_tanh rnn_relu lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell _pack_padded_sequence _pad_packed_sequence
max_pool1d max_pool2d max_pool3d max_pool1d_with_indices max_pool2d_with_indices max_pool3d_with_indices
avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d _adaptive_avg_pool2d
_adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d max_unpool2d max_unpool3d
upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d _upsample_nearest_exact2d
_upsample_nearest_exact3d upsample_linear1d upsample_bilinear2d upsample_trilinear3d upsample_bicubic2d
_upsample_bilinear2d_aa _upsample_bicubic2d_aa grid_sampler grid_sampler_2d grid_sampler_3d affine_grid_generator
pad constant_pad_nd reflection_pad1d reflection_pad2d reflection_pad3d replication_pad1d replication_pad2d
replication_pad3d _pad_circular _pad_enum
mse_loss l1_loss smooth_l1_loss huber_loss cross_entropy_loss nll_loss nll_loss_nd nll_loss2d nll_loss_forward
binary_cross_entropy binary_cross_entropy_with_logits kl_div
_thnn_fused_lstm_cell _thnn_fused_gru_cell _grouped_mm
# indexing
index index_put _index_put_impl _unsafe_index _unsafe_index_put index_select gather scatter scatter_add scatter_reduce
index_add index_copy index_fill index_reduce take take_along_dim put nonzero nonzero_numpy argwhere
# spectra
fft_fft fft_ifft fft_rfft fft_irfft fft_fft2 fft_ifft2 fft_rfft2 fft_irfft2 fft_fftn fft_ifftn fft_rfftn fft_irfftn
fft_fftshift fft_ifftshift fft_fftfreq fft_rfftfreq _fft_c2r _fft_r2c _fft_c2c stft istft
# assertions and markers
_assert_tensor_metadata _assert_async _assert_scalar sym_constrain_range sym_constrain_range_for_size
_functional_assert_async _print
# quantization
quantize_per_tensor dequantize fake_quantize_per_tensor_affine fake_quantize_per_channel_affine
_weight_int8pack_mm _weight_int4pack_mm _int_mm
# of the operator database
_chunk_cat _lu_with_info _safe_softmax _unsafe_masked_index _unsafe_masked_index_put_accumulate alias_copy
as_strided_copy as_strided_scatter cholesky cholesky_inverse cholesky_solve combinations cosine_embedding_loss
cumulative_trapezoid diagflat diagonal_copy embedding_renorm empty_permuted expand_copy fft_hfft fft_hfft2 fft_hfftn
fft_ihfft fft_ihfft2 fft_ihfftn fractional_max_pool2d fractional_max_pool3d frexp gcd geqrf gradient
hinge_embedding_loss histogram histogramdd i0 igamma igammac isreal lcm linalg_cholesky linalg_cholesky_ex linalg_cond
linalg_eig linalg_eigh linalg_eigvals linalg_eigvalsh linalg_householder_product linalg_inv_ex linalg_ldl_factor
linalg_ldl_factor_ex linalg_ldl_solve linalg_lu linalg_lu_factor linalg_lu_factor_ex linalg_lu_solve
linalg_matrix_rank linalg_pinv linalg_qr linalg_slogdet linalg_solve_ex linalg_solve_triangular linalg_svd
linalg_svdvals linalg_tensorinv linalg_tensorsolve linalg_vander linalg_vecdot logdet lu_solve lu_unpack
margin_ranking_loss matrix_H matrix_exp multi_margin_loss multilabel_margin_loss mvlgamma narrow_copy nextafter
nonzero_static ormqr permute_copy pinverse poisson_nll_loss polygamma qr resize_as segment_reduce soft_margin_loss
special_airy_ai special_bessel_j0 special_bessel_j1 special_bessel_y0 special_bessel_y1 special_chebyshev_polynomial_t
special_chebyshev_polynomial_u special_chebyshev_polynomial_v special_chebyshev_polynomial_w special_erfcx
special_hermite_polynomial_h special_hermite_polynomial_he special_i0e special_i1 special_i1e
special_laguerre_polynomial_l special_legendre_polynomial_p special_log_ndtr special_modified_bessel_i0
special_modified_bessel_i1 special_modified_bessel_k0 special_modified_bessel_k1 special_ndtri special_polygamma
special_scaled_modified_bessel_k0 special_scaled_modified_bessel_k1 special_shifted_chebyshev_polynomial_t
special_shifted_chebyshev_polynomial_u special_shifted_chebyshev_polynomial_v special_shifted_chebyshev_polynomial_w
special_spherical_bessel_j0 special_zeta split_with_sizes_copy squeeze_copy sum_to_size svd t_copy transpose_copy
select_copy slice_copy split_copy detach_copy trapezoid trapz triangular_solve triplet_margin_loss unbind_copy
unfold_copy unsqueeze_copy view_copy max_pool1d_with_indices
special_i0 special_digamma special_psi special_gammaln special_multigammaln
_softmax_backward_data native_dropout_backward max_pool2d_with_indices_backward
# in place only
as_strided_ resize_ set_ requires_grad_ random_ cauchy_ geometric_ log_normal_ unsqueeze_ squeeze_ t_ transpose_
"""

# In place these take their arguments in another order.
REORDERED = {"polygamma_"}

HEADER = """\
// Generated by conformance/generate/schemas.py from PyTorch {version}; do not edit.

/** Operator schemas in PyTorch's own words; scalar types and memory formats by name. */
export const ATEN_SCHEMAS: readonly string[] = [
"""

SKIPPED_OVERLOAD = re.compile(r"(?:^|_)out$|[Dd]imname|names|hacked_twin|^deterministic$|^dtype_float$|self_list|stable_values|grad_input")
BY_NUMBER = {
    "ScalarType": {4: "int64", 6: "float32"},
    "MemoryFormat": {0: "contiguous_format", 1: "preserve_format"},
}


def wanted_names() -> set[str]:
    lines = [line for line in NAMES.splitlines() if not line.startswith("#")]
    names = set(" ".join(lines).split())
    core = [op for packet in dir(torch.ops.aten) for op in overloads(packet) if torch.Tag.core in op.tags]
    names |= {op._schema.name.removeprefix("aten::") for op in core}
    return names | {name + "_" for name in names if not name.endswith("_")} - REORDERED


def overloads(packet: str) -> list:
    found = getattr(torch.ops.aten, packet)
    return [getattr(found, name) for name in found.overloads()] if hasattr(found, "overloads") else []


def is_wanted(schema) -> bool:
    writes_out = any(arg.kwarg_only and arg.alias_info and arg.alias_info.is_write for arg in schema.arguments)
    is_backward = "backward" in schema.name and schema.name.removeprefix("aten::") not in NAMES.split()
    return not (writes_out or is_backward or SKIPPED_OVERLOAD.search(schema.overload_name))


def named_defaults(schema) -> str:
    """The schema with enumeration members by name, where PyTorch prints their numbers."""
    text = str(schema)
    for kind, members in BY_NUMBER.items():
        for number, name in members.items():
            text = re.sub(rf"({kind}\??) (\w+)={number}\b", rf"\1 \2={name}", text)
    return text


def main() -> None:
    dispatched = set(torch._C._dispatch_get_all_op_names())
    names = wanted_names()
    schemas = [
        schema
        for schema in torch._C._jit_get_all_schemas()
        if schema.name.removeprefix("aten::") in names
        and schema.name.startswith("aten::")
        and f"{schema.name}.{schema.overload_name}".removesuffix(".") in dispatched
        and is_wanted(schema)
    ]
    lines = sorted({f"  {quoted(named_defaults(schema))}," for schema in schemas})
    TARGET.write_text(HEADER.format(version=torch.__version__.split("+")[0]) + "\n".join(lines) + "\n];\n")
    missing = {name for name in names if not name.endswith("_")} - {s.name.removeprefix("aten::") for s in schemas}
    print(f"{len(lines)} schemas; none for: {' '.join(sorted(missing))}")


def quoted(text: str) -> str:
    return f"'{text}'" if '"' in text else f'"{text}"'


if __name__ == "__main__":
    main()
