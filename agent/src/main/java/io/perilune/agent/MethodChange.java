package io.perilune.agent;

import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * A method of the JDK that asks the {@link Dispatcher} for one of its values. A static method asks for its result: what it
 * is to return, its name and its arguments go there, and what is answered is returned. Another one asks for its first
 * argument, when it begins: that and its name go there.
 */
record MethodChange(Class<?> type, String method, String descriptor) {

    private static final int API = Opcodes.ASM9;

    /**
     * Returns a class file with the change in it.
     *
     * @throws IllegalStateException if the class has no such method
     */
    byte[] apply(byte[] file) {
        ClassReader reader = new ClassReader(file);
        ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
        boolean[] found = {false};
        reader.accept(
                new ClassVisitor(API, writer) {
                    @Override
                    public MethodVisitor visitMethod(
                            int access, String name, String itsDescriptor, String signature, String[] exceptions) {
                        MethodVisitor original = super.visitMethod(access, name, itsDescriptor, signature, exceptions);
                        if (!name.equals(method) || !itsDescriptor.equals(descriptor)) {
                            return original;
                        }
                        found[0] = true;
                        return (access & Opcodes.ACC_STATIC) != 0
                                ? new AskBeforeReturn(original)
                                : new AskAtBegin(original);
                    }
                },
                0);
        if (!found[0]) {
            throw new IllegalStateException(type.getName() + " has no method " + method + descriptor);
        }
        return writer.toByteArray();
    }

    private final class AskBeforeReturn extends MethodVisitor {

        AskBeforeReturn(MethodVisitor original) {
            super(API, original);
        }

        @Override
        public void visitInsn(int opcode) {
            if (opcode == Opcodes.ARETURN) {
                askForResult();
            }
            super.visitInsn(opcode);
        }

        /** Turns the result on the stack into the dispatcher's answer to {result, name, arguments...}. */
        private void askForResult() {
            Type[] arguments = Type.getArgumentTypes(descriptor);
            int result = (Type.getArgumentsAndReturnSizes(descriptor) >> 2) - 1; // behind the arguments: free by now
            super.visitVarInsn(Opcodes.ASTORE, result);
            super.visitIntInsn(Opcodes.BIPUSH, 2 + arguments.length);
            super.visitTypeInsn(Opcodes.ANEWARRAY, "java/lang/Object");
            element(0, () -> super.visitVarInsn(Opcodes.ALOAD, result));
            element(1, () -> super.visitLdcInsn(method));
            int local = 0;
            for (int i = 0; i < arguments.length; i++) {
                Type argument = arguments[i];
                int from = local;
                element(2 + i, () -> load(argument, from));
                local += argument.getSize();
            }
            super.visitMethodInsn(
                    Opcodes.INVOKESTATIC, Dispatcher.NAME, Dispatcher.ASK, Dispatcher.ASK_DESCRIPTOR, false);
            super.visitTypeInsn(
                    Opcodes.CHECKCAST, Type.getReturnType(descriptor).getInternalName());
        }

        private void element(int index, Runnable value) {
            super.visitInsn(Opcodes.DUP);
            super.visitIntInsn(Opcodes.BIPUSH, index);
            value.run();
            super.visitInsn(Opcodes.AASTORE);
        }

        private void load(Type argument, int local) {
            super.visitVarInsn(argument.getOpcode(Opcodes.ILOAD), local);
            if (argument.getSort() == Type.BOOLEAN) {
                super.visitMethodInsn(
                        Opcodes.INVOKESTATIC, "java/lang/Boolean", "valueOf", "(Z)Ljava/lang/Boolean;", false);
            }
        }
    }

    private final class AskAtBegin extends MethodVisitor {

        AskAtBegin(MethodVisitor original) {
            super(API, original);
        }

        @Override
        public void visitCode() {
            super.visitCode();
            super.visitInsn(Opcodes.ICONST_2);
            super.visitTypeInsn(Opcodes.ANEWARRAY, "java/lang/Object");
            super.visitInsn(Opcodes.DUP);
            super.visitInsn(Opcodes.ICONST_0);
            super.visitVarInsn(Opcodes.ALOAD, 1);
            super.visitInsn(Opcodes.AASTORE);
            super.visitInsn(Opcodes.DUP);
            super.visitInsn(Opcodes.ICONST_1);
            super.visitLdcInsn(method);
            super.visitInsn(Opcodes.AASTORE);
            super.visitMethodInsn(
                    Opcodes.INVOKESTATIC, Dispatcher.NAME, Dispatcher.ASK, Dispatcher.ASK_DESCRIPTOR, false);
            super.visitTypeInsn(Opcodes.CHECKCAST, Type.getArgumentTypes(descriptor)[0].getInternalName());
            super.visitVarInsn(Opcodes.ASTORE, 1);
        }
    }
}
