"""Holds the files of this folder to the real schemas, without a cluster: python deploy/validate.py [CRD.yaml …]

Needs kubernetes-validate, pyyaml and jsonschema. Kinds of Kubernetes itself are checked by the schemas of its API, which
kubernetes-validate brings along. Those of KServe and the Prometheus Operator are checked by the custom resource
definitions that are given: config/crd/full/serving.kserve.io_*.yaml of github.com/kserve/kserve, and
example/prometheus-operator-crd/*_servicemonitors.yaml of github.com/prometheus-operator/prometheus-operator. In both,
fields that the schema does not have are errors. kubectl, where there is one, builds the kustomizations, and
systemd-analyze verifies the unit. What could not be checked is listed; ends with 1 when something is wrong.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import jsonschema
import kubernetes_validate
import yaml

HERE = pathlib.Path(__file__).parent
KUBERNETES = "1.33"
UNIT = HERE / "systemd/torchrelay.service"
CORE_GROUPS = ("v1", "apps/v1", "policy/v1", "autoscaling/v2")


def strict(schema):
    """The schema, refusing what it does not name, as the API server does with `--validate=strict`."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: strict(value) for key, value in schema.items()}
    is_open = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if schema.get("type") == "object" and "properties" in schema and not is_open:
        result["additionalProperties"] = False
    return result


def read_definitions(files):
    """@returns schemas by apiVersion and kind"""
    schemas = {}
    for file in files:
        spec = yaml.safe_load(pathlib.Path(file).read_text())["spec"]
        for version in spec["versions"]:
            schemas[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = version["schema"]["openAPIV3Schema"]
    return schemas


def check_resource(resource, schemas):
    """@returns what it was checked by, or None @raises the error"""
    version, kind = resource["apiVersion"], resource["kind"]
    if version in CORE_GROUPS:
        kubernetes_validate.validate(resource, KUBERNETES, strict=True)
        return f"the API of Kubernetes {KUBERNETES}"
    if (version, kind) not in schemas:
        return None
    jsonschema.validate(resource, strict(schemas[version, kind]))
    return "its custom resource definition"


def check_document(name, text, schemas):
    for resource in yaml.safe_load_all(text):
        if "apiVersion" not in resource:
            yield "unchecked", f"{name}: not a resource, but values of a Helm chart"
            continue
        what = f"{name}: {resource['kind']} {resource['metadata']['name']}"
        try:
            schema = check_resource(resource, schemas)
            yield ("ok", f"{what}, by {schema}") if schema else ("unchecked", f"{what}: no definition was given")
        except (jsonschema.ValidationError, kubernetes_validate.ValidationError) as error:
            yield "wrong", f"{what}: {'.'.join(map(str, error.path))}: {error.message}"


def check_kustomization(file, schemas):
    name = f"{file.parent.relative_to(HERE)}, built"
    if not shutil.which("kubectl"):
        yield "unchecked", f"{name}: there is no kubectl"
        return
    built = subprocess.run(["kubectl", "kustomize", file.parent], capture_output=True, text=True)
    if built.returncode:
        yield "wrong", f"{name}: {built.stderr}"
        return
    yield from check_document(name, built.stdout, schemas)


def check_manifests(schemas):
    for file in sorted(HERE.glob("k*/*.yaml")):
        if file.name == "kustomization.yaml":
            yield from check_kustomization(file, schemas)
        else:
            yield from check_document(file.relative_to(HERE), file.read_text(), schemas)


def check_unit():
    if not shutil.which("systemd-analyze"):
        return "unchecked", f"{UNIT.name}: there is no systemd-analyze"
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / UNIT.name  # with a command that exists, which systemd-analyze insists on
        copy.write_text(UNIT.read_text().replace("/usr/local/bin/torchrelay", sys.executable))
        done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True)
    complaints = [line for line in done.stderr.splitlines() if UNIT.name in line]
    if done.returncode or complaints:
        return "wrong", f"{UNIT.name}: {' '.join(complaints) or done.stderr}"
    return "ok", f"{UNIT.name}, by systemd-analyze verify"


def main():
    results = [*check_manifests(read_definitions(sys.argv[1:])), check_unit()]
    for verdict, what in results:
        print(f"{verdict:10}{what}")
    if any(verdict == "wrong" for verdict, _ in results):
        sys.exit(1)


if __name__ == "__main__":
    main()
