#!/usr/bin/python3
"""Reduces OpenAPI documents to their facts: paths, names, types, ranges, defaults, status codes; lists of rules to
the rules' names.

usage: extract-facts.py SPECIFICATIONS_DIR OUTPUT_DIR

Prose (titles, descriptions, summaries, examples) stays behind: it is the vendors'. The output is JSON,
one file an API, and tests/contract holds the code against it.
"""
import json
import pathlib
import re
import sys

import yaml

PROSE = {"title", "description", "summary", "example", "examples", "externalDocs", "info", "tags", "servers",
         "termsOfService", "contact", "license"}
NAME_MAPS = {"properties", "patternProperties", "schemas", "paths", "responses", "headers", "parameters",
             "requestBodies", "securitySchemes", "content", "mapping", "$defs", "dependentRequired"}


def facts(node, names=False):
    """`names`: the keys of this object are names of the API, so that none of them is prose."""
    if isinstance(node, list):
        return [facts(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        str(key): facts(value, names=str(key) in NAME_MAPS and not names)
        for key, value in node.items()
        if names or not (key in PROSE or str(key).startswith("x-"))
    }


def write(path, facts):
    path.write_text(json.dumps(facts, indent=1, ensure_ascii=False, default=str) + "\n")


def main():
    source, target = map(pathlib.Path, sys.argv[1:3])
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.openapi.*")):
        document = facts(yaml.safe_load(path.read_text()))
        name = path.name.split(".")[0]
        write(target / f"{name}.json", document)
    for path in sorted(source.glob("*.rules.md")):
        write(target / f"{path.stem}.json", re.findall(r"^\d+\. `([^`]+)`", path.read_text(), re.MULTILINE))


if __name__ == "__main__":
    main()
