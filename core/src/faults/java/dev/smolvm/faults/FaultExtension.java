package dev.smolvm.faults;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Writes down which tests with a {@link Fault} have passed, and how long they took. */
public final class FaultExtension implements BeforeTestExecutionCallback, AfterTestExecutionCallback {
    private record Start(long nanos) {}

    @Override
    public void beforeTestExecution(ExtensionContext test) {
        Injections.begin();
        store(test).put(Start.class, new Start(System.nanoTime()));
    }

    @Override
    public void afterTestExecution(ExtensionContext test) {
        // Once, though a class and a method may both have the annotation.
        Start start = store(test).remove(Start.class, Start.class);
        if (start != null && test.getExecutionException().isEmpty()) {
            Injections.passed(cases(test), name(test), (System.nanoTime() - start.nanos()) / 1_000_000);
        }
    }

    /** The method's own, else those of its class. */
    private static Set<Case> cases(ExtensionContext test) {
        Set<Case> cases = EnumSet.noneOf(Case.class);
        AnnotationSupport.findAnnotation(test.getRequiredTestMethod(), Fault.class)
                .or(() -> AnnotationSupport.findAnnotation(test.getRequiredTestClass(), Fault.class))
                .ifPresent(f -> cases.addAll(List.of(f.value())));
        return cases;
    }

    /** In words, with the parameters of one that has some. */
    private static String name(ExtensionContext test) {
        String method = test.getRequiredTestMethod().getName();
        String words = method.replace('_', ' ')
                .replaceAll("([a-z0-9])([A-Z])", "$1 $2")
                .toLowerCase(java.util.Locale.ROOT);
        return test.getDisplayName().startsWith(method + "(") ? words : words + ": " + test.getDisplayName();
    }

    private static ExtensionContext.Store store(ExtensionContext test) {
        return test.getStore(ExtensionContext.Namespace.create(FaultExtension.class, test.getUniqueId()));
    }
}
