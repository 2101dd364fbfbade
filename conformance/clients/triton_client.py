"""Every call of NVIDIA's tritonclient against a running server, over HTTP and gRPC; all answers must agree.

    python triton_client.py --http 127.0.0.1:8000 --grpc 127.0.0.1:8001 --model digits
"""

import argparse
import queue
import sys

import grpc
import numpy as np
import tritonclient.grpc as triton_grpc
import tritonclient.http as triton_http
from google.protobuf import descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from tritonclient.grpc import service_pb2
from tritonclient.utils import InferenceServerException

from checks import Checks, best_classes, equal, example, refused, same_numbers

SERVICE = "inference.GRPCInferenceService"
NOT_SERVED = {
    "SystemSharedMemoryStatus",
    "SystemSharedMemoryRegister",
    "SystemSharedMemoryUnregister",
    "CudaSharedMemoryStatus",
    "CudaSharedMemoryRegister",
    "CudaSharedMemoryUnregister",
    "TraceSetting",
    "LogSettings",
}


class Side:
    """One transport: how its inputs and outputs are made. `form` are options of its inputs and outputs."""

    def __init__(self, library, client, model, **form):
        self.library, self.client, self.model, self.form = library, client, model, form

    def inputs(self, arrays):
        made = []
        for name, array in arrays.items():
            tensor = self.library.InferInput(name, array.shape, "FP32")
            tensor.set_data_from_numpy(array, **self.form)
            made.append(tensor)
        return made

    def outputs(self, names, class_count=0):
        return [self.library.InferRequestedOutput(name, class_count=class_count, **self.form) for name in names]

    def infer(self, arrays, names, class_count=0, **options):
        return self.client.infer(
            self.model, self.inputs(arrays), outputs=self.outputs(names, class_count), **options
        )


class Run:
    def __init__(self, options):
        self.model = options.model
        self.checks = Checks()
        self.http = triton_http.InferenceServerClient(options.http, concurrency=4)
        self.grpc = triton_grpc.InferenceServerClient(options.grpc)
        self.channel = grpc.insecure_channel(options.grpc)
        self.sides = {
            "HTTP JSON": Side(triton_http, self.http, self.model, binary_data=False),
            "HTTP binary": Side(triton_http, self.http, self.model, binary_data=True),
            "gRPC": Side(triton_grpc, self.grpc, self.model),
        }
        self.clients = {"HTTP": self.http, "gRPC": self.grpc}
        metadata = self.http.get_model_metadata(self.model)
        self.arrays = example(metadata)
        self.names = [tensor["name"] for tensor in metadata["outputs"]]
        result = self.sides["gRPC"].infer(self.arrays, self.names)
        self.expected = {name: result.as_numpy(name) for name in self.names}

    def same(self, result):
        for name, expected in self.expected.items():
            same_numbers(result.as_numpy(name), expected)

    def describe(self):
        """Health, metadata, configuration and statistics say the same on both sides."""
        for name, client in self.clients.items():
            self.checks.run(f"{name}: live and ready", lambda c=client: self.health(c))
            self.checks.run(f"{name}: errors", lambda c=client: self.errors(c))
        self.checks.run("server metadata", lambda: self.agree("get_server_metadata"))
        self.checks.run("model metadata", lambda: self.agree("get_model_metadata", self.model))
        self.checks.run("model configuration", self.configuration)
        self.checks.run("statistics", self.statistics)
        self.checks.run("repository", self.repository)

    def health(self, client):
        assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(self.model)
        assert client.is_model_ready(self.model, "1")
        assert client is self.http or not self.is_ready_elsewhere(client)

    def is_ready_elsewhere(self, client):
        """Over gRPC, a model that is not there is an error."""
        refused(InferenceServerException, lambda: client.is_model_ready("no-such-model"), "NOT_FOUND")
        return False

    def agree(self, call, *arguments):
        by_grpc = getattr(self.grpc, call)(*arguments, as_json=True)
        for tensor in [*by_grpc.get("inputs", []), *by_grpc.get("outputs", [])]:
            tensor["shape"] = [int(size) for size in tensor["shape"]]
        equal(by_grpc, getattr(self.http, call)(*arguments))

    def configuration(self):
        by_http = self.http.get_model_config(self.model)
        by_grpc = self.grpc.get_model_config(self.model, as_json=True)["config"]
        for key in ("name", "platform", "backend", "max_batch_size"):
            equal(by_grpc.get(key, 0), by_http[key])
        for key in ("input", "output"):
            for mine, other in zip(by_grpc[key], by_http[key], strict=True):
                equal([mine["name"], mine["data_type"]], [other["name"], other["data_type"]])
                equal([int(size) for size in mine["dims"]], other["dims"])
        equal(by_grpc["instance_group"][0]["kind"], by_http["instance_group"][0]["kind"])

    def statistics(self):
        def counts(stats):
            times = stats["inference_stats"]
            return [int(stats["inference_count"]), int(stats["execution_count"]), int(times["success"]["count"])]

        by_http = self.http.get_inference_statistics(self.model)["model_stats"][0]
        by_grpc = self.grpc.get_inference_statistics(self.model, as_json=True)["model_stats"][0]
        equal([by_grpc["name"], by_grpc["version"]], [by_http["name"], by_http["version"]])
        equal(counts(by_grpc), counts(by_http))
        assert counts(by_grpc)[0] > 0
        every = self.grpc.get_inference_statistics(as_json=True)["model_stats"]
        assert self.model in [stats["name"] for stats in every]

    def repository(self):
        """Where the server lets clients touch the repository: off and on again."""
        try:
            index = self.http.get_model_repository_index()
        except InferenceServerException as error:
            assert "does not let its clients" in str(error)
            refused(InferenceServerException, self.grpc.get_model_repository_index, "PERMISSION_DENIED")
            return
        equal(self.grpc.get_model_repository_index(as_json=True)["models"][0]["name"], index[0]["name"])
        for client in self.clients.values():
            client.unload_model(self.model)
            refused(InferenceServerException, lambda: self.sides["gRPC"].infer(self.arrays, self.names))
            client.load_model(self.model)
            self.same(self.sides["gRPC"].infer(self.arrays, self.names))

    def errors(self, client):
        error = InferenceServerException
        refused(error, lambda: client.get_model_metadata("no-such-model"), "no-such-model")
        refused(error, lambda: client.get_model_config("no-such-model"), "no-such-model")
        refused(error, client.get_system_shared_memory_status)
        refused(error, client.get_cuda_shared_memory_status)
        refused(error, lambda: client.register_system_shared_memory("region", "/region", 64))
        refused(error, client.get_trace_settings)
        refused(error, client.get_log_settings)

    def infer(self):
        for name, side in self.sides.items():
            self.checks.run(f"{name}: infer", lambda s=side: self.infer_with(s))
            self.checks.run(f"{name}: classes", lambda s=side: self.classes(s))
            self.checks.run(f"{name}: bad requests", lambda s=side: self.bad_requests(s))
            self.checks.run(f"{name}: asynchronous", lambda s=side: self.asynchronous(s))
        for algorithm in ("gzip", "deflate"):
            self.checks.run(f"HTTP: {algorithm}", lambda a=algorithm: self.compressed(a))
            self.checks.run(f"gRPC: {algorithm}", lambda a=algorithm: self.compressed_grpc(a))
        self.checks.run("gRPC: stream", self.stream)
        self.checks.run("gRPC: typed contents", self.typed)

    def infer_with(self, side):
        result = side.infer(self.arrays, self.names, request_id="42", priority=1, timeout=60_000_000)
        self.same(result)
        response = result.get_response()
        equal(response["id"] if isinstance(response, dict) else response.id, "42")
        self.same(side.client.infer(self.model, side.inputs(self.arrays), model_version="1"))

    def classes(self, side):
        result = side.infer(self.arrays, self.names, class_count=3)
        for name, expected in self.expected.items():
            given = result.as_numpy(name)
            equal(given.shape, (len(expected), 3))
            for row, values in zip(given, expected, strict=True):
                texts = [text.decode() if isinstance(text, bytes) else text for text in row]
                equal([int(text.split(":")[1]) for text in texts], best_classes(values.reshape(-1), 3))
                same_numbers(
                    np.array([float(text.split(":")[0]) for text in texts]),
                    np.array([values.reshape(-1)[int(text.split(":")[1])] for text in texts]),
                )

    def bad_requests(self, side):
        error = InferenceServerException
        name, array = next(iter(self.arrays.items()))
        refused(error, lambda: side.infer({"no-such-input": array}, self.names), name)
        refused(error, lambda: side.infer(self.arrays, ["no-such-output"]), self.names[0])
        refused(error, lambda: side.infer({name: array[..., :1]}, self.names), name)
        self.same(side.infer(self.arrays, self.names))

    def asynchronous(self, side):
        outputs = side.outputs(self.names)
        if side.library is triton_http:
            pending = [side.client.async_infer(self.model, side.inputs(self.arrays), outputs=outputs) for _ in range(8)]
            for request in pending:
                self.same(request.get_result())
            return
        done = queue.Queue()
        for _ in range(8):
            side.client.async_infer(
                self.model, side.inputs(self.arrays), lambda result, error: done.put((result, error)), outputs=outputs
            )
        for _ in range(8):
            result, error = done.get(timeout=60)
            assert error is None, error
            self.same(result)

    def compressed(self, algorithm):
        for name in ("HTTP JSON", "HTTP binary"):
            options = {"request_compression_algorithm": algorithm, "response_compression_algorithm": algorithm}
            many = {key: np.concatenate([array] * 40) for key, array in self.arrays.items()}
            result = self.sides[name].infer(many, self.names, **options)
            for output, expected in self.expected.items():
                same_numbers(result.as_numpy(output), np.concatenate([expected] * 40))

    def compressed_grpc(self, algorithm):
        self.same(self.sides["gRPC"].infer(self.arrays, self.names, compression_algorithm=algorithm))

    def stream(self):
        """Answers and errors of one stream, each with the request that it belongs to."""
        side, done = self.sides["gRPC"], queue.Queue()
        self.grpc.start_stream(lambda result, error: done.put((result, error)))
        inputs, outputs = side.inputs(self.arrays), side.outputs(self.names)
        for number in range(20):
            self.grpc.async_stream_infer(
                self.model, inputs, outputs=outputs, request_id=str(number), enable_empty_final_response=True
            )
        self.grpc.async_stream_infer("no-such-model", inputs, outputs=outputs, request_id="lost")
        answers = [done.get(timeout=60) for _ in range(21)]
        self.grpc.stop_stream()
        errors = [error for _, error in answers if error is not None]
        equal(len(errors), 1)
        assert "no-such-model" in str(errors[0])
        results = [result for result, error in answers if error is None]
        equal(sorted(int(result.get_response().id) for result in results), list(range(20)))
        for result in results:
            assert result.get_response().parameters["triton_final_response"].bool_param
            self.same(result)

    def typed(self):
        """Elements in fields of their type, which tritonclient itself does not send."""
        request = service_pb2.ModelInferRequest(model_name=self.model)
        for name, array in self.arrays.items():
            tensor = request.inputs.add(name=name, datatype="FP32", shape=array.shape)
            tensor.contents.fp32_contents.extend(array.reshape(-1).tolist())
        call = self.channel.unary_unary(
            f"/{SERVICE}/ModelInfer",
            request_serializer=service_pb2.ModelInferRequest.SerializeToString,
            response_deserializer=service_pb2.ModelInferResponse.FromString,
        )
        self.same(triton_grpc.InferResult(call(request)))

    def reflect(self):
        """What the server tells of itself by reflection is what Triton's own files say."""
        database = ProtoReflectionDescriptorDatabase(self.channel)
        pool = descriptor_pool.DescriptorPool(database)
        self.checks.run("reflection: the same messages as Triton's", lambda: self.same_descriptors(pool))
        self.checks.run("reflection: a client made of it infers", lambda: self.dynamic(pool))
        self.checks.run("health: check, list and watch", lambda: self.standard_health(pool))

    def same_descriptors(self, pool):
        theirs = service_pb2.DESCRIPTOR.services_by_name["GRPCInferenceService"]
        ours = pool.FindServiceByName(SERVICE)
        equal({method.name for method in theirs.methods} - {method.name for method in ours.methods}, NOT_SERVED)
        for method in ours.methods:
            other = theirs.methods_by_name[method.name]
            equal(
                [method.client_streaming, method.server_streaming], [other.client_streaming, other.server_streaming]
            )
            compare_messages(method.input_type, other.input_type)
            compare_messages(method.output_type, other.output_type)

    def dynamic(self, pool):
        request_class = message_factory.GetMessageClass(pool.FindMessageTypeByName("inference.ModelInferRequest"))
        request = request_class(model_name=self.model)
        for name, array in self.arrays.items():
            request.inputs.add(name=name, datatype="FP32", shape=array.shape)
            request.raw_input_contents.append(array.tobytes())
        call = self.channel.unary_unary(
            f"/{SERVICE}/ModelInfer",
            request_serializer=request_class.SerializeToString,
            response_deserializer=service_pb2.ModelInferResponse.FromString,
        )
        self.same(triton_grpc.InferResult(call(request)))

    def standard_health(self, pool):
        stub = health_pb2_grpc.HealthStub(self.channel)
        for service in ("", SERVICE):
            equal(stub.Check(health_pb2.HealthCheckRequest(service=service)).status, 1)
        # The stub of these versions of protobuf does not have it yet.
        message = lambda name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"grpc.health.v1.{name}"))
        listing = self.channel.unary_unary(
            "/grpc.health.v1.Health/List",
            request_serializer=message("HealthListRequest").SerializeToString,
            response_deserializer=message("HealthListResponse").FromString,
        )
        equal(listing(message("HealthListRequest")()).statuses[SERVICE].status, 1)
        watch = stub.Watch(health_pb2.HealthCheckRequest(service=SERVICE))
        equal(next(watch).status, 1)
        watch.cancel()


def compare_messages(mine, other):
    """Every field that the server has, Triton has by the same name, number and type."""
    equal(mine.full_name, other.full_name)
    for field in mine.fields:
        twin = other.fields_by_name[field.name]
        for key in ("number", "type", "is_repeated"):
            equal(getattr(field, key), getattr(twin, key))
        equal(field.containing_oneof and field.containing_oneof.name, twin.containing_oneof and twin.containing_oneof.name)
        if field.enum_type:
            values = [(value.name, value.number) for value in field.enum_type.values]
            equal(values, [(value.name, value.number) for value in twin.enum_type.values])
        if field.message_type:
            equal(field.message_type.GetOptions().map_entry, twin.message_type.GetOptions().map_entry)
            compare_messages(field.message_type, twin.message_type)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--http", default="127.0.0.1:8000")
    parser.add_argument("--grpc", default="127.0.0.1:8001")
    parser.add_argument("--model", default="digits")
    run = Run(parser.parse_args())
    run.infer()
    run.describe()
    run.reflect()
    sys.exit(run.checks.summary("tritonclient"))


if __name__ == "__main__":
    main()
