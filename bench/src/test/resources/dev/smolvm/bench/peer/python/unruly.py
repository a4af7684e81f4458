"""A library that does what it should not."""

import time

from conversation import Stopwatch, serve


def prints():
    print("what a library prints")
    return {"took": Stopwatch().micros()}


def fails():
    try:
        raise OSError("could not access KVM")
    except OSError as cause:
        raise RuntimeError("the VM\nended") from cause


def hangs():
    time.sleep(600)


def exits():
    raise SystemExit("had enough")


serve({f.__name__: f for f in (prints, fails, hangs, exits)})
