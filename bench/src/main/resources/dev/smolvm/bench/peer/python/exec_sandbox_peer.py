"""Drives exec-sandbox by its public interface. It has images of its own, which it fetches from where its authors publish them."""

import asyncio
from importlib.metadata import version

from conversation import Stopwatch, serve
from exec_sandbox import Scheduler, SchedulerConfig

loop = asyncio.new_event_loop()
scheduler = None
session = None


def hello(memory):
    """Starts its scheduler, which fetches what it needs."""
    global scheduler
    scheduler = Scheduler(SchedulerConfig(default_memory_mb=memory, default_timeout_seconds=120))
    loop.run_until_complete(scheduler.__aenter__())
    return {"version": version("exec-sandbox")}


def create():
    global session
    watch = Stopwatch()
    session = loop.run_until_complete(scheduler.session(language="raw"))
    running = watch.micros()
    run("true")
    return {"running": running, "answered": watch.micros()}


def run(command):
    watch = Stopwatch()
    result = loop.run_until_complete(session.exec(command))
    took = watch.micros()
    if result.exit_code != 0:
        raise RuntimeError(f"'{command}' ended with {result.exit_code}: {result.stderr}")
    return {"took": took}


def delete():
    global session
    loop.run_until_complete(session.close())
    session = None
    return {}


try:
    serve({f.__name__: f for f in (hello, create, run, delete)})
finally:
    if session is not None:
        loop.run_until_complete(session.close())
    if scheduler is not None:
        loop.run_until_complete(scheduler.__aexit__(None, None, None))
