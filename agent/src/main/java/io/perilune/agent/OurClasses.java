package io.perilune.agent;

import java.lang.instrument.ClassFileTransformer;
import java.security.ProtectionDomain;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Classes of ours that implement interfaces which only java.base sees when they are compiled: they get them when they are
 * loaded. To java.net our SocketImpl is one of the platform's then, and the JDK's Selectors take our SocketChannel.
 */
final class OurClasses implements ClassFileTransformer {

    private static final String SOCKET_IMPL = "io/perilune/channels/PeriluneSocketImpl";
    private static final String PLATFORM_SOCKET_IMPL = "sun/net/PlatformSocketImpl";

    private static final String SOCKET_CHANNEL = "io/perilune/channels/PeriluneSocketChannel";
    private static final String SELECTABLE = "sun/nio/ch/SelChImpl";

    /** Called for each class that the JVM loads: for all but ours it must touch nothing that is not loaded. */
    @Override
    public byte[] transform(ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] file) {
        if (type != null || name == null) {
            return null;
        }
        switch (name) {
            case SOCKET_IMPL:
                return with(file, PLATFORM_SOCKET_IMPL, false);
            case SOCKET_CHANNEL:
                return with(file, SELECTABLE, true);
            default:
                return null;
        }
    }

    private static byte[] with(byte[] file, String itsInterface, boolean translating) {
        ClassReader reader = new ClassReader(file);
        ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
        reader.accept(
                new ClassVisitor(Opcodes.ASM9, writer) {
                    @Override
                    public void visit(
                            int version,
                            int access,
                            String name,
                            String signature,
                            String superName,
                            String[] interfaces) {
                        String[] more = java.util.Arrays.copyOf(interfaces, interfaces.length + 1);
                        more[interfaces.length] = itsInterface;
                        super.visit(version, access, name, signature, superName, more);
                    }

                    @Override
                    public void visitEnd() {
                        if (translating) {
                            translate(this, "translateAndSetReadyOps", Opcodes.ICONST_1);
                            translate(this, "translateAndUpdateReadyOps", Opcodes.ICONST_0);
                        }
                        super.visitEnd();
                    }
                },
                0);
        return writer.toByteArray();
    }

    /** {@code boolean NAME(int ops, SelectionKeyImpl key) { return translateReadyOps(ops, key, SET); }}. */
    private static void translate(ClassVisitor type, String name, int set) {
        MethodVisitor method =
                type.visitMethod(Opcodes.ACC_PUBLIC, name, "(ILsun/nio/ch/SelectionKeyImpl;)Z", null, null);
        method.visitCode();
        method.visitVarInsn(Opcodes.ALOAD, 0);
        method.visitVarInsn(Opcodes.ILOAD, 1);
        method.visitVarInsn(Opcodes.ALOAD, 2);
        method.visitInsn(set);
        method.visitMethodInsn(
                Opcodes.INVOKEVIRTUAL,
                SOCKET_CHANNEL,
                "translateReadyOps",
                "(ILjava/nio/channels/SelectionKey;Z)Z",
                false);
        method.visitInsn(Opcodes.IRETURN);
        method.visitMaxs(0, 0);
        method.visitEnd();
    }
}
