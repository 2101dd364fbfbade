import type { ProtobufRecord } from "../../container/index.ts";
import type { AbortSignalLike } from "../../util/index.ts";
import type { InferenceWatch } from "../observe/inference-watch.ts";
import type { Site } from "../site.ts";
import type { MessageType } from "./message-type.ts";

/** A request over gRPC. */
export interface GrpcCall {
  readonly message: ProtobufRecord;
  /** What the message was read from. */
  readonly bytes: Buffer;
  /** What is left until the client's deadline; Infinity without one. */
  readonly timeoutMs: number;
  /** Aborted when the client has cancelled or is gone, or the deadline has passed. */
  readonly signal: AbortSignalLike;
  /** What wants to know of the inference. */
  readonly watch: InferenceWatch | undefined;
}

/** Messages are plain objects, as `encodeMessage` takes them. */
type Message = object;

interface Named {
  readonly name: string;
  readonly request: MessageType;
  readonly response: MessageType;
}

/** Takes one message and gives one. */
export interface UnaryMethod extends Named {
  readonly kind: "unary";
  readonly answer: (site: Site, call: GrpcCall) => Message | Promise<Message>;
}

/** Takes a stream of messages and gives one for each, as soon as it is there. */
export interface EachMethod extends Named {
  readonly kind: "each";
  /** Messages that are worked on at a time; with 1, answers come in the order of the requests. */
  readonly maxInFlight: number;
  readonly answer: (site: Site, call: GrpcCall) => Message | Promise<Message>;
  /** The message in place of an answer that failed; the stream goes on. @param request undefined: it is no message */
  readonly failure: (error: unknown, request: ProtobufRecord | undefined) => Message;
}

/** Takes one message and gives others until the client has enough. */
export interface WatchMethod extends Named {
  readonly kind: "watch";
  /** @returns what ends it */
  readonly watch: (site: Site, call: GrpcCall, send: (message: Message) => void) => () => void;
}

export type Method = UnaryMethod | EachMethod | WatchMethod;

export interface Service {
  readonly package: string;
  /** Within the package. */
  readonly name: string;
  readonly methods: readonly Method[];
}
