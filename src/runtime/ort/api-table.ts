const STATUS = "void *";
const POINTER = "void *";
const SIZE = "size_t";

/**
 * The functions of `OrtApi` that torchrelay calls: position in the function table, result, parameters.
 * Positions are fixed for ever by ONNX Runtime's ABI (onnxruntime_c_api.h); the table only grows at its end.
 */
export const ORT_API: Readonly<Record<OrtFunctionName, OrtSignature>> = {
  GetErrorCode: [1, "int", [POINTER]],
  GetErrorMessage: [2, "str", [POINTER]],
  CreateEnv: [3, STATUS, ["int", "str", POINTER]],
  DisableTelemetryEvents: [6, STATUS, [POINTER]],
  CreateSessionFromArray: [8, STATUS, [POINTER, POINTER, SIZE, POINTER, POINTER]],
  Run: [9, STATUS, [POINTER, POINTER, POINTER, POINTER, SIZE, POINTER, SIZE, POINTER]],
  CreateSessionOptions: [10, STATUS, [POINTER]],
  SetSessionLogSeverityLevel: [22, STATUS, [POINTER, "int"]],
  SetSessionGraphOptimizationLevel: [23, STATUS, [POINTER, "int"]],
  SetIntraOpNumThreads: [24, STATUS, [POINTER, "int"]],
  SetInterOpNumThreads: [25, STATUS, [POINTER, "int"]],
  CreateRunOptions: [39, STATUS, [POINTER]],
  RunOptionsSetTerminate: [46, STATUS, [POINTER]],
  RunOptionsUnsetTerminate: [47, STATUS, [POINTER]],
  CreateTensorWithDataAsOrtValue: [49, STATUS, [POINTER, POINTER, SIZE, POINTER, SIZE, "int", POINTER]],
  GetTensorMutableData: [51, STATUS, [POINTER, POINTER]],
  GetTensorElementType: [60, STATUS, [POINTER, POINTER]],
  GetDimensionsCount: [61, STATUS, [POINTER, POINTER]],
  GetDimensions: [62, STATUS, [POINTER, POINTER, SIZE]],
  GetTensorTypeAndShape: [65, STATUS, [POINTER, POINTER]],
  CreateCpuMemoryInfo: [69, STATUS, ["int", "int", POINTER]],
  ReleaseEnv: [92, "void", [POINTER]],
  ReleaseStatus: [93, "void", [POINTER]],
  ReleaseMemoryInfo: [94, "void", [POINTER]],
  ReleaseSession: [95, "void", [POINTER]],
  ReleaseValue: [96, "void", [POINTER]],
  ReleaseRunOptions: [97, "void", [POINTER]],
  ReleaseTensorTypeAndShapeInfo: [99, "void", [POINTER]],
  ReleaseSessionOptions: [100, "void", [POINTER]],
  AddSessionConfigEntry: [130, STATUS, [POINTER, "str", "str"]],
  AddRunConfigEntry: [165, STATUS, [POINTER, "str", "str"]],
};

export type OrtSignature = readonly [position: number, result: string, parameters: readonly string[]];

export type OrtFunctionName =
  | "GetErrorCode"
  | "GetErrorMessage"
  | "CreateEnv"
  | "DisableTelemetryEvents"
  | "CreateSessionFromArray"
  | "Run"
  | "CreateSessionOptions"
  | "SetSessionLogSeverityLevel"
  | "SetSessionGraphOptimizationLevel"
  | "SetIntraOpNumThreads"
  | "SetInterOpNumThreads"
  | "CreateRunOptions"
  | "RunOptionsSetTerminate"
  | "RunOptionsUnsetTerminate"
  | "CreateTensorWithDataAsOrtValue"
  | "GetTensorMutableData"
  | "GetTensorElementType"
  | "GetDimensionsCount"
  | "GetDimensions"
  | "GetTensorTypeAndShape"
  | "CreateCpuMemoryInfo"
  | "ReleaseEnv"
  | "ReleaseStatus"
  | "ReleaseMemoryInfo"
  | "ReleaseSession"
  | "ReleaseValue"
  | "ReleaseRunOptions"
  | "ReleaseTensorTypeAndShapeInfo"
  | "ReleaseSessionOptions"
  | "AddSessionConfigEntry"
  | "AddRunConfigEntry";
