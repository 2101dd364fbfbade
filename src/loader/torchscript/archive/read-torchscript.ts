import type { ZipArchive } from "../../../container/index.ts";
import { checkByteOrder } from "../../byte-order.ts";
import { ADVICE_EXPORT } from "../../finding.ts";
import { Malformed, Unsupported } from "../../refusal.ts";
import { readObjects } from "../objects/read-objects.ts";
import { storagesIn } from "../objects/script-storages.ts";
import type { ScriptObject, ScriptValue } from "../objects/script-value.ts";
import { readTracedInputs } from "../objects/traced-inputs.ts";
import { ArchiveCode } from "./archive-code.ts";
import type { ScriptArchive } from "./script-archive.ts";

/** https://github.com/pytorch/pytorch/blob/main/caffe2/serialize/versions.h */
const NEWEST_VERSION = 10;
/** Before it, the pickles of archives were others. */
const OLDEST_VERSION = 2;
const VERSION_MEMBERS = ["version", ".data/version"];
const VERSION_MEMBER_BYTES = 20;
const EXTRA_FOLDER = "extra/";

function readVersion(archive: ZipArchive): number {
  const member = VERSION_MEMBERS.find((name) => archive.has(name));
  if (member === undefined) throw new Malformed("it does not tell the version of its operators");
  const isShort = archive.size(member) <= VERSION_MEMBER_BYTES;
  const text = isShort ? Buffer.from(archive.read(member)).toString("latin1").trim() : "";
  if (!/^\d+$/.test(text)) throw new Malformed("the version of its operators is no number");
  const version = Number(text);
  if (version >= OLDEST_VERSION && version <= NEWEST_VERSION) return version;
  throw new Unsupported(
    `version ${text} of TorchScript archives`,
    `versions ${OLDEST_VERSION} to ${NEWEST_VERSION} run; ${ADVICE_EXPORT}`,
  );
}

function asModule(value: ScriptValue): ScriptObject {
  if (value.kind !== "object") throw new Malformed("its data.pkl holds no module");
  return value;
}

function asTuple(value: ScriptValue): readonly ScriptValue[] {
  if (value.kind !== "tuple") throw new Malformed("its constants.pkl holds no tuple");
  return value.items;
}

function checkCode(archive: ZipArchive, { files }: ArchiveCode): void {
  if (files.length > 0) return;
  if (!archive.has("bytecode.pkl")) throw new Malformed("it has no code");
  throw new Unsupported("a TorchScript archive for mobile devices, which has bytecode and no code,", ADVICE_EXPORT);
}

/**
 * Reads what torch.jit.save wrote. Nothing is executed; tensors are located, and code is parsed when it is asked for,
 * so the archive must stay open until then.
 * @throws RelayError, Malformed, Unsupported, Excess
 */
export function readTorchScript(archive: ZipArchive): ScriptArchive {
  checkByteOrder(archive);
  const version = readVersion(archive);
  const code = new ArchiveCode(archive);
  checkCode(archive, code);
  return {
    file: archive.label,
    version,
    root: asModule(readObjects(archive, "data.pkl", storagesIn(archive, "data"))),
    constants: asTuple(readObjects(archive, "constants.pkl", storagesIn(archive, "constants"))),
    code,
    tracedInputs: readTracedInputs(archive),
    extraFiles: archive.names
      .filter((name) => name.startsWith(EXTRA_FOLDER))
      .map((name) => name.slice(EXTRA_FOLDER.length)),
  };
}
