#!/usr/bin/env python3
"""Checks what the crates depend on: each crate of the workspace only on crates to its right in LAYERS, and the two libraries,
whatever features are on, on nothing that does I/O."""

import json
import subprocess
import sys
from fnmatch import fnmatchcase

LAYERS = ["cse-tests", "cse-cli", "cse-aws-sdk", "cse-reqwest", "cse-sandbox", "cse-client", "cse-keys", "cse-envelope"]
WITHOUT_IO = ["cse-keys", "cse-envelope"]
IO = [
    # runtimes and sockets
    "async-io", "async-net", "async-std", "mio", "smol", "socket2", "tokio", "tokio-*",
    # HTTP
    "attohttpc", "curl", "curl-sys", "h2", "h3", "hyper", "hyper-*", "isahc", "minreq", "quinn", "reqwest", "surf", "ureq",
    # TLS
    "native-tls", "openssl", "openssl-sys", "rustls", "rustls-*", "s2n-*", "schannel", "security-framework",
    # AWS clients
    "aws-config", "aws-sdk-*", "aws-smithy-*", "object_store", "opendal", "reqsign*", "rusoto_*", "rusty-s3",
]


class Workspace:
    """The resolved dependencies of all members with all features, for every platform."""

    def __init__(self) -> None:
        command = ["cargo", "metadata", "--locked", "--all-features", "--format-version", "1"]
        metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        self.names = {package["id"]: package["name"] for package in metadata["packages"]}
        self.members = {self.names[member]: member for member in metadata["workspace_members"]}
        self.edges = {node["id"]: node["deps"] for node in metadata["resolve"]["nodes"]}

    def all_direct(self, crate: str) -> set[str]:
        """Direct dependencies of any kind, development included."""
        return {self.names[edge["pkg"]] for edge in self.edges[self.members[crate]]}

    def normal_tree(self, crate: str) -> set[str]:
        """Everything that users of the crate compile."""
        reached, left = set(), [self.members[crate]]
        while left:
            package = left.pop()
            if package not in reached:
                reached.add(package)
                left += [edge["pkg"] for edge in self.edges[package] if any(kind["kind"] is None for kind in edge["dep_kinds"])]
        return {self.names[package] for package in reached}


def problems(workspace: Workspace):
    if set(LAYERS) != set(workspace.members):
        yield f"the members are {sorted(workspace.members)}, but LAYERS in .ci/layers.py lists {sorted(LAYERS)}"
        return
    for place, crate in enumerate(LAYERS):
        for other in sorted(workspace.all_direct(crate) & set(LAYERS[: place + 1])):
            yield f"{crate} depends on {other}, against the direction {' -> '.join(LAYERS)}"
    for crate in WITHOUT_IO:
        for other in sorted(workspace.normal_tree(crate)):
            if any(fnmatchcase(other, pattern) for pattern in IO):
                yield f"{crate} depends on {other}, which does I/O (cargo tree -p {crate} --all-features -e normal -i {other})"


found = list(problems(Workspace()))
print("\n".join(found) or f"as it should be: {' -> '.join(LAYERS)}; no I/O in {' and '.join(WITHOUT_IO)}")
sys.exit(bool(found))
