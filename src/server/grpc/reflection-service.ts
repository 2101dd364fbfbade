import { status } from "@grpc/grpc-js";
import type { ProtobufRecord } from "../../container/index.ts";
import { RelayError } from "../../core/index.ts";
import { type DescribedFile, describeService } from "./descriptors.ts";
import { grpcFailure } from "./failure.ts";
import { reflectionMessages } from "./reflection-messages.ts";
import type { Method, Service } from "./service.ts";

/** The older version is what most tools still ask for. */
const PACKAGES = ["grpc.reflection.v1", "grpc.reflection.v1alpha"] as const;

const NAME = "ServerReflection";

/** What is described, and by which names. */
interface Described {
  readonly services: readonly string[];
  readonly files: readonly DescribedFile[];
}

type Answer = (asked: string, described: Described) => object;

function fileWhere(what: string, found: DescribedFile | undefined): object {
  if (!found) throw new RelayError("ROUTE_UNKNOWN", { path: what.slice(0, 200) });
  return { file_descriptor_response: { file_descriptor_proto: [found.bytes] } };
}

/** By the field of the request. No message of ours has extensions. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  file_by_filename: (asked, { files }) =>
    fileWhere(
      asked,
      files.find(({ name }) => name === asked),
    ),
  file_containing_symbol: (asked, { files }) =>
    fileWhere(
      asked,
      files.find(({ symbols }) => symbols.has(asked)),
    ),
  all_extension_numbers_of_type: (asked, { files }) => {
    if (files.some(({ symbols }) => symbols.has(asked))) {
      return { all_extension_numbers_response: { base_type_name: asked } };
    }
    return fileWhere(asked, undefined);
  },
  list_services: (_, { services }) => ({ list_services_response: { service: services.map((name) => ({ name })) } }),
};

function questionOf(message: ProtobufRecord): [field: string, asked: string] | undefined {
  return Object.keys(ANSWERS)
    .map((field): [string, string | undefined] => [field, message.text(field)])
    .find((entry): entry is [string, string] => entry[1] !== undefined);
}

/** What an answer repeats of its question. */
function echoOf(message: ProtobufRecord | undefined): object {
  const host = message?.text("host") ?? "";
  const question = message && questionOf(message);
  return { valid_host: host, original_request: { host, ...(question && { [question[0]]: question[1] }) } };
}

function answer(message: ProtobufRecord, described: Described): object {
  const [field, asked] = questionOf(message) ?? [];
  const known = field === undefined ? undefined : ANSWERS[field];
  if (!known) throw new RelayError("ROUTE_UNKNOWN", { path: "an extension" });
  return { ...echoOf(message), ...known(asked ?? "", described) };
}

function failure(error: unknown, message: ProtobufRecord | undefined): object {
  const { code = status.UNKNOWN, details } = grpcFailure(error);
  return { ...echoOf(message), error_response: { error_code: code, error_message: details } };
}

function reflectionService(packageName: string, describe: () => Described): Service {
  const method: Method = {
    kind: "each",
    name: "ServerReflectionInfo",
    ...reflectionMessages(packageName),
    maxInFlight: 1,
    answer: (_, call) => answer(call.message, describe()),
    failure,
  };
  return { package: packageName, name: NAME, methods: [method] };
}

/** The services, and those by which clients learn of them all. */
export function withReflection(services: readonly Service[]): readonly Service[] {
  const reflection = PACKAGES.map((packageName) => reflectionService(packageName, () => described));
  const all = [...services, ...reflection];
  const described: Described = {
    services: all.map((service) => `${service.package}.${service.name}`),
    files: all.map(describeService),
  };
  return all;
}
