#!/usr/bin/env python3
"""Holds CUDA's kernels against the tables of this folder, or with --update writes those.

resources.txt: of each kernel and block the registers, shared memory and occupancy of each architecture, as nvcc compiles
it. accesses.txt: of each line of a kernel how many times the fewest sectors of global memory, and the fewest cycles of
shared memory's banks, its requests take; lines that take the fewest are left out.
"""

import argparse
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
KERNELS = HERE.parents[1] / "reference-engine" / "backend" / "cuda"
TOLERANCE = 1.1
SHARED_OF = {"80": 164 * 1024, "90": 228 * 1024}  # of a multiprocessor, in bytes


def short(name):
    """A demangled kernel without its namespaces, return type and parameters."""
    name = re.sub(r"tessera::engine::(cuda::)?|sampling::|\(anonymous namespace\)::|^void ", "", name)
    for number, element in enumerate(("f32", "bf16", "i8")):
        name = name.replace(f"(element){number}", element)
    return name[: name.rindex("(")].replace(" >", ">")


def up(number, unit):
    return -(-number // unit) * unit


def occupancy(arch, registers, shared, threads):
    """Warps of 64 that a multiprocessor holds, in percent: by CUDA's rules for these architectures."""
    warps = up(threads, 32) // 32
    by_warps = 64 // warps
    by_registers = 65536 // 4 // up(registers * 32, 256) * 4 // warps
    by_shared = SHARED_OF[arch] // up(shared + 1024, 128)
    return round(100 * min(by_warps, by_registers, by_shared, 32) * warps / 64)


def read_counted(file):
    launches, lines = {}, {}
    for row in file.read_text().splitlines():
        kind, name, *numbers = row.split("\t")
        numbers = [int(number) for number in numbers]
        if kind == "launch":
            threads, shared = numbers
            launches.setdefault(short(name), {})[threads] = shared
        else:
            path, _, line = name.partition(":")
            if (KERNELS / path).is_file():
                lines[path, int(line)] = numbers
    return launches, lines


def accesses_of(lines):
    texts = {}
    total = {}
    for (path, line), numbers in lines.items():
        source = texts.setdefault(path, (KERNELS / path).read_text().splitlines())
        total.setdefault((path, source[line - 1].strip()), []).append(numbers)
    table = {}
    for key, counts in total.items():
        sectors, least_sectors, cycles, least_cycles = (sum(column) for column in zip(*counts))
        ratios = (sectors / (least_sectors or 1) or 1, cycles / (least_cycles or 1) or 1)
        if max(ratios) > 1.05:
            table[key] = ratios
    return table


def read_accesses(file):
    table = {}
    for row in file.read_text().splitlines():
        if row and not row.startswith("#"):
            sectors, cycles, path, text = row.split(maxsplit=3)
            table[path, text] = (float(sectors), float(cycles))
    return table


def resources_of(objects, launches):
    said = "".join(pathlib.Path(f"{o}.resources").read_text() for o in objects)
    said = subprocess.run(["c++filt"], input=said, capture_output=True, text=True, check=True).stdout
    rows = []
    pattern = r"entry function '(.*)' for 'sm_(\d+)'[^']*?Used (\d+) registers([^\n]*)"
    for name, arch, registers, rest in re.findall(pattern, said):
        static = re.search(r"(\d+) bytes smem", rest)
        static = int(static[1]) if static else 0
        if short(name) not in launches:
            rows.append(f"{short(name)} sm_{arch}: no test launches it")
            continue
        for threads, dynamic in launches[short(name)].items():
            part = occupancy(arch, int(registers), static + dynamic, threads)
            rows.append(f"{short(name)}, {threads} threads, sm_{arch}: {registers} registers, "
                        f"{static} + {dynamic} bytes shared, {part} % occupancy")
    return sorted(rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("counted", type=pathlib.Path)
    parser.add_argument("--nvcc", default="")
    parser.add_argument("--resources", nargs="*", default=[])
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    launches, lines = read_counted(arguments.counted)
    accesses = accesses_of(lines)
    resources = resources_of(arguments.resources, launches)
    accesses_file, resources_file = HERE / "accesses.txt", HERE / "resources.txt"
    compiler = f"# nvcc {arguments.nvcc}"
    if arguments.update:
        rows = [f"{s:7.2f} {c:6.2f} {path} {text}" for (path, text), (s, c) in sorted(accesses.items())]
        accesses_file.write_text("\n".join(["# sectors cycles line"] + rows) + "\n")
        if resources:
            resources_file.write_text("\n".join([compiler] + resources) + "\n")
        return 0

    wrong = [row for row in resources if row.endswith("no test launches it")]
    known = read_accesses(accesses_file)
    for key, ratios in accesses.items():
        held = known.get(key, (1, 1))
        if any(now > then * TOLERANCE for now, then in zip(ratios, held)):
            wrong.append(f"{key[0]}: {key[1]}\n    takes {ratios[0]:.2f} times the fewest sectors, {ratios[1]:.2f} times "
                         f"the fewest cycles; accesses.txt has {held[0]} and {held[1]}")
    table = resources_file.read_text().splitlines()
    if resources and table[0] == compiler:
        wrong += [f"resources.txt has not: {row}" for row in resources if row not in table]
        wrong += [f"resources.txt has: {row}" for row in table[1:] if row not in resources]
    print("\n".join(wrong))
    if wrong:
        print(f"Mend the kernel, or accept this: python3 {sys.argv[0]} --update, with the same arguments")
    return 1 if wrong else 0


sys.exit(main())
