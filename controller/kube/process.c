#include "controller/kube/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "controller/base/clock.h"

/* Returns 0, or an errno. The child gets its own process group and no descriptor of ours but standard error. */
static int spawn(const struct kc_process *p, int out, pid_t *ret)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    int failed = posix_spawnp(ret, p->argv[0], &files, &attributes, (char *const *)(uintptr_t)p->argv,
                              (char *const *)(uintptr_t)p->env);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

/* False: the deadline passed or out is full. */
static bool read_until_end(int fd, int64_t deadline, struct kc_buf *out)
{
    char chunk[4096];
    for (;;) {
        int64_t left = deadline - kc_mono_ms();
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (left <= 0 || poll(&ready, 1, (int)left) == 0)
            return false;
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n == 0)
            return true;
        if (n > 0)
            kc_buf_add(out, chunk, (size_t)n);
        if (out->overflow || (n < 0 && errno != EINTR))
            return false;
    }
}

/* It has closed its standard output, which most programs do by ending. */
static bool reap_until(pid_t pid, int64_t deadline, int *status)
{
    while (waitpid(pid, status, WNOHANG) == 0) {
        if (kc_mono_ms() >= deadline)
            return false;
        (void)poll(NULL, 0, 2);
    }
    return true;
}

static bool judge(const char *name, int status, struct kc_err *err)
{
    if (WIFSIGNALED(status))
        return kc_fail(err, KC_INVALID, "ProcessFailed", "%s: killed by signal %d", name, WTERMSIG(status));
    return WEXITSTATUS(status) == 0 ||
           kc_fail(err, KC_INVALID, "ProcessFailed", "%s: exited with status %d", name, WEXITSTATUS(status));
}

bool kc_process_run(const struct kc_process *p, struct kc_buf *out, struct kc_err *err)
{
    const char *name = p->argv[0];
    int64_t deadline = kc_mono_ms() + p->timeout_ms;
    int ends[2], status = 0;
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return kc_fail(err, KC_RETRY, "Pipe", "%s: %s", name, strerror(errno));
    int failed = spawn(p, ends[1], &pid);
    close(ends[1]);
    if (failed) {
        close(ends[0]);
        return kc_fail(err, failed == ENOENT ? KC_NOT_FOUND : KC_INVALID, "ProcessFailed", "%s: cannot be run: %s",
                       name, strerror(failed));
    }
    bool in_time = read_until_end(ends[0], deadline, out) && reap_until(pid, deadline, &status);
    close(ends[0]);
    if (in_time)
        return judge(name, status, err);
    kill(-pid, SIGKILL);
    waitpid(pid, &status, 0);
    if (out->overflow)
        return kc_fail(err, KC_INVALID, "TooLarge", "%s: printed more than %zu bytes", name, out->limit);
    return kc_fail(err, KC_RETRY, "Timeout", "%s: did not end within %lld s", name,
                   (long long)(p->timeout_ms / KC_SECOND_MS));
}
