/* How failures reach Java: as exceptions whose message is words. */

#include "error.h"

#include <stdarg.h>
#include <stdio.h>

static void throw_words(JNIEnv *env, const char *class_name, const char *format, va_list arguments)
{
    char words[2 * PL_REASON_LENGTH];
    if ((*env)->ExceptionCheck(env)) {
        return; /* the first cause is the one that counts */
    }
    vsnprintf(words, sizeof(words), format, arguments);
    jclass class = (*env)->FindClass(env, class_name);
    if (class != NULL) {
        (*env)->ThrowNew(env, class, words);
        (*env)->DeleteLocalRef(env, class);
    }
}

void pl_throw_io(JNIEnv *env, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    throw_words(env, "java/io/IOException", format, arguments);
    va_end(arguments);
}

void pl_throw_state(JNIEnv *env, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    throw_words(env, "java/lang/IllegalStateException", format, arguments);
    va_end(arguments);
}

void pl_throw_memory(JNIEnv *env, const char *what)
{
    pl_throw_io(env, "no memory for %s", what);
}
