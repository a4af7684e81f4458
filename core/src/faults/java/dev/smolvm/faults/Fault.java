package dev.smolvm.faults;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Marks a test, or all of a class, as showing what happens in some of the {@link Case}s: {@code ./dev faults} runs it, in its
 * long form. Where a test injects many faults it says so with {@link Injections}; one that does not has injected its own name.
 */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("faults")
@ExtendWith(FaultExtension.class)
public @interface Fault {
    Case[] value();
}
