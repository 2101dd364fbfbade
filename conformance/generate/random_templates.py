"""What random_programs.py composes programs of.

{a}: any tensor; {b}: one of the shape of {a}; {c}: any tensor; {i}: one of two axes; {x}, {y}: axes of {a}; {at}: places along
{x}, from {b}; the others are drawn from LISTS.
"""

UNARY = """abs neg exp sin cos tanh sigmoid relu sqrt square floor ceil round trunc sign erf log1p expm1 reciprocal isnan
isfinite logical_not frac bitwise_not positive deg2rad""".split()
BINARY = """add sub mul div maximum minimum pow eq ne lt le gt ge remainder fmod floor_divide atan2 logical_and logical_or
logical_xor hypot copysign fmax fmin bitwise_and bitwise_or xlogy""".split()
ACTIVATIONS = """gelu silu elu leaky_relu hardswish hardtanh softplus mish selu celu relu6 hardsigmoid logsigmoid softsign
tanhshrink hardshrink softshrink glu softmin""".split()
DTYPES = "float() int() long() bool() double() to(torch.uint8) short() half().float() to(torch.bfloat16).float()".split()
SCALARS = "2 -1 0.5 3 1.5 True -0.25".split()
REDUCTIONS = "sum mean amax amin std var nansum prod any all argmax argmin logsumexp".split()
SCANS = "cumsum cumprod softmax log_softmax count_nonzero".split()
WRITES = """zero_() neg_() exp_() relu_() tanh_() abs_() clamp_(-1,1) fill_(2) sigmoid_() floor_() square_() t_()
unsqueeze_(0) squeeze_() mul_(2) add_(1) clamp_min_(0) transpose_(0,-1) logical_not_() round_() cumsum_(0) pow_(2)
index_fill_(0,torch.tensor([0]),3) div_(2,rounding_mode='floor')""".split()
INDICES = ["torch.tensor([0,-1,0])", "torch.tensor([[0,1],[1,0]])", "torch.arange(2)", "[0,1]", "torch.tensor(1)"]
PLACES = ["0", "-1", ":,0", "...,1:", "::2", "...,-1", "1:", "...,:1", "None", "{b}>0", "torch.tensor([0,-1])",
          "...,torch.tensor([0])", "torch.tensor([0,0]),...,torch.tensor([0,1])"]

VIEWS = [
    "{a}[{place}]", "{a}.select({x},{end})", "{a}.transpose({x},{y})", "{a}.permute({order})", "{a}.mT",
    "{a}.view({a}.shape[0],-1)", "{a}.reshape(-1)", "{a}.reshape(-1,{a}.shape[-1])", "{a}.flatten({x})",
    "{a}.unflatten(-1,(1,-1))", "{a}.unsqueeze({x})", "{a}.squeeze({x})", "{a}.squeeze()", "{a}.unsqueeze(0).expand(2,{keep})",
    "{a}.chunk(2,{x})[{end}]", "{a}.split(2,{x})[{end}]", "{a}.narrow({x},{end},1)", "{a}.diagonal({small},{x},{y})",
    "{a}.movedim({x},{y})", "{a}.unfold({x},2,2)", "{a}[...,None]", "{a}[...,::2]", "{a}.unbind({x})[{end}]", "{a}.detach()",
]
BASIC = [
    "torch.{unary}({a})", "torch.{binary}({a},{c})", "torch.{binary}({a},{b})", "torch.div({a},{c},rounding_mode='floor')",
    "{a} + {scalar}", "{scalar} - {a}", "{a} * {scalar}", "{a} / {scalar}", "{a} // {scalar}", "{a} % {scalar}",
    "{a} ** {scalar}", "{a} < {scalar}", "{a} >= {scalar}", "{a} == {c}",
    "{a}.{reduction}({x})", "{a}.{reduction}({x},keepdim=True)", "{a}.{scan}({x})", "{a}.sum()", "{a}.amax(({x},{y}))",
    "torch.linalg.vector_norm({a},2,{x})", "{a}.max({x})[0]", "{a}.sort({x})[0]", "{a}.flip({x})", "{a}.diff(dim={x})",
    "{a}.topk(1,{x})[0]", "{a}.argsort({x},stable=True)", "torch.where({b}>0,{a},{c})", "{a}.masked_fill({b}>0,{scalar})",
    "torch.clamp({a},-1,0.5)", "torch.clamp({a},max={c})", "{a}[{index}]", "{a}[:,{index}]", "{a}[...,{index},None]",
    "{a}[{index},...,{index}]", "{a}[{index},:,0:1]", "{a}.index_select({x},torch.tensor([1,0,0]))", "{a}.take(torch.tensor([0,2,-1]))",
    "{a}.gather({x},{b}.abs().long()%{a}.shape[{x}])", "torch.cat([{a},{b}],{x})", "torch.stack([{a},{b}],{x})",
    "torch.cat([{a},{b}*2,{a}],{x})", "{a}.{dtype}", "{a}.type_as({c})", "{a}.contiguous()", "{a}.clone()",
    "torch.matmul({a},{b}.mT)", "torch.matmul({a},{c})", "torch.einsum('...i,...i->...',{a},{b})", "torch.baddbmm({a},{a},{b})",
    "F.linear({a}.float(),(torch.arange(2*{a}.shape[-1])%5*0.25).reshape(2,-1),torch.tensor([0.5,-0.5]))",
    "F.max_pool1d({a},2,1,1)", "F.avg_pool1d({a},2,1,1)", "F.adaptive_avg_pool1d({a},2)", "F.{activation}({a}.float())",
    "F.pad({a},(1,2))", "F.pad({a},(-1,1),value=3)", "F.pad({a},(1,1),mode='reflect')", "F.pad({a},(1,1),mode='circular')",
    "torch.zeros_like({a})", "{a}.new_full((2,),{scalar})", "torch.full_like({a},{scalar})", "torch.ones({a}.shape[0],2)",
    "torch.arange({a}.shape[{x}])", "torch.eye({a}.shape[-1])", "{a}.tril({small})", "{a}.triu({small})", "{a}.roll(1,{x})",
    "{a}.repeat({twos})", "{a}.repeat_interleave(2,{x})", "torch.lerp({a}.float(),{b}.float(),0.3)", "torch.addcmul({a},{b},{b},value=2)",
    "{a}.expand_as({c})", "{a}.rot90(1,(0,-1))", "torch.cdist({a}.float(),{b}.float())", "F.one_hot({a}.abs().long()%4,4)",
    "torch.bucketize({a},torch.tensor([-1.,0.,1.]))", "{a}.nan_to_num(1.0)", "torch.isin({a},torch.tensor([0.,1.,2.]))",
    "F.threshold({a},0.1,2)", "torch.kron({a},torch.tensor([1,2]))", "F.embedding({a}.abs().long()%3,torch.arange(6.).reshape(3,2))",
    "torch.tensordot({a},{b},1)", "{a}.scatter_add({x},{b}.abs().long()%{a}.shape[{x}],{b})", "{a}.index_fill({x},torch.tensor([0]),{scalar})",
    "{a}.index_put((torch.tensor([0,0]),),{a}[0],accumulate=True)", "{a}.index_copy(0,torch.tensor([0]),{b}[-1:])",
    "{a}.scatter_reduce({x},{b}.abs().long()%{a}.shape[{x}],{b},'amax')", "{a}.masked_scatter({b}>0,{b})",
    "{a}.select_scatter({a}.select({x},0)*2,{x},-1)", "{a}.slice_scatter({a}[:1]*3,0,-1)",
    "F.scaled_dot_product_attention({a}.float(),{a}.float(),{b}.float(),is_causal=True)",
    "F.interpolate({a}.float(),scale_factor=2,mode='nearest')", "F.interpolate({a}.float(),scale_factor=2,mode='linear')",
]
KERNEL = "(torch.arange(2*{a}.shape[1]*{k})%7*0.25-0.75).reshape(2,-1,{k})"
LAYERS = [
    "F.layer_norm({a}.float(),{a}.shape[-1:])", "F.layer_norm({a}.float(),{a}.shape[1:],{b}[0].float(),{b}[-1].float(),0.1)",
    "F.rms_norm({a}.float(),{a}.shape[-1:],eps=0.1)", "F.group_norm({a}.float(),1,eps=0.1)", "F.instance_norm({a}.float(),eps=0.1)",
    "F.group_norm({a}.float(),{a}.shape[1],{a}[0].float().flatten()[:{a}.shape[1]],eps=0.1)", "F.normalize({a}.float(),{p},{x},0.1)",
    "F.batch_norm({a}.float(),torch.arange({a}.shape[1])*0.5,torch.arange({a}.shape[1])+1.0)", "F.local_response_norm({a}.float(),2)",
    "F.max_pool1d({a},{k},1,0,{k})", "F.max_pool1d({a},{k},2,1,1,True)", "F.max_pool2d({a},({k},2),1,(0,1))",
    "F.max_pool1d({a}.float(),{k},1,return_indices=True)[1]", "F.max_pool2d({a}[None],2,2,1,1,True)",
    "F.avg_pool1d({a}.float(),{k},2,1,True,False)", "F.avg_pool2d({a}.float(),({k},2),(1,2),(0,1),True,{flag},3)",
    "F.avg_pool3d({a}.float()[None,None],(1,{k},2),1,(0,1,1),True,{flag})", "F.lp_pool1d({a}.float().abs()+1,2.0,{k})",
    "F.adaptive_avg_pool2d({a}.float(),({k},2))", "F.adaptive_max_pool1d({a}.float(),{k})", "F.adaptive_max_pool2d({a}.float(),(1,{k}))",
    "F.conv1d({a}.float()," + KERNEL + ",None,{k},{k})", "F.conv1d({a}.float()," + KERNEL + ",padding='same')",
    "F.conv1d({a}.float(),torch.ones({a}.shape[1],1,{k}),groups={a}.shape[1],dilation=2,padding=2)",
    "F.conv_transpose1d({a}.float(),torch.ones({a}.shape[1],2,{k})*0.5,None,2,1,1)", "F.conv2d({a}.float()[None,:1],torch.ones(2,1,{k},2),padding=(1,0))",
    "F.unfold({a}.float()[:,None],({k},2),padding=1)", "F.fold({a}.float()[:,:1].expand(-1,4,-1),(1+{a}.shape[-1],2),2)",
    "F.scaled_dot_product_attention({a}.float(),{b}.float(),{b}.float(),({a}@{b}.mT)>-9)",
    "F.scaled_dot_product_attention({a}.float(),{a}.float(),{b}.float(),({a}@{b}.mT).float(),scale=0.5)",
    "F.scaled_dot_product_attention({a}[None].float(),{b}[None,:1].float(),{b}[None,:1].float(),enable_gqa=True)",
    "F.bilinear({a}.float(),{b}.float(),torch.ones(2,{a}.shape[-1],{a}.shape[-1]))", "F.cosine_similarity({a}.float(),{b}.float(),{x},0.1)",
    "F.pairwise_distance({a}.float(),{b}.float())", "F.pixel_shuffle({a}[None].expand(4,-1,-1,-1).transpose(0,1),2)", "F.channel_shuffle({a},2)",
    "F.embedding_bag({i}.abs().long()%3,torch.arange(6.).reshape(3,2),mode='{bag}')", "F.grid_sample({a}.float()[None],{b}[None,...,:2].float()/3,align_corners={flag})",
    "F.interpolate({a}.float(),size=3,mode='linear',align_corners={flag})", "F.interpolate({a}.float()[None],scale_factor=1.5,mode='bicubic')",
    "F.interpolate({a}.float()[None],size=(3,5),mode='area')", "F.interpolate({a}.float(),size=7,mode='nearest-exact')",
    "F.smooth_l1_loss({a}.float(),{b}.float(),reduction='none')", "F.cross_entropy({a}.float().flatten(1),{i}.abs().long()[:,0]%2)",
    "F.kl_div({a}.float(),{b}.float().abs(),reduction='batchmean')", "F.mse_loss({a}.float(),{b}.float())",
]
EINSUMS = """...ij,...kj->...ik|...ij,...ij->|...ij,...ij->...i|...ij,...ij->...j|b...,b...->b|i...,j...->ij...|ab...,ab...->ba...|...i,...j->...ij""".split("|")
SORTED = [
    "torch.einsum('{einsum}',{a},{b})", "{a}.sort({x},True)[0]", "{a}.sort(dim={x},stable=True)[1]", "{a}.sort(dim={x},descending=True,stable=True)[1]",
    "{a}.argsort(dim={x},descending=True,stable=True)", "{a}.topk({k},{x},False)[0]", "{a}.topk(2,{x},True,False)[0].sum({x})", "{a}.kthvalue(1,{x})[0]", "{a}.median({x})[0]",
    "{a}.median()", "{a}.float().nanmedian({x})[0]", "{a}.msort()", "{a}.cummax({x})[0]", "{a}.cummin({x})[0]", "{a}.cummax({x})[1]", "{a}.logcumsumexp({x})",
    "{a}.mode({x})[0]", "torch.quantile({a}.float(),0.3,{x})", "torch.quantile({a}.float(),torch.tensor([0.0,0.7]),{x},interpolation='nearest')", "torch.trapezoid({a},dim={x})",
    "torch.cumulative_trapezoid({a},dim={x})", "{a}.aminmax(dim={x})[1]", "{a}.argmax({x},True)", "{a}.min({x})[1]", "torch.searchsorted({a}.sort()[0],{b})",
    "torch.searchsorted({a}.sort()[0],{b},right=True)", "torch.bucketize({a},torch.tensor([-1.,0.,1.]),right=True)", "{a}.long().flatten().abs().bincount(minlength=3)",
    "torch.histc({a}.float(),4,-2,2)", "{a}.renorm({p},0,1.5)", "{a}.norm({p},{x})", "torch.std_mean({a}.float(),{x})[1]", "{a}.float().var({x},correction=0)",
    "torch.linalg.norm({a}.float(),dim=(-2,-1))", "torch.linalg.matrix_norm({a}.float(),{p})", "torch.linalg.det({a}[...,:1,:1].float())", "{a}.trace()",
    "torch.cross({a}[...,:3],{b}[...,:3],dim=-1)", "torch.chain_matmul({a},{b}.mT)", "torch.addmm({b},{a},{a}.mT@{b})", "torch.vander({a}.flatten()[:3])",
]
SCATTERED = [
    "{a}[{b}>0].sum()", "{a}[{b}>0].float().mean()", "{a}[{b}>0]", "{a}.masked_select({b}>0).sort()[0]", "({b}>0).nonzero()", "({b}>0).nonzero().sum(0)", "{a}[{a}[:,0]>0]",
    "torch.where({a}>0,{scalar},{b})", "torch.where({b}>0)[0]", "torch.argwhere({b}>0.5)", "{a}.unique()", "torch.unique({a},return_inverse=True)[1]", "torch.unique_consecutive({a}.flatten())",
    "{a}.scatter({x},{at},{b})", "{a}.scatter({x},{at},{scalar})", "{a}.scatter_reduce({x},{at},{b},'{reduce}',include_self={flag})", "{a}.scatter({x},{at},{b},reduce='{scatter}')",
    "{a}.index_add({x},torch.arange({a}.shape[{x}])%2,{b},alpha=2)", "{a}.index_reduce({x},torch.arange({a}.shape[{x}])%2,{b},'{index_reduce}',include_self={flag})",
    "{a}.index_copy({x},torch.arange({a}.shape[{x}]).flip(0),{b})", "{a}.put(torch.tensor([1,0]),{b}.flatten()[:2])", "{a}.put(torch.tensor([1,1]),{b}.flatten()[:2],True)",
    "{a}.index_put(({b}>0,),torch.tensor({scalar}).type_as({a}))", "{a}.index_put((({at})[:,0].flatten()%2,),{b}[0].type_as({a}),accumulate=True)", "{a}.take_along_dim({at},{x})",
    "{a}.diagonal_scatter({b}.diagonal({small},{x},{y})*2,{small},{x},{y})", "{a}.as_strided((2,2),(1,2))", "{a}.as_strided_scatter({b}.as_strided((2,2),(2,1)),(2,2),(2,1))",
    "torch.block_diag({a}[0],{b}[-1])", "torch.cartesian_prod({a}.flatten()[:2],{b}.flatten()[:3])", "torch.combinations({a}.flatten()[:4],2)",
    "torch.tril_indices({a}.shape[0],3)", "{a}.repeat_interleave(torch.arange({a}.shape[{x}])%3,{x})", "{a}.tile(({k},2))", "torch.meshgrid({a}.flatten()[:2],{b}.flatten()[:3],indexing='ij')[{end}]",
    "torch.hstack([{a},{b}])", "torch.dstack([{a},{b}])", "torch.tensor_split({a},{k},{x})[{end}]", "{a}.swapaxes({x},{y})", "{a}.view_as({b})", "{a}.unfold({x},{k},1).sum(-1)", "{a}.adjoint()",
    "{a}.float().view(torch.int32)", "{a}.narrow_copy({x},0,1)", "{a}.index_select({x},({b}.flatten()[:2].abs().long())%{a}.shape[{x}])",
]
MIXED = [
    "{a}.to(torch.int8) * {b}.to(torch.uint8)", "{a}.to(torch.int16) + {c}", "{a}.to(torch.int8) // 2", "{a}.to(torch.uint8) - {b}.to(torch.uint8)", "{a}.to(torch.int8).sum({x})",
    "{a}.to(torch.uint8) << 3", "{a}.long() >> 1", "{a}.to(torch.int8).abs()", "{a}.to(torch.int32) % {b}.to(torch.int32).abs().add(1)", "{a}.to(torch.int16).prod({x})",
    "{a}.to(torch.uint8).float().mean({x})", "{a}.double() / 3", "{a}.double().softmax({x})", "{a}.double().cumsum({x})", "{a}.sum({x},dtype=torch.float64)",
    "{a}.mean({x},dtype=torch.float64)", "torch.true_divide({a},{c})", "torch.float_power({a}.abs(),{scalar})", "torch.nextafter({a}.float(),{b}.float())", "torch.ldexp({a}.float(),{i}.long()[...,:1])",
    "torch.logaddexp({a}.float(),{b}.float())", "torch.heaviside({a}.float(),{b}.float())", "torch.gcd({a}.long(),{b}.long())", "torch.lcm({a}.long(),{b}.long())", "torch.sinc({a})", "torch.logit({a}.float(),0.1)",
    "torch.special.entr({a}.abs())", "torch.special.i0({a})", "torch.erfinv({a}.float()/4)", "torch.digamma({a}.abs()+1)", "torch.lgamma({a}.abs()+1)", "torch.special.xlog1py({a}.abs(),{b}.abs())", "torch.asinh({a})",
    "torch.frexp({a}.float())[0]", "torch.special.zeta({a}.abs()+2,{b}.abs()+1)", "torch.exp2({a})", "torch.log2({a}.abs()+1)", "torch.rsqrt({a}.abs()+1)", "torch.polar({a}.float(),{b}.float()).imag",
    "torch.complex({a}.float(),{b}.float()).abs()", "torch.view_as_real(torch.fft.rfft({a}.float()))", "torch.fft.irfft(torch.fft.rfft({a}.float()),n={a}.shape[-1])", "torch.fft.fft({a}.float(),dim={x}).real",
    "torch.cond({a}.sum()>0.3,lambda t: t.sin()+1,lambda t: t.cos()*2,({a}.float(),))", "torch.cond({a}.shape[0]>3,lambda t: t*2,lambda t: t-1,({a},))",
]
EXPRESSIONS = VIEWS + BASIC + LAYERS + SORTED + SCATTERED + MIXED
STATEMENTS = [
    "if bool({a}.sum()>0.3): {a}.add_({scalar})", "if {a}.dim()>2: {a}.mul_(2)", "for k in range(3): {a}.add_(k)", "for row in {a}: row.{write}",
    "{a}.scatter_({x},{at},{scalar})", "{a}.index_add_({x},torch.tensor([0]),{b}.narrow({x},0,1))", "{a}[{b}>0] = {scalar}", "{a}[{b}>0] *= 2", "{a}[{a}>0] = {b}[{a}>0]",
    "{a}.masked_scatter_({b}>0,{b})", "{a}.index_copy_({x},torch.tensor([0]),{b}.narrow({x},0,1))", "{a}.put_(torch.tensor([0]),{b}.flatten()[:1])", "{a}.fill_diagonal_(2)",
    *[f"{view}.{{write}}" for view in VIEWS], "{a}.{write}", "{a}.{write}", "{a}[{place}] = {c}", "{a}[{place}] = {scalar}",
    "{a}[{place}] += {scalar}", "{a}[{place}] *= {c}", "{a}.add_({c})", "{a}.mul_({c})", "{a}.copy_({c})", "{a} += {c}",
    "{a} *= {scalar}", "{a}.masked_fill_({b}>0,{scalar})",
]

LISTS = {
    "unary": UNARY, "binary": BINARY, "activation": ACTIVATIONS, "dtype": DTYPES, "scalar": SCALARS, "reduction": REDUCTIONS, "scan": SCANS,
    "write": WRITES, "index": INDICES, "end": [0, -1], "small": [-1, 0, 1], "k": [1, 2, 3], "p": [1.0, 2.0, "float('inf')"], "flag": [True, False],
    "bag": ["sum", "mean", "max"], "einsum": EINSUMS, "reduce": ["sum", "prod", "mean", "amax", "amin"], "scatter": ["add", "multiply"],
    "index_reduce": ["prod", "mean", "amax", "amin"],
}
