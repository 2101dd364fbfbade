import { parentPort } from "node:worker_threads";
import { errorData } from "../../core/index.ts";
import { JOBS, type JobArgs, type JobKind, type JobResult, revived } from "./jobs.ts";
import { type FromCodec, type ToCodec, transferable } from "./thread-protocol.ts";

function withTensors<K extends JobKind>(args: JobArgs<K>): JobArgs<K> {
  return "outputs" in args ? { ...args, outputs: revived(args.outputs) } : args;
}

/** Text is encoded here, so that it need not be where it is sent. */
function withBytes<K extends JobKind>(result: JobResult<K>): JobResult<K> {
  return "body" in result && typeof result.body === "string" ? { ...result, body: Buffer.from(result.body) } : result;
}

function perform<K extends JobKind>({ id, kind, args }: ToCodec<K>): FromCodec<K> {
  try {
    const job: (args: JobArgs<K>) => JobResult<K> = JOBS[kind];
    return { id, result: withBytes(job(withTensors(args))) };
  } catch (error) {
    return { id, error: errorData(error) };
  }
}

const port = parentPort;
port?.on("message", (message: ToCodec) => {
  const reply = perform(message);
  port.postMessage(reply, "result" in reply ? transferable(reply.result) : []);
});
