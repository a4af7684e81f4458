"""Carries out what the benchmark asks for, a line of JSON each, and answers with one.

A request is {"do": NAME, ...arguments}, an answer {"ok": true, ...} or {"ok": false, "error": TEXT}. Times are in whole
microseconds. The end of the input is the end of the benchmark.
"""

import json
import os
import sys
import time


class Stopwatch:
    def __init__(self):
        self.start = time.perf_counter()

    def micros(self):
        return round((time.perf_counter() - self.start) * 1_000_000)


def text(error):
    """The whole chain: what a library says last is often not what went wrong."""
    texts = []
    while error is not None:
        line = " ".join(f"{type(error).__name__}: {error}".split())
        if line not in texts:
            texts.append(line)
        error = error.__cause__
    return ", because of ".join(texts)


def serve(operations):
    # Whatever a library prints goes to the errors.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ok": True, **operations[request.pop("do")](**request)}
        except Exception as error:
            answer = {"ok": False, "error": text(error)}
        answers.write(json.dumps(answer) + "\n")
