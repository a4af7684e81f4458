"""Drives the Python SmolVM of Celesto by its public interface, as programs that embed it do."""

import base64
from importlib.metadata import version
from pathlib import Path

from conversation import Stopwatch, serve
from smolvm import SmolVM, SmolVMManager, VMConfig
from smolvm.storage import MemoryStateManager
from smolvm.utils import ensure_ssh_key

key, public_key = ensure_ssh_key()
places = {}
vm = None


def hello(data, sockets):
    """Where it may put its files; nothing is started yet."""
    places.update(data_dir=Path(data), socket_dir=Path(sockets))
    places.update(state_manager=MemoryStateManager(places["data_dir"]))
    return {"version": version("smolvm")}


def ready(watch):
    """The times until it runs and until it has carried out a command, and how to reach it by SSH."""
    running = watch.micros()
    vm.wait_for_ready(timeout=120)
    run("true")
    return {
        "running": running,
        "answered": watch.micros(),
        "ssh_port": vm.info.network.ssh_host_port,
        "ssh_key": str(key),
    }


def create(kernel, initrd, disk, command_line, memory):
    global vm
    authorized = base64.b64encode(public_key.read_bytes().strip()).decode()
    config = VMConfig(
        vm_id="bench",
        vcpu_count=1,
        memory=memory,
        guest_os="ubuntu",
        backend="qemu",
        qemu_machine="q35",
        kernel_path=Path(kernel),
        initrd_path=Path(initrd),
        rootfs_path=Path(disk),
        rootfs_format="qcow2",
        boot_args=f"{command_line} smolvm.ssh_key={authorized}",
        ssh_capable=True,
        comm_channel="ssh",
    )
    watch = Stopwatch()
    vm = SmolVM(config, ssh_key_path=str(key), **places)
    vm.start(boot_timeout=120)
    return ready(watch)


def run(command):
    watch = Stopwatch()
    result = vm.run(command, timeout=120, shell="raw")
    took = watch.micros()
    if result.exit_code != 0:
        raise RuntimeError(f"'{command}' ended with {result.exit_code}: {result.stderr}")
    return {"took": took}


def save(name):
    """Goes on with the guest afterwards."""
    watch = Stopwatch()
    vm.snapshot(name, resume_source=True)
    return {"took": watch.micros()}


def stop():
    vm.stop()
    return {}


def restore(name):
    """To the guest that was stopped."""
    global vm
    watch = Stopwatch()
    vm = SmolVM.from_snapshot(name, resume_vm=True, force=True, ssh_key_path=str(key), **places)
    return ready(watch)


def forget(name):
    with SmolVMManager(**places) as manager:
        manager.delete_snapshot(name)
    return {}


def delete():
    global vm
    vm.delete()
    vm = None
    return {}


try:
    serve({f.__name__: f for f in (hello, create, run, save, stop, restore, forget, delete)})
finally:
    if vm is not None:
        vm.delete()
