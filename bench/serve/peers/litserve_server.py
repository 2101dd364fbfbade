"""LitServe with batching: a worker process for each thread."""

import litserve

import model


class Api(litserve.LitAPI):
    def setup(self, device):
        self.network = model.load(threads=1)

    def decode_request(self, request):
        return model.to_tensor(model.value_of(request))

    def batch(self, inputs):
        return inputs

    def predict(self, tensors):
        return model.run(self.network, tensors)

    def unbatch(self, outputs):
        return outputs

    def encode_response(self, output):
        return {"output": output}


if __name__ == "__main__":
    api = Api(max_batch_size=model.MAX_BATCH, batch_timeout=model.WAIT_SECONDS)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=model.THREADS, timeout=False)
    server.run(host="127.0.0.1", port=model.PORT, log_level="warning", generate_client_file=False)
