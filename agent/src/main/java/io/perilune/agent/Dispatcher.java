package io.perilune.agent;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.spi.SelectorProvider;
import java.util.function.Function;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * The one class that is added to java.base, where its methods can see it: they cannot see ours. It holds a function, which
 * is ours. (The boot class path would do too, but the JVM warns of each jar that joins it, and shares no more of the
 * program's classes between processes.)
 *
 * <p>Its like in Java: <pre>{@code
 * public final class PeriluneDispatcher {
 *     public static volatile Function<Object[], Object> function;
 *     public static Object ask(Object[] question) {
 *         Function<Object[], Object> present = function;
 *         return present == null ? question[0] : present.apply(question);
 *     }
 * }
 * }</pre>
 */
final class Dispatcher {

    static final String NAME = "java/nio/channels/spi/PeriluneDispatcher";
    static final String ASK = "ask";
    static final String ASK_DESCRIPTOR = "([Ljava/lang/Object;)Ljava/lang/Object;";

    private static final String FIELD = "function";
    private static final String FUNCTION = "java/util/function/Function";
    private static final String FUNCTION_DESCRIPTOR = "Ljava/util/function/Function;";

    private static VarHandle field;

    private Dispatcher() {}

    /** Adds the class if it is not there; called once at a time. */
    static void install() throws IOException {
        if (field != null) {
            return;
        }
        try {
            MethodHandles.Lookup inside = MethodHandles.privateLookupIn(SelectorProvider.class, MethodHandles.lookup());
            field = inside.findStaticVarHandle(inside.defineClass(classFile()), FIELD, Function.class);
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new IOException("this JVM lets nobody add a class to java.base: " + e, e);
        }
    }

    /** Sets whom the changed methods ask: an array of what they would return, their name, and their arguments. */
    static void function(Function<Object[], Object> function) {
        field.setVolatile(function);
    }

    private static byte[] classFile() {
        ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        int visible = Opcodes.ACC_PUBLIC | Opcodes.ACC_FINAL | Opcodes.ACC_SUPER;
        writer.visit(Opcodes.V17, visible, NAME, null, "java/lang/Object", null);
        int isStatic = Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC;
        writer.visitField(isStatic | Opcodes.ACC_VOLATILE, FIELD, FUNCTION_DESCRIPTOR, null, null);
        MethodVisitor ask = writer.visitMethod(isStatic, ASK, ASK_DESCRIPTOR, null, null);
        ask.visitCode();
        ask.visitFieldInsn(Opcodes.GETSTATIC, NAME, FIELD, FUNCTION_DESCRIPTOR);
        ask.visitVarInsn(Opcodes.ASTORE, 1);
        ask.visitVarInsn(Opcodes.ALOAD, 1);
        Label present = new Label();
        ask.visitJumpInsn(Opcodes.IFNONNULL, present);
        ask.visitVarInsn(Opcodes.ALOAD, 0);
        ask.visitInsn(Opcodes.ICONST_0);
        ask.visitInsn(Opcodes.AALOAD);
        ask.visitInsn(Opcodes.ARETURN);
        ask.visitLabel(present);
        ask.visitFrame(Opcodes.F_APPEND, 1, new Object[] {FUNCTION}, 0, null);
        ask.visitVarInsn(Opcodes.ALOAD, 1);
        ask.visitVarInsn(Opcodes.ALOAD, 0);
        ask.visitMethodInsn(Opcodes.INVOKEINTERFACE, FUNCTION, "apply", "(Ljava/lang/Object;)Ljava/lang/Object;", true);
        ask.visitInsn(Opcodes.ARETURN);
        ask.visitMaxs(0, 0);
        ask.visitEnd();
        writer.visitEnd();
        return writer.toByteArray();
    }
}
