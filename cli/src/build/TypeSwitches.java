import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.LoadableConstantEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;

/** Pattern switches, each as a method that looks at one label after the other. */
final class TypeSwitches {
    private static final ClassDesc BOOTSTRAPS = ClassDesc.of("java.lang.runtime.SwitchBootstraps");
    private static final MethodTypeDesc EQUALS =
            MethodTypeDesc.of(ConstantDescs.CD_boolean, ConstantDescs.CD_Object);

    private TypeSwitches() {}

    static boolean in(ClassModel model) {
        return !all(model).isEmpty();
    }

    static ClassTransform writtenOut(ClassModel model) {
        List<InvokeDynamicInstruction> switches = all(model);
        ClassDesc self = model.thisClass().asSymbol();
        boolean isInterface = (model.flags().flagsMask() & ClassFile.ACC_INTERFACE) != 0;
        // The same instructions come by in the same order.
        int[] next = {0};
        CodeTransform calls = (code, element) -> {
            if (element instanceof InvokeDynamicInstruction call && isTypeSwitch(call)) {
                code.invokestatic(self, name(next[0]++), call.typeSymbol(), isInterface);
            } else {
                code.with(element);
            }
        };
        return ClassTransform.transformingMethodBodies(calls).andThen(ClassTransform.endHandler(type -> {
            for (int i = 0; i < switches.size(); i++) {
                add(type, name(i), switches.get(i));
            }
        }));
    }

    private static List<InvokeDynamicInstruction> all(ClassModel model) {
        List<InvokeDynamicInstruction> switches = new ArrayList<>();
        model.methods().stream().flatMap(m -> m.code().stream()).forEach(code -> code.forEach(element -> {
            if (element instanceof InvokeDynamicInstruction call && isTypeSwitch(call)) {
                switches.add(call);
            }
        }));
        return switches;
    }

    private static String name(int number) {
        return "typeSwitch$" + number;
    }

    /** Those over enums have labels of another kind, and stay as they are. */
    private static boolean isTypeSwitch(InvokeDynamicInstruction call) {
        return call.bootstrapMethod().owner().equals(BOOTSTRAPS)
                && call.bootstrapMethod().methodName().equals("typeSwitch")
                && labels(call).stream().allMatch(l -> l instanceof ClassEntry || l instanceof StringEntry);
    }

    private static List<LoadableConstantEntry> labels(InvokeDynamicInstruction call) {
        return call.invokedynamic().bootstrap().arguments();
    }

    /** {@code static int name(T selector, int first)}: see {@link java.lang.runtime.SwitchBootstraps#typeSwitch}. */
    private static void add(ClassBuilder type, String name, InvokeDynamicInstruction call) {
        int flags = ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC;
        type.withMethodBody(name, call.typeSymbol(), flags, code -> {
            Label isThere = code.newLabel();
            code.aload(0).ifnonnull(isThere).iconst_m1().ireturn().labelBinding(isThere);
            List<LoadableConstantEntry> labels = labels(call);
            for (int i = 0; i < labels.size(); i++) {
                Label next = code.newLabel();
                code.iload(1).loadConstant(i).if_icmpgt(next);
                test(code, labels.get(i));
                code.ifeq(next).loadConstant(i).ireturn().labelBinding(next);
            }
            code.loadConstant(labels.size()).ireturn();
        });
    }

    private static void test(CodeBuilder code, LoadableConstantEntry label) {
        switch (label) {
            case ClassEntry type -> code.aload(0).instanceOf(type);
            case StringEntry text ->
                code.ldc(text).aload(0).invokevirtual(ConstantDescs.CD_String, "equals", EQUALS);
            default -> throw new IllegalStateException("a label of another kind: " + label);
        }
    }
}
