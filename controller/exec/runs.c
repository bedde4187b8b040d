#include "controller/exec/runs.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "controller/action/action.h"
#include "controller/base/clock.h"
#include "controller/base/list.h"
#include "controller/kube/conversation.h"

#define MAX_MESSAGE ((size_t)1 << 20) /* kubelet and API server send 32 KiB at a time */

struct run {
    struct kc_node node;
    struct kc_runs *runs;
    struct kc_arena *a; /* of all that is in it */
    struct kc_run_request req;
    struct kc_identity who;
    pthread_t thread;
    struct kc_channels channels;
    bool done; /* guarded by the mutex; ended is set before and not touched after */
    struct kc_run_ended ended;
};

struct kc_runs {
    void (*wake)(void *arg, const char *key);
    void *arg;
    int cancel_fd;         /* readable once everything ends */
    pthread_mutex_t mutex; /* guards the rest */
    struct kc_list list;
    size_t n_open;
    bool closing;
};

struct kc_runs *kc_runs_create(void (*wake)(void *arg, const char *key), void *arg, struct kc_err *err)
{
    struct kc_runs *r = calloc(1, sizeof *r);

    if (!r)
        abort();
    r->wake = wake;
    r->arg = arg;
    kc_list_init(&r->list);
    pthread_mutex_init(&r->mutex, NULL);
    r->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (r->cancel_fd >= 0)
        return r;
    kc_fail(err, KC_FATAL, "Descriptors", "the system has no descriptors left");
    return kc_runs_destroy(r);
}

static struct run *run_free(struct run *run)
{
    kc_kube_unref(run->req.kube);
    kc_channels_finish(&run->channels);
    kc_arena_destroy(run->a); /* run lives in it */
    return NULL;
}

struct kc_runs *kc_runs_destroy(struct kc_runs *r)
{
    if (!r)
        return NULL;
    pthread_mutex_lock(&r->mutex);
    r->closing = true;
    pthread_mutex_unlock(&r->mutex);
    if (r->cancel_fd >= 0)
        eventfd_write(r->cancel_fd, 1);
    struct kc_node *n;
    while ((n = kc_list_first(&r->list))) {
        struct run *run = KC_CONTAINER(n, struct run, node);
        pthread_join(run->thread, NULL);
        kc_list_remove(&run->node);
        run_free(run);
    }
    if (r->cancel_fd >= 0)
        close(r->cancel_fd);
    pthread_mutex_destroy(&r->mutex);
    free(r);
    return NULL;
}

static struct run *find(struct kc_runs *r, const char *name)
{
    for (struct kc_node *n = kc_list_first(&r->list); n; n = kc_list_after(&r->list, n)) {
        struct run *run = KC_CONTAINER(n, struct run, node);
        if (KC_STREQ(run->req.name, name))
            return run;
    }
    return NULL;
}

static struct kc_strs copy_strings(struct kc_arena *a, const struct kc_strs *s)
{
    struct kc_strs out = {.v = kc_arena_array(a, s->n + 1, sizeof *out.v), .n = s->n};

    for (size_t i = 0; i < s->n; i++)
        out.v[i] = kc_arena_strdup(a, s->v[i]);
    return out;
}

static struct kc_identity copy_identity(struct kc_arena *a, const struct kc_identity *who)
{
    struct kc_extra *extras = kc_arena_array(a, who->n_extras + 1, sizeof *extras);

    for (size_t i = 0; i < who->n_extras; i++)
        extras[i] = (struct kc_extra){.key = kc_arena_strdup(a, who->extras[i].key),
                                      .values = copy_strings(a, &who->extras[i].values)};
    return (struct kc_identity){.username = kc_arena_strdup(a, who->username),
                                .uid = kc_arena_strdup(a, who->uid),
                                .groups = copy_strings(a, &who->groups),
                                .extras = extras,
                                .n_extras = who->n_extras};
}

static bool on_message(void *arg, const void *data, size_t len)
{
    struct run *run = arg;

    kc_channels_take(&run->channels, data, len);
    return true;
}

static const char *count(struct kc_arena *a, const char *first, const struct kc_channels *c)
{
    const char *cut = c->bytes > KC_TRANSCRIPT_MAX ? "; the first MiB is kept" : "";

    return kc_arena_printf(a, "%s, %llu line%s, %llu byte%s%s", first, (unsigned long long)c->lines,
                           c->lines == 1 ? "" : "s", (unsigned long long)c->bytes, c->bytes == 1 ? "" : "s", cut);
}

/* The conversation began: what the command's own end says, and without one nothing is known. */
static void judge_exit(struct run *run, const struct kc_err *err, struct kc_run_ended *ret)
{
    struct kc_exit_status exit = kc_channels_exit(&run->channels, run->a);

    switch (exit.how) {
    case KC_EXIT_CODE:
        ret->end = KC_RUN_EXITED;
        ret->code = exit.code;
        ret->message = count(run->a, kc_arena_printf(run->a, "exit code %d", exit.code), &run->channels);
        return;
    case KC_EXIT_NOT_STARTED:
        ret->end = KC_RUN_REFUSED;
        ret->message = exit.message;
        return;
    case KC_EXIT_FAILED:
        ret->end = KC_RUN_UNKNOWN;
        ret->message = kc_arena_printf(run->a, "whether the command ran to its end is not known: %s", exit.message);
        return;
    case KC_EXIT_UNTOLD:
        break;
    }
    ret->end = KC_RUN_UNKNOWN;
    if (err && KC_STREQ(err->reason, "Timeout"))
        ret->message = kc_arena_printf(run->a,
                                       "the command had not ended after %llds and was left alone: it may still run in "
                                       "its container (--request-timeout allows up to %dm)",
                                       (long long)(run->req.timeout_ms / KC_SECOND_MS), KC_RUN_MAX_MINUTES);
    else
        ret->message = kc_arena_printf(run->a, "how the command ended is not known: %s",
                                       err ? err->message : "the server closed the connection without saying");
}

static void judge(struct run *run, bool talked, const struct kc_websocket_ended *ws, const struct kc_err *err)
{
    struct kc_run_ended *ret = &run->ended;
    int status = ws->status;

    *ret = (struct kc_run_ended){.http_status = status,
                                 .message = "",
                                 .text = kc_buf_str(&run->channels.text),
                                 .len = run->channels.text.len,
                                 .bytes = run->channels.bytes,
                                 .lines = run->channels.lines};
    if (status == 101) {
        judge_exit(run, talked ? NULL : err, ret);
        return;
    }
    ret->message = kc_arena_strdup(run->a, err->message);
    if (!ws->sent || status == 401 || status == 429)
        ret->end = KC_RUN_NOT_SENT;
    else if (status >= 400 && status < 500 && status != 408)
        ret->end = KC_RUN_REFUSED;
    else
        ret->end = KC_RUN_UNKNOWN; /* 5xx, or an answer that was lost */
}

static void carry_out(struct run *run)
{
    const struct kc_conversation c = {.path = run->req.path,
                                      .query = run->req.query,
                                      .protocol = KC_CHANNELS_PROTOCOL,
                                      .as = &run->who,
                                      .timeout_ms = run->req.timeout_ms,
                                      .max_message = MAX_MESSAGE,
                                      .cancel_fd = run->runs->cancel_fd,
                                      .on_message = on_message,
                                      .arg = run};
    struct kc_websocket_ended ws;
    struct kc_err err = {0};
    int64_t began = kc_mono_ms();

    bool talked = kc_kube_converse(run->req.kube, &c, run->a, &ws, &err);
    judge(run, talked, &ws, &err);
    run->ended.took_ms = kc_mono_ms() - began;
}

static void *thread(void *arg)
{
    struct run *run = arg;
    struct kc_runs *r = run->runs;

    pthread_setname_np(pthread_self(), "kc-run");
    carry_out(run);
    pthread_mutex_lock(&r->mutex);
    run->done = true;
    r->n_open--;
    bool wake = !r->closing;
    pthread_mutex_unlock(&r->mutex);
    if (wake)
        r->wake(r->arg, run->req.key); /* whoever forgets the run waits for this thread first */
    return NULL;
}

bool kc_runs_full(struct kc_runs *r)
{
    pthread_mutex_lock(&r->mutex);
    bool full = r->n_open >= KC_RUNS_MAX || r->closing;
    pthread_mutex_unlock(&r->mutex);
    return full;
}

static struct run *make(struct kc_runs *r, const struct kc_run_request *req)
{
    struct kc_arena *a = kc_arena_create();
    struct run *run = kc_arena_alloc(a, sizeof *run);

    run->a = a;
    run->runs = r;
    run->who = copy_identity(a, req->who);
    run->req = (struct kc_run_request){.name = kc_arena_strdup(a, req->name),
                                       .key = kc_arena_strdup(a, req->key),
                                       .kube = kc_kube_ref(req->kube),
                                       .path = kc_arena_strdup(a, req->path),
                                       .query = kc_arena_strdup(a, req->query),
                                       .timeout_ms = req->timeout_ms};
    return run;
}

/* No signal is handled on these threads: OpenSSL's writes would raise SIGPIPE. */
static bool start_thread(struct run *run, struct kc_err *err)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&run->thread, NULL, thread, run);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return !failed || kc_fail(err, KC_UNAVAILABLE, "Thread", "a thread for the command: %s", strerror(failed));
}

static bool may_start(struct kc_runs *r, const char *name, struct kc_err *err)
{
    if (find(r, name))
        return kc_fail(err, KC_CONFLICT, "Exists", "%s: such a command is running or done", name);
    if (r->closing)
        return kc_fail(err, KC_UNAVAILABLE, "ShuttingDown", "the program is shutting down");
    return r->n_open < KC_RUNS_MAX ||
           kc_fail(err, KC_UNAVAILABLE, "TooManyRuns", "%d commands are running already", KC_RUNS_MAX);
}

bool kc_runs_start(struct kc_runs *r, const struct kc_run_request *req, struct kc_err *err)
{
    pthread_mutex_lock(&r->mutex);
    struct run *run = may_start(r, req->name, err) ? make(r, req) : NULL;
    bool started = run && start_thread(run, err);
    if (started) {
        kc_list_append(&r->list, &run->node);
        r->n_open++;
    } else if (run) {
        run_free(run);
    }
    pthread_mutex_unlock(&r->mutex);
    return started;
}

static void copy_ended(struct kc_arena *a, const struct kc_run_ended *from, struct kc_run_ended *ret)
{
    *ret = *from;
    ret->message = kc_arena_strdup(a, from->message);
    ret->text = kc_arena_strndup(a, "", 0);
    if (from->len)
        ret->text = kc_arena_memdup(a, from->text, from->len + 1);
}

enum kc_run_state kc_runs_look(struct kc_runs *r, const char *name, struct kc_arena *a, struct kc_run_ended *ret)
{
    pthread_mutex_lock(&r->mutex);
    const struct run *run = find(r, name);
    enum kc_run_state state = !run ? KC_RUN_NONE : run->done ? KC_RUN_DONE : KC_RUN_OPEN;
    if (state == KC_RUN_DONE)
        copy_ended(a, &run->ended, ret);
    pthread_mutex_unlock(&r->mutex);
    return state;
}

void kc_runs_forget(struct kc_runs *r, const char *name)
{
    pthread_mutex_lock(&r->mutex);
    struct run *run = find(r, name);
    if (run)
        kc_list_remove(&run->node);
    pthread_mutex_unlock(&r->mutex);
    if (!run)
        return;
    pthread_join(run->thread, NULL);
    run_free(run);
}
