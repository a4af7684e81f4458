package dev.smolvm.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives test classes the run's {@link Tool}, made for the first and closed after the last. */
public final class ToolExtension implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        return parameter.getParameter().getType() == Tool.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        return test.getRoot()
                .getStore(ExtensionContext.Namespace.create(ToolExtension.class))
                .getOrComputeIfAbsent(Tool.class, _ -> open(), Tool.class);
    }

    private static Tool open() {
        try {
            return Tool.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
