#include "controller/reconcile/running.h"

#include "controller/exec/read.h"

static const char *name_of(const struct kc_visit *v, size_t step)
{
    return kc_arena_printf(v->a, "%s/%s/%zu/%d", v->cr.meta.uid, v->o.plan_digest, step + 1, v->steps[step].attempts);
}

bool kc_running_begin(struct kc_visit *v, size_t step, struct kc_err *err)
{
    const struct kc_record_step *s = &v->plan.steps[step];
    const struct kc_run_request req = {.name = name_of(v, step),
                                       .key = v->key,
                                       .kube = v->chat->cluster.kube,
                                       .who = &v->cr.spec.requested_by.who,
                                       .path = s->request.path,
                                       .query = s->request.query,
                                       .timeout_ms = kc_run_timeout_ms(&s->action)};

    return kc_runs_start(v->chat->runs, &req, err);
}

enum kc_run_state kc_running_look(struct kc_visit *v, size_t step, struct kc_run_ended *ret)
{
    return kc_runs_look(v->chat->runs, name_of(v, step), v->a, ret);
}

void kc_running_forget(struct kc_visit *v, size_t step)
{
    kc_runs_forget(v->chat->runs, name_of(v, step));
}

bool kc_running_keep(struct kc_visit *v, size_t step, const struct kc_run_ended *ended, struct kc_running *ret,
                     struct kc_err *err)
{
    const char *context = kc_arena_printf(v->a, "transcript %s %zu", v->cr.meta.uid, step + 1);

    *ret = (struct kc_running){.message = ended->message};
    /* The plan would not have been made without a locker; the manager may have been started anew without its key. */
    if (ended->len && v->chat->locker) {
        ret->transcript.bytes =
            kc_locker_lock(v->chat->locker, v->a, context, ended->text, ended->len, &ret->transcript.len, err);
        if (!ret->transcript.bytes)
            return kc_wrap(err, "transcript of step %zu", step + 1);
    }
    ret->detail = json_pack("{s:I, s:I, s:b, s:s, s:I}", "bytes", (json_int_t)ended->bytes, "lines",
                            (json_int_t)ended->lines, "truncated", ended->bytes > ended->len, "digest",
                            kc_output_digest(v->a, &v->chat->cluster.redact_key, ended->text, ended->len),
                            "tookMilliseconds", (json_int_t)ended->took_ms);
    if (ended->end == KC_RUN_EXITED)
        json_object_set_new(ret->detail, "exitCode", json_integer(ended->code));
    if (ended->end == KC_RUN_EXITED && ended->code)
        ret->message = kc_arena_printf(v->a, "command exited with %d: %s", ended->code, ended->message);
    return true;
}
