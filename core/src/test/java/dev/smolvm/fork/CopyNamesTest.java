package dev.smolvm.fork;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.GuestVariables;
import dev.smolvm.store.SandboxName;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CopyNamesTest {
    private static List<String> names(String pattern, int count, String... taken) {
        return new CopyNames(request(pattern, count), name -> Set.of(taken).contains(name.value()))
                .all().stream().map(SandboxName::value).toList();
    }

    private static ForkRequest request(String pattern, int count) {
        return new ForkRequest(
                new SandboxName("web"),
                count,
                OptionalInt.empty(),
                Optional.ofNullable(pattern),
                GuestVariables.NONE,
                Optional.empty());
    }

    @Test
    void one_of_ours_that_somebody_took_meanwhile_is_replaced_and_a_users_is_not() {
        Set<SandboxName> taken = new HashSet<>();
        CopyNames names = new CopyNames(request(null, 2), taken::contains);
        SandboxName first = names.all().getFirst();
        assertThat(names.another(first)).as("it failed for another reason").isEmpty();
        taken.add(first);
        taken.add(new SandboxName("web-fork-3"));
        assertThat(names.another(first)).contains(new SandboxName("web-fork-4"));
        assertThat(new CopyNames(request("try-{}", 2), _ -> true).another(first))
                .isEmpty();
    }

    @Test
    void without_a_pattern_they_are_the_next_free_ones() {
        assertThat(names(null, 3)).containsExactly("web-fork-1", "web-fork-2", "web-fork-3");
        assertThat(names(null, 3, "web-fork-2", "web-fork-4"))
                .containsExactly("web-fork-1", "web-fork-3", "web-fork-5");
    }

    @Test
    void nobody_is_told_to_delete_what_is_to_be_forked() {
        assertThatThrownBy(() -> names("web", 1, "web"))
                .hasMessage("sandbox web is the one that is to be forked")
                .extracting(e -> ((SmolVmException) e).advice())
                .isEqualTo("choose another --name, or leave it out");
        assertThatThrownBy(() -> names("other", 1, "other"))
                .extracting(e -> ((SmolVmException) e).advice())
                .asString()
                .startsWith("choose another --name, or remove it: ");
    }

    @Test
    void a_pattern_has_a_place_for_the_index() {
        assertThat(names("try-{}", 2)).containsExactly("try-1", "try-2");
        assertThat(names("{}-of-{}", 2)).containsExactly("1-of-1", "2-of-2");
        assertThat(names("attempt", 1)).containsExactly("attempt");
        assertThat(kindOf(() -> names("attempt", 2))).isEqualTo(ErrorKind.USAGE);
    }

    @Test
    void one_that_is_taken_is_a_conflict() {
        assertThat(kindOf(() -> names("try-{}", 3, "try-3"))).isEqualTo(ErrorKind.CONFLICT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../{}", "-{}", "Try-{}", "a b{}", "a,{}", "", "\n{}", "😀{}"})
    void one_that_is_not_valid_is_refused(String pattern) {
        assertThat(kindOf(() -> names(pattern, 1))).isEqualTo(ErrorKind.USAGE);
    }

    @Test
    void one_that_gets_too_long_is_refused() {
        String longest = "a".repeat(62) + "{}";
        assertThat(names(longest, 9)).hasSize(9);
        assertThat(kindOf(() -> names(longest, 10))).isEqualTo(ErrorKind.USAGE);
    }
}
