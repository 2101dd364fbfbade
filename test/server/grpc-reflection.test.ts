import { expect, test } from "vitest";
import { decodeProtobuf, type ProtobufFields, type ProtobufRecord } from "../../src/container/index.ts";
import { isMessageType, type MessageType } from "../../src/server/grpc/message-type.ts";
import { SERVICES } from "../../src/server/grpc/services.ts";
import { calling, type Stream } from "./grpc-calling.ts";
import { echoOf, serveEcho } from "./serving.ts";

const V1 = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const V1ALPHA = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

const ENUM: ProtobufFields = {
  name: [1, "string"],
  value: [2, { fields: { name: [1, "string"], number: [2, "int64"] } }],
};

const MESSAGE: ProtobufFields = {
  name: [1, "string"],
  field: [
    2,
    {
      fields: {
        name: [1, "string"],
        number: [3, "int64"],
        label: [4, "int64"],
        type: [5, "int64"],
        type_name: [6, "string"],
        oneof_index: [9, "int64"],
      },
    },
  ],
  get nested_type(): ProtobufFields[string] {
    return [3, { fields: MESSAGE }];
  },
  enum_type: [4, { fields: ENUM }],
  options: [7, { fields: { map_entry: [7, "int64"] } }],
  oneof_decl: [8, { fields: { name: [1, "string"] } }],
};

/** The part of google/protobuf/descriptor.proto that the test reads, on its own from what the server writes. */
const FILE: ProtobufFields = {
  name: [1, "string"],
  package: [2, "string"],
  message_type: [4, { fields: MESSAGE }],
  enum_type: [5, { fields: ENUM }],
  service: [6, { fields: { name: [1, "string"], method: [2, { fields: { name: [1, "string"] } }] } }],
  syntax: [12, "string"],
};

async function ask(stream: Stream, question: Readonly<Record<string, string>>): Promise<ProtobufRecord | undefined> {
  stream.send({ host: "here", ...question });
  const answer = await stream.next();
  expect(answer?.text("valid_host")).toBe("here");
  for (const [field, asked] of Object.entries(question)) {
    expect(answer?.record("original_request")?.text(field)).toBe(asked);
  }
  return answer;
}

function fileIn(answer: ProtobufRecord | undefined): ProtobufRecord {
  const [bytes] = answer?.record("file_descriptor_response")?.bytes("file_descriptor_proto") ?? [];
  return decodeProtobuf(bytes as Uint8Array, FILE, "the file");
}

/** Every message of a file by its full name, nested ones too. */
function messagesIn(owner: ProtobufRecord, field: string, prefix: string): [name: string, message: ProtobufRecord][] {
  return owner.records(field).flatMap((message): [string, ProtobufRecord][] => {
    const name = `${prefix}.${message.text("name")}`;
    return [[name, message], ...messagesIn(message, "nested_type", name)];
  });
}

function typesUnder(type: MessageType): MessageType[] {
  const inner = Object.values(type.fields).map((field) => field.type);
  return [type, ...inner.filter((field) => isMessageType(field)).flatMap(typesUnder)];
}

test("a client learns which services there are, in both versions of reflection", async () => {
  await calling(await serveEcho(echoOf(["int32"])), async ({ stream }) => {
    for (const version of [V1, V1ALPHA]) {
      const calls = stream(version);
      const answer = await ask(calls, { list_services: "" });
      const names = answer
        ?.record("list_services_response")
        ?.records("service")
        .map((service) => service.text("name"));
      expect(names).toEqual([
        "inference.GRPCInferenceService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
      ]);
      calls.end();
      expect(await calls.next()).toBeUndefined();
    }
  });
});

test("the files say of every method and message what the server reads and writes", async () => {
  await calling(await serveEcho(echoOf(["int32"])), async ({ stream }) => {
    const calls = stream(V1);
    for (const service of SERVICES) {
      const symbol = `${service.package}.${service.name}`;
      const file = fileIn(await ask(calls, { file_containing_symbol: symbol }));
      expect([file.text("package"), file.text("syntax")]).toEqual([service.package, "proto3"]);
      const [described] = file.records("service");
      const methods = described?.records("method").map((method) => method.text("name"));
      expect(methods).toEqual(service.methods.map(({ name }) => name));
      const messages = new Map(messagesIn(file, "message_type", service.package));
      for (const type of service.methods.flatMap(({ request, response }) => [request, response]).flatMap(typesUnder)) {
        const name = `${type.package}.${type.name}`;
        const fields = messages.get(name)?.records("field");
        const tags = fields?.map((field): [unknown, unknown] => [field.text("name"), field.integer("number")]);
        expect(tags, name).toEqual(Object.entries(type.fields).map(([field, { tag }]) => [field, tag]));
        const named = fields?.filter((field) => field.integer("type") === 11).map((field) => field.text("type_name"));
        for (const target of named ?? []) expect(messages.has(target?.slice(1) ?? ""), `${name}: ${target}`).toBe(true);
      }
      const byName = fileIn(await ask(calls, { file_by_filename: file.text("name") ?? "" }));
      expect(byName).toEqual(file);
    }
    calls.end();
  });
});

test("maps, enums and choices are described as such", async () => {
  await calling(await serveEcho(echoOf(["int32"])), async ({ stream }) => {
    const calls = stream(V1);
    const file = fileIn(await ask(calls, { file_containing_symbol: "inference.InferParameter" }));
    const messages = new Map(messagesIn(file, "message_type", ""));
    const parameter = messages.get(".InferParameter");
    expect(parameter?.records("oneof_decl").map((oneof) => oneof.text("name"))).toEqual(["parameter_choice"]);
    expect(parameter?.records("field").map((field) => [field.integer("type"), field.integer("oneof_index")])).toEqual([
      [8, 0],
      [3, 0],
      [9, 0],
      [1, 0],
      [4, 0],
    ]);
    const request = messages.get(".ModelInferRequest");
    const entry = messages.get(".ModelInferRequest.ParametersEntry");
    expect(entry?.record("options")?.integer("map_entry")).toBe(1);
    expect(
      request
        ?.records("field")
        .find((field) => field.text("name") === "parameters")
        ?.text("type_name"),
    ).toBe(".inference.ModelInferRequest.ParametersEntry");
    const values = file
      .records("enum_type")
      .find((type) => type.text("name") === "DataType")
      ?.records("value");
    expect(values?.map((value) => [value.text("name"), value.integer("number")])).toContainEqual(["TYPE_BF16", 14]);
    const kinds = messages.get(".ModelInstanceGroup")?.records("enum_type");
    expect(kinds?.map((kind) => kind.text("name"))).toEqual(["Kind"]);
    calls.end();
  });
});

test("what is not there is an error of the question, and the stream goes on", async () => {
  await calling(await serveEcho(echoOf(["int32"])), async ({ stream }) => {
    const calls = stream(V1ALPHA);
    const questions = [
      { file_by_filename: "nothing.proto" },
      { file_containing_symbol: "inference.Nothing" },
      { all_extension_numbers_of_type: "inference.Nothing" },
      {},
    ];
    for (const question of questions) {
      const error = (await ask(calls, question))?.record("error_response");
      expect([error?.integer("error_code"), error?.text("error_message")]).toEqual([5, expect.stringContaining("at ")]);
    }
    calls.sendBytes(Uint8Array.of(10, 200));
    expect((await calls.next())?.record("error_response")?.integer("error_code")).toBe(3);
    const none = await ask(calls, { all_extension_numbers_of_type: "inference.ModelInferRequest" });
    expect(none?.record("all_extension_numbers_response")?.text("base_type_name")).toBe("inference.ModelInferRequest");
    calls.end();
    expect(await calls.next()).toBeUndefined();
  });
});
