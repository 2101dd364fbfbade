import { type MessageType, many, one, oneOf, typesOf } from "./message-type.ts";

/** The messages of the reflection service, which are the same in all its versions. */
export function reflectionMessages(packageName: string): Readonly<Record<"request" | "response", MessageType>> {
  const type = typesOf(packageName);
  const extension = type("ExtensionRequest", { containing_type: one(1, "string"), extension_number: one(2, "int32") });
  const request = type("ServerReflectionRequest", {
    host: one(1, "string"),
    ...oneOf("message_request", {
      file_by_filename: [3, "string"],
      file_containing_symbol: [4, "string"],
      file_containing_extension: [5, extension],
      all_extension_numbers_of_type: [6, "string"],
      list_services: [7, "string"],
    }),
  });
  const response = type("ServerReflectionResponse", {
    valid_host: one(1, "string"),
    original_request: one(2, request),
    ...oneOf("message_response", {
      file_descriptor_response: [4, type("FileDescriptorResponse", { file_descriptor_proto: many(1, "bytes") })],
      all_extension_numbers_response: [
        5,
        type("ExtensionNumberResponse", { base_type_name: one(1, "string"), extension_number: many(2, "int32") }),
      ],
      list_services_response: [
        6,
        type("ListServiceResponse", { service: many(1, type("ServiceResponse", { name: one(1, "string") })) }),
      ],
      error_response: [7, type("ErrorResponse", { error_code: one(1, "int32"), error_message: one(2, "string") })],
    }),
  });
  return { request, response };
}
