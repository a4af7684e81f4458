package dev.smolvm.vmm.firecracker.fake;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The devices in a state file. */
record SavedDevices(JsonFields saved) {
    private static final String REFUSED =
            "Load snapshot error: Failed to restore from snapshot: Failed to get snapshot state from file: ";

    /** With the host's ends that a request gives in place of the saved ones. */
    JsonFields overridden(JsonFields request) throws Fault {
        Map<String, Json> devices = new LinkedHashMap<>(saved.object().fields());
        if (request.has("network_overrides")) {
            List<Json> networks = new ArrayList<>(((Json.Arr) devices.get("networks")).items());
            for (JsonFields override : request.list("network_overrides", o -> o)) {
                rename(networks, override);
            }
            devices.put("networks", new Json.Arr(networks));
        }
        if (request.has("vsock_override")) {
            if (!(devices.get("vsock") instanceof Json.Obj vsock)) {
                throw Fault.of(REFUSED + "Unknown Vsock Device.");
            }
            devices.put(
                    "vsock",
                    with(vsock, "uds_path", request.object("vsock_override").string("uds_path")));
        }
        return new JsonFields(new Json.Obj(devices), saved.where());
    }

    private static void rename(List<Json> networks, JsonFields override) throws Fault {
        for (int i = 0; i < networks.size(); i++) {
            Json.Obj network = (Json.Obj) networks.get(i);
            if (network.fields().get("iface_id").equals(Json.of(override.string("iface_id")))) {
                networks.set(i, with(network, "host_dev_name", override.string("host_dev_name")));
                return;
            }
        }
        throw Fault.of(REFUSED + "Unknown Network Device.");
    }

    private static Json.Obj with(Json.Obj object, String name, String value) {
        Map<String, Json> fields = new LinkedHashMap<>(object.fields());
        fields.put(name, Json.of(value));
        return new Json.Obj(fields);
    }
}
