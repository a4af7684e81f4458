package dev.smolvm.sandbox;

import dev.smolvm.guest.GuestConnector;
import dev.smolvm.image.Images;
import dev.smolvm.store.BlobCollector;
import dev.smolvm.store.Store;
import dev.smolvm.vmm.Vmms;

/** What the operations on sandboxes and snapshots work with. */
public record SandboxContext(
        Store store,
        SandboxRecords records,
        Vmms vmms,
        Images images,
        GuestConnector guests,
        BlobCollector collector) {}
