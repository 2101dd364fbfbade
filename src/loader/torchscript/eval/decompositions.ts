import { encoderLayer, multiHeadAttention } from "./fused-attention.ts";
import type { Session } from "./session.ts";
import { type EvalValue, ListValue, TensorValue } from "./values.ts";

type Args = Readonly<Record<string, EvalValue>>;

/** Without the flags that only choose a library. */
function convolution(session: Session, args: Args): EvalValue {
  const { benchmark: _b, deterministic: _d, cudnn_enabled: _c, allow_tf32: _a, ...plain } = args;
  return session.emitTensor("aten.convolution.default", plain);
}

/** With its padding told by a word. */
function wordyConvolution(session: Session, args: Args): EvalValue {
  const { input } = args;
  const axes = input instanceof TensorValue ? input.type.shape.length - 2 : 0;
  if (axes < 1 || axes > 3) session.refuse("a convolution of such a tensor", "give inputs that fit the model");
  return session.emitTensor(`aten.conv${axes}d.padding`, args);
}

/** With a condition alone: where it holds, axis by axis. */
function positions(session: Session, { condition = null }: Args): EvalValue {
  return new ListValue(session.emit("aten.nonzero_numpy.default", { self: condition }));
}

/** What pack_padded_sequence gives, and layers that take it, have as many rows as all sequences have steps. */
const packedSequence = (session: Session): never =>
  session.refuse(
    "a packed sequence (torch.nn.utils.rnn)",
    "call the layer with the padded tensor itself, with sequences of one length or one at a time",
  );

const PACKED =
  "_pack_padded_sequence.default _pad_packed_sequence.default lstm.data gru.data rnn_tanh.data rnn_relu.data".split(
    " ",
  );

/** Operators of TorchScript that are put into the graph as others, by target. */
export const DECOMPOSITIONS: ReadonlyMap<string, (session: Session, args: Args) => EvalValue> = new Map<
  string,
  (session: Session, args: Args) => EvalValue
>([
  ["aten._convolution.default", convolution],
  ["aten._convolution.deprecated", convolution],
  ["aten._convolution_mode.default", wordyConvolution],
  ["aten.where.default", positions],
  ["aten._native_multi_head_attention.default", multiHeadAttention],
  ["aten._transformer_encoder_layer_fwd.default", encoderLayer],
  ...PACKED.map((name) => [`aten.${name}`, packedSequence] as const),
]);
