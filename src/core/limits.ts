const MIB = 2 ** 20;

/** Limits for files that nobody vouches for. Each is far above what PyTorch writes for real models. */
export interface Limits {
  /** Members of a zip archive: a 2,000-layer network has about 10,000. */
  readonly zipMembers: number;
  /** Bytes one deflated member may grow to. */
  readonly inflatedMemberBytes: number;
  /** Bytes all deflated members of a file may grow to together. */
  readonly inflatedTotalBytes: number;
  /** Bytes of a graph's JSON; the largest seen from a real model is about 30 MB. */
  readonly graphJsonBytes: number;
  /** Bytes of the JSON header of a safetensors file, or of the index of a sharded one; as safetensors itself allows. */
  readonly safetensorsHeaderBytes: number;
  /** Bytes of a model's `config.json`; the names of 20,000 classes take about half of it. */
  readonly modelConfigBytes: number;
  /** Values in a graph's JSON; each costs tens of bytes once parsed. */
  readonly jsonValues: number;
  /** Nesting of JSON and pickle values. */
  readonly nesting: number;
  /** Opcodes of one pickle. */
  readonly pickleOpcodes: number;
  /** Bytes of one pickle. */
  readonly pickleBytes: number;
  /** Bytes of one file of TorchScript code; the code of the largest networks seen takes about 2 MB in all. */
  readonly scriptCodeBytes: number;
  /** Names, numbers and signs in the TorchScript code of an archive. */
  readonly scriptTokens: number;
  /** Nesting of blocks in TorchScript code; `interpolate` of torch.nn.functional nests about 40. */
  readonly scriptNesting: number;
  /** Statements, operators, items and results of TorchScript code that is evaluated; large networks take 400,000. */
  readonly scriptSteps: number;
  /** Depth of calls in TorchScript code. */
  readonly scriptDepth: number;
  /** Bytes of an ONNX model, its external data aside; protobuf allows no more. */
  readonly onnxBytes: number;
  /** Messages in an ONNX model: a node with its attributes has about ten. */
  readonly protobufMessages: number;
  /** Integers in the messages of one file or request, of the fields that are read. */
  readonly protobufIntegers: number;
  /** Nodes of a graph, subgraphs included. */
  readonly graphNodes: number;
  /** Subgraphs within subgraphs: branches and loops of a program that holds others. */
  readonly graphNesting: number;
  /** Dimensions of a tensor; PyTorch itself allows 64. */
  readonly tensorRank: number;
  /** Bytes of one tensor of a graph, symbolic dimensions aside; a file may name sizes that it holds no data for. */
  readonly tensorBytes: number;
  /** Bytes copied into memory for weights that cannot be mapped (compressed, strided). */
  readonly materializedWeightBytes: number;
}

export type LimitName = keyof Limits;

export const LIMITS: Limits = {
  zipMembers: 100_000,
  inflatedMemberBytes: 512 * MIB,
  inflatedTotalBytes: 2048 * MIB,
  graphJsonBytes: 256 * MIB,
  safetensorsHeaderBytes: 100_000_000,
  modelConfigBytes: MIB,
  jsonValues: 10_000_000,
  nesting: 200,
  pickleOpcodes: 20_000_000,
  pickleBytes: 256 * MIB,
  scriptCodeBytes: 64 * MIB,
  scriptTokens: 5_000_000,
  scriptNesting: 500,
  scriptSteps: 5_000_000,
  scriptDepth: 200,
  onnxBytes: 2 ** 31 - 1,
  protobufMessages: 5_000_000,
  protobufIntegers: 10_000_000,
  graphNodes: 500_000,
  graphNesting: 16,
  tensorRank: 64,
  tensorBytes: 8192 * MIB,
  materializedWeightBytes: 4096 * MIB,
};
