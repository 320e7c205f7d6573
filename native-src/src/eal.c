/*
 * DPDK's environment, started once in the life of the process, and its log, which goes to a buffer of ours: the
 * application's standard output is not ours to write to, and the last lines are the reason when something fails.
 */

#include "eal.h"

#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_mbuf.h>

#include "error.h"

#define LOG_LENGTH 16384u

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
/* Everything from the level INFO on, and apart from it the warnings and errors: the reasons. Both wrap around. */
struct log_ring {
    char bytes[LOG_LENGTH];
    uint64_t written;
};
static struct log_ring everything;
static struct log_ring warnings;

static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;
static enum { NOT_STARTED, STARTED, FAILED } state;

static void append(struct log_ring *ring, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        ring->bytes[ring->written++ % LOG_LENGTH] = text[i];
    }
}

static ssize_t log_write(void *cookie, const char *text, size_t length)
{
    (void)cookie;
    pthread_mutex_lock(&log_lock);
    append(&everything, text, length);
    if (rte_log_cur_msg_loglevel() <= (int)RTE_LOG_WARNING) {
        append(&warnings, text, length);
    }
    pthread_mutex_unlock(&log_lock);
    return (ssize_t)length;
}

/* Copies what a ring has since a mark, its oldest part gone if it was too much; returns the length. */
static size_t copy_since(struct log_ring *ring, uint64_t mark, char *out, size_t size)
{
    pthread_mutex_lock(&log_lock);
    uint64_t length = ring->written - mark;
    if (length > LOG_LENGTH) {
        length = LOG_LENGTH;
    }
    if (length > size - 1) {
        length = size - 1;
    }
    for (uint64_t i = 0; i < length; i++) {
        out[i] = ring->bytes[(ring->written - length + i) % LOG_LENGTH];
    }
    pthread_mutex_unlock(&log_lock);
    out[length] = '\0';
    return (size_t)length;
}

/*
 * DPDK prints its usage, and what it thinks fatal, to the application's standard output and error. What its printing
 * functions get for these goes to the log instead. Each returns what the function it stands for does.
 */
int __wrap_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int __wrap___printf_chk(int flag, const char *format, ...) __attribute__((format(printf, 2, 3)));
int __wrap_fprintf(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));
int __wrap___fprintf_chk(FILE *stream, int flag, const char *format, ...) __attribute__((format(printf, 3, 4)));
int __wrap_puts(const char *text);
int __wrap_putchar(int character);
int __wrap_fputs(const char *text, FILE *stream);
int __real_fputs(const char *text, FILE *stream);
size_t __wrap_fwrite(const void *items, size_t size, size_t count, FILE *stream);
size_t __real_fwrite(const void *items, size_t size, size_t count, FILE *stream);

static void keep(const char *text, size_t length)
{
    pthread_mutex_lock(&log_lock);
    append(&everything, text, length);
    pthread_mutex_unlock(&log_lock);
}

static bool is_the_applications(const FILE *stream)
{
    return stream == stdout || stream == stderr;
}

static int print(FILE *stream, const char *format, va_list arguments)
{
    if (!is_the_applications(stream)) {
        return vfprintf(stream, format, arguments);
    }
    char text[1024];
    int length = vsnprintf(text, sizeof(text), format, arguments);
    if (length > 0) {
        keep(text, (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1);
    }
    return length;
}

int __wrap_printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = print(stdout, format, arguments);
    va_end(arguments);
    return length;
}

int __wrap___printf_chk(int flag, const char *format, ...)
{
    (void)flag;
    va_list arguments;
    va_start(arguments, format);
    int length = print(stdout, format, arguments);
    va_end(arguments);
    return length;
}

int __wrap_fprintf(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = print(stream, format, arguments);
    va_end(arguments);
    return length;
}

int __wrap___fprintf_chk(FILE *stream, int flag, const char *format, ...)
{
    (void)flag;
    va_list arguments;
    va_start(arguments, format);
    int length = print(stream, format, arguments);
    va_end(arguments);
    return length;
}

int __wrap_puts(const char *text)
{
    keep(text, strlen(text));
    keep("\n", 1);
    return 1;
}

int __wrap_putchar(int character)
{
    char text = (char)character;
    keep(&text, 1);
    return character;
}

int __wrap_fputs(const char *text, FILE *stream)
{
    if (!is_the_applications(stream)) {
        return __real_fputs(text, stream);
    }
    keep(text, strlen(text));
    return 1;
}

size_t __wrap_fwrite(const void *items, size_t size, size_t count, FILE *stream)
{
    if (!is_the_applications(stream)) {
        return __real_fwrite(items, size, count, stream);
    }
    keep(items, size * count);
    return count;
}

/*
 * Reads DPDK's arguments for it: what is wrong becomes a reason instead of a line on standard error, and help, which
 * would print and exit, is wrong too.
 */
int __real_getopt_long(int count, char *const *texts, const char *shorts, const struct option *longs, int *index);
int __wrap_getopt_long(int count, char *const *texts, const char *shorts, const struct option *longs, int *index);

int __wrap_getopt_long(int count, char *const *texts, const char *shorts, const struct option *longs, int *index)
{
    opterr = 0;
    int at = optind;
    int result = __real_getopt_long(count, texts, shorts, longs, index);
    if (result == '?' || result == 'h') {
        char reason[256];
        const char *text = at >= 1 && at < count ? texts[at] : "";
        int length = snprintf(reason, sizeof(reason),
                              "the argument %.100s is not known, lacks its value or asks for help\n", text);
        pthread_mutex_lock(&log_lock);
        append(&everything, reason, (size_t)length);
        append(&warnings, reason, (size_t)length);
        pthread_mutex_unlock(&log_lock);
        return '?';
    }
    return result;
}

uint64_t pl_log_mark(void)
{
    pthread_mutex_lock(&log_lock);
    uint64_t mark = warnings.written;
    pthread_mutex_unlock(&log_lock);
    return mark;
}

/* Where the last two lines of a text begin: what comes before is seldom the reason. */
static char *last_lines(char *text, size_t length)
{
    int lines = 0;
    for (size_t i = length; i > 0; i--) {
        if (text[i - 1] == '\n' && ++lines == 2) {
            return text + i;
        }
    }
    return text;
}

void pl_reason_since(uint64_t mark, int code, char *reason, size_t size)
{
    char text[PL_REASON_LENGTH / 2];
    size_t length = copy_since(&warnings, mark, text, sizeof(text));
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == ' ')) {
        text[--length] = '\0';
    }
    char *lines = last_lines(text, length);
    for (char *c = lines; *c != '\0'; c++) {
        *c = *c == '\n' ? ';' : (*c < ' ' || *c > '~' ? '?' : *c);
    }
    /* Drivers return -1 for "see the log", which is not EPERM. */
    bool told = code != 0 && code != -1;
    const char *words = told ? rte_strerror(code < 0 ? -code : code) : "no reason given";
    if (!told && *lines != '\0') {
        snprintf(reason, size, "DPDK says: %s", lines);
    } else if (*lines != '\0') {
        snprintf(reason, size, "%s (DPDK says: %s)", words, lines);
    } else {
        snprintf(reason, size, "%s", words);
    }
}

static void open_log(void)
{
    static FILE *stream;
    if (stream == NULL) {
        cookie_io_functions_t functions = {.write = log_write};
        stream = fopencookie(NULL, "w", functions);
        if (stream != NULL) {
            setvbuf(stream, NULL, _IOLBF, 4096);
            rte_openlog_stream(stream);
        }
    }
}

/* EAL keeps pointers into its arguments: they are copied and never freed. */
static char **copy_arguments(JNIEnv *env, jobjectArray arguments, int *count)
{
    jsize length = arguments == NULL ? 0 : (*env)->GetArrayLength(env, arguments);
    char **copy = calloc((size_t)length + 2, sizeof(char *));
    if (copy == NULL) {
        return NULL;
    }
    copy[0] = strdup("perilune");
    for (jsize i = 0; i < length; i++) {
        jstring string = (*env)->GetObjectArrayElement(env, arguments, i);
        const char *text = string == NULL ? NULL : (*env)->GetStringUTFChars(env, string, NULL);
        if (text == NULL) {
            return NULL;
        }
        copy[i + 1] = strdup(text);
        (*env)->ReleaseStringUTFChars(env, string, text);
        (*env)->DeleteLocalRef(env, string);
    }
    *count = (int)length + 1;
    return copy;
}

void JNICALL pl_eal_start(JNIEnv *env, jclass class, jobjectArray arguments)
{
    (void)class;
    pthread_mutex_lock(&start_lock);
    if (state != NOT_STARTED) {
        if (state == FAILED) {
            pl_throw_io(env, "DPDK could not be started earlier in this process, and it tries only once");
        }
        pthread_mutex_unlock(&start_lock);
        return;
    }
    int count = 0;
    char **copy = copy_arguments(env, arguments, &count);
    if (copy == NULL) {
        pl_throw_memory(env, "DPDK's arguments");
        pthread_mutex_unlock(&start_lock);
        return;
    }
    open_log();
    uint64_t mark = pl_log_mark();

    /* EAL pins the calling thread to its main lcore; this one is the application's. */
    cpu_set_t cpus;
    sigset_t signals;
    int have_cpus = pthread_getaffinity_np(pthread_self(), sizeof(cpus), &cpus) == 0;
    int have_signals = pthread_sigmask(SIG_SETMASK, NULL, &signals) == 0;
    char name[16];
    int have_name = pthread_getname_np(pthread_self(), name, sizeof(name)) == 0;

    int result = rte_eal_init(count, copy);

    int code = rte_errno;
    if (have_cpus) {
        pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
    }
    if (have_signals) {
        pthread_sigmask(SIG_SETMASK, &signals, NULL);
    }
    if (have_name) {
        pthread_setname_np(pthread_self(), name);
    }
    if (result < 0) {
        state = FAILED;
        char reason[PL_REASON_LENGTH];
        pl_reason_since(mark, code, reason, sizeof(reason));
        pl_throw_io(env, "DPDK does not start: %s", reason);
    } else {
        state = STARTED;
        /* Nothing is shared with other processes, so the directory that EAL made for that stays empty: no litter. */
        (void)!rmdir(rte_eal_get_runtime_dir());
    }
    pthread_mutex_unlock(&start_lock);
}

jstring JNICALL pl_eal_log(JNIEnv *env, jclass class)
{
    (void)class;
    static __thread char text[LOG_LENGTH + 1];
    size_t length = copy_since(&everything, 0, text, sizeof(text));
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] > '~') {
            text[i] = '?'; /* NewStringUTF takes no broken UTF-8 */
        }
    }
    return (*env)->NewStringUTF(env, text);
}
