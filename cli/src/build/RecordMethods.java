import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.RecordComponentInfo;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.List;

/** {@code equals}, {@code hashCode} and {@code toString} of records that do not declare them: see {@link Record}. */
final class RecordMethods {
    private static final ClassDesc BOOTSTRAPS = ClassDesc.of("java.lang.runtime.ObjectMethods");
    private static final ClassDesc OBJECTS = ClassDesc.of("java.util.Objects");
    private static final ClassDesc TEXT = ClassDesc.of("java.lang.StringBuilder");

    private RecordMethods() {}

    static boolean in(ClassModel model) {
        return model.methods().stream().anyMatch(RecordMethods::isLeftToTheJvm);
    }

    static ClassTransform writtenOut(ClassModel model) {
        ClassDesc self = model.thisClass().asSymbol();
        List<RecordComponentInfo> components =
                model.findAttribute(Attributes.record()).orElseThrow().components();
        return (type, element) -> {
            if (element instanceof MethodModel method && isLeftToTheJvm(method)) {
                type.transformMethod(method, MethodTransform.dropping(CODE).andThen(MethodTransform.endHandler(b -> b.withCode(code -> {
                    switch (method.methodName().stringValue()) {
                        case "equals" -> equals(code, self, components);
                        case "hashCode" -> hashCode(code, self, components);
                        default -> toString(code, self, components);
                    }
                }))));
            } else {
                type.with(element);
            }
        };
    }

    private static final java.util.function.Predicate<java.lang.classfile.MethodElement> CODE =
            java.lang.classfile.CodeModel.class::isInstance;

    private static boolean isLeftToTheJvm(MethodModel method) {
        return method.code().stream().flatMap(code -> code.elementList().stream()).anyMatch(RecordMethods::isLeftToTheJvm);
    }

    private static boolean isLeftToTheJvm(CodeElement element) {
        return element instanceof InvokeDynamicInstruction call
                && call.bootstrapMethod().owner().equals(BOOTSTRAPS);
    }

    private static void equals(CodeBuilder code, ClassDesc self, List<RecordComponentInfo> components) {
        Label differs = code.newLabel();
        code.aload(1).instanceOf(self).ifeq(differs).aload(1).checkcast(self).astore(2);
        for (RecordComponentInfo component : components) {
            load(code, 0, self, component);
            load(code, 2, self, component);
            ClassDesc type = component.descriptorSymbol();
            if (!type.isPrimitive()) {
                code.invokestatic(OBJECTS, "equals", of(ConstantDescs.CD_boolean, ConstantDescs.CD_Object, ConstantDescs.CD_Object))
                        .ifeq(differs);
            } else if (TypeKind.from(type).asLoadable() == TypeKind.INT) {
                code.if_icmpne(differs);
            } else {
                // Also of floating-point numbers, whose equality is that of their wrappers.
                code.invokestatic(box(type), "compare", of(ConstantDescs.CD_int, type, type)).ifne(differs);
            }
        }
        code.iconst_1().ireturn().labelBinding(differs).iconst_0().ireturn();
    }

    private static void hashCode(CodeBuilder code, ClassDesc self, List<RecordComponentInfo> components) {
        code.iconst_0();
        for (RecordComponentInfo component : components) {
            code.bipush(31).imul();
            load(code, 0, self, component);
            ClassDesc type = component.descriptorSymbol();
            ClassDesc by = type.isPrimitive() ? box(type) : OBJECTS;
            code.invokestatic(by, "hashCode", of(ConstantDescs.CD_int, type.isPrimitive() ? type : ConstantDescs.CD_Object))
                    .iadd();
        }
        code.ireturn();
    }

    private static void toString(CodeBuilder code, ClassDesc self, List<RecordComponentInfo> components) {
        String name = self.displayName();
        code.new_(TEXT).dup().invokespecial(TEXT, "<init>", of(ConstantDescs.CD_void));
        String before = name.substring(name.lastIndexOf('$') + 1) + "[";
        for (RecordComponentInfo component : components) {
            append(code, before + component.name().stringValue() + "=");
            load(code, 0, self, component);
            ClassDesc type = component.descriptorSymbol();
            ClassDesc text = type.isPrimitive() ? type : ConstantDescs.CD_Object;
            code.invokestatic(ConstantDescs.CD_String, "valueOf", of(ConstantDescs.CD_String, widened(text)))
                    .invokevirtual(TEXT, "append", of(TEXT, ConstantDescs.CD_String));
            before = ", ";
        }
        append(code, components.isEmpty() ? before + "]" : "]");
        code.invokevirtual(TEXT, "toString", of(ConstantDescs.CD_String)).areturn();
    }

    private static void append(CodeBuilder code, String text) {
        code.loadConstant(text).invokevirtual(TEXT, "append", of(TEXT, ConstantDescs.CD_String));
    }

    /** {@link String#valueOf} has none for the small numbers. */
    private static ClassDesc widened(ClassDesc type) {
        return type.equals(ConstantDescs.CD_byte) || type.equals(ConstantDescs.CD_short) ? ConstantDescs.CD_int : type;
    }

    private static void load(CodeBuilder code, int slot, ClassDesc self, RecordComponentInfo component) {
        code.aload(slot).getfield(self, component.name().stringValue(), component.descriptorSymbol());
    }

    private static ClassDesc box(ClassDesc primitive) {
        return TypeKind.from(primitive) == TypeKind.INT
                ? ConstantDescs.CD_Integer
                : ClassDesc.of("java.lang." + switch (TypeKind.from(primitive)) {
                    case BOOLEAN -> "Boolean";
                    case BYTE -> "Byte";
                    case CHAR -> "Character";
                    case SHORT -> "Short";
                    case LONG -> "Long";
                    case FLOAT -> "Float";
                    case DOUBLE -> "Double";
                    default -> throw new IllegalArgumentException(primitive.displayName());
                });
    }

    private static MethodTypeDesc of(ClassDesc result, ClassDesc... parameters) {
        return MethodTypeDesc.of(result, parameters);
    }
}
