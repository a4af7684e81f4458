package dev.smolvm.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives test classes the run's {@link Lab}, made for the first and closed after the last. */
public final class LabExtension implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        return parameter.getParameter().getType() == Lab.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        return test.getRoot()
                .getStore(ExtensionContext.Namespace.create(LabExtension.class))
                .getOrComputeIfAbsent(Lab.class, _ -> open(), Lab.class);
    }

    private static Lab open() {
        try {
            return Lab.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
