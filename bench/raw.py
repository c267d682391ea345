"""The raw limit: Argon2id alone, as many threads as there are cores, with nothing around it.

Runs in a process of its own, from the same build of the library that the site uses, with the
allocator as the system has it: the memory of one computation serves the next.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import fmean

from argon2.low_level import Type, hash_secret_raw

from bench.child_process import run_module
from resident_app.configuration.limits import Sealing
from resident_app.register.sealing.plan import cores

_SECRET_BYTES = 64
_SALT_BYTES = 16


def raw_rate(seconds: float, argon2: Sealing) -> float:
    """Computations per second on all cores."""
    return _measured(seconds, argon2)["rate"]


def raw_cpu_milliseconds(seconds: float, argon2: Sealing) -> float:
    """CPU time of one computation, while all cores compute."""
    return 1000 * _measured(seconds, argon2)["cpu_seconds"]


def _measured(seconds: float, argon2: Sealing) -> dict[str, float]:
    question = {"seconds": seconds, "memory_kib": argon2.memory_kib, "passes": argon2.passes}
    return run_module("bench.raw", question, seconds + 30)


def _compute(seconds: float, argon2: Sealing) -> tuple[float, float]:
    """Computations per second of one thread, and the CPU seconds of each."""
    done, began, cpu_began = 0, time.monotonic(), time.thread_time()
    while (taken := time.monotonic() - began) < seconds:
        hash_secret_raw(
            secret=bytes(_SECRET_BYTES),
            salt=bytes(_SALT_BYTES),
            time_cost=argon2.passes,
            memory_cost=argon2.memory_kib,
            parallelism=1,
            hash_len=64,
            type=Type.ID,
        )
        done += 1
    return done / taken, (time.thread_time() - cpu_began) / done


def main() -> None:
    """Read a question from standard input, answer on standard output."""
    question = json.load(sys.stdin)
    argon2 = Sealing(memory_kib=question["memory_kib"], passes=question["passes"])
    threads = cores()
    with ThreadPoolExecutor(threads) as pool:
        measured = list(pool.map(_compute, [question["seconds"]] * threads, [argon2] * threads))
    rates, cpu_seconds = zip(*measured, strict=True)
    json.dump({"rate": sum(rates), "cpu_seconds": fmean(cpu_seconds)}, sys.stdout)


if __name__ == "__main__":
    main()
