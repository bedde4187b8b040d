#include "controller/exec/execute.h"

#include <string.h>

static const char *describe_changes(struct kc_arena *a, const struct kc_change *v, size_t n)
{
    KC_BUF_SCOPE b = {0};

    for (size_t i = 0; i < n; i++)
        if (!v[i].volatile_value)
            kc_buf_printf(&b, "%s%s: %s -> %s", b.len ? ", " : "", v[i].path, kc_or(v[i].from, "(none)"),
                          kc_or(v[i].to, "(none)"));
    return kc_arena_strdup(a, b.len ? kc_buf_str(&b) : "no change at all");
}

/* The object right now: what the change would make of it, and then what it is. The dry run goes first and the read that
 * gives the precondition last, so that as little time as possible lies between that read and the send; whatever changes
 * in between makes the comparison fail. */
struct look {
    struct kc_object_meta meta;
    json_t *before, *after;
};

static bool look(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *step,
                 struct kc_arena *a, struct look *ret, struct kc_err *err)
{
    const struct kc_verb *verb = step->action.verb;
    struct kc_api_request dry_run, read;

    verb->change(a, &step->action, NULL, true, &dry_run);
    verb->read(a, &step->action, &read);
    return kc_object_read(c, who, &dry_run, a, &ret->after, err) &&
           kc_object_meta_read(c, who, &step->action.target, a, &ret->meta, err) &&
           kc_object_read(c, who, &read, a, &ret->before, err);
}

/* What is different from the preview, as a sentence; NULL: nothing. False: it could not be compared. */
static bool compare(const struct kc_record_step *step, const struct look *l, struct kc_arena *a, const char **ret,
                    struct kc_err *err)
{
    const char *shown = kc_target_show(a, &step->action.target), *fingerprint;
    struct kc_err unfit = {0};
    struct kc_change *now;

    *ret = NULL;
    if (!KC_STREQ(kc_or(kc_json_str(l->before, "metadata.uid"), ""), step->uid) || !KC_STREQ(l->meta.uid, step->uid)) {
        *ret = kc_arena_printf(a, "%s was deleted and created again since the preview (uid %s, previewed %s)", shown,
                               l->meta.uid, step->uid);
        return true;
    }
    if (l->meta.being_deleted) {
        *ret = kc_arena_printf(a, "%s is being deleted", shown);
        return true;
    }
    if (step->action.verb->check && !step->action.verb->check(&step->action, l->before, &unfit)) {
        *ret = kc_arena_strdup(a, unfit.message);
        return true;
    }
    size_t n_now = kc_changes_between(a, l->before, l->after, &now);
    if (!kc_changes_agree(step->changes, step->n_changes, now, n_now)) {
        *ret = kc_arena_printf(a, "%s changed since the preview: previewed %s; now it would be %s", shown,
                               describe_changes(a, step->changes, step->n_changes), describe_changes(a, now, n_now));
        return true;
    }
    if (!*step->fingerprint)
        return true;
    fingerprint = kc_object_fingerprint(a, l->before, err);
    if (fingerprint && !KC_STREQ(fingerprint, step->fingerprint))
        *ret = kc_arena_printf(a, "%s is not what it was at the preview", shown);
    return fingerprint != NULL;
}

/* What could not be looked at: gone, refused, or worth another try. */
static bool not_seen(const struct kc_record_step *step, struct kc_arena *a, const struct kc_err *e, enum kc_check *ret,
                     struct kc_seen *seen, struct kc_err *err)
{
    if (e->class == KC_NOT_FOUND) {
        *ret = KC_CHECK_STALE;
        seen->message =
            kc_arena_printf(a, "%s is gone since the preview: %s", kc_target_show(a, &step->action.target), e->message);
        return true;
    }
    if (kc_is_refusal(e)) {
        *ret = KC_CHECK_REFUSED;
        seen->message = kc_arena_strdup(a, e->message);
        return true;
    }
    *err = *e;
    return kc_wrap(err, "check before %s", step->command);
}

bool kc_execute_check(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *step,
                      struct kc_arena *a, enum kc_check *ret, struct kc_seen *seen, struct kc_err *err)
{
    struct kc_err e = {0};
    struct look l;
    const char *drift;

    *seen = (struct kc_seen){.uid = step->uid, .resource_version = "", .message = ""};
    if (!look(c, who, step, a, &l, &e))
        return not_seen(step, a, &e, ret, seen, err);
    if (!compare(step, &l, a, &drift, err))
        return false;
    *ret = drift ? KC_CHECK_STALE : KC_CHECK_AGREES;
    seen->message = kc_or(drift, "");
    seen->resource_version = kc_arena_strdup(a, kc_or(kc_json_str(l.before, "metadata.resourceVersion"), ""));
    seen->generation = l.meta.generation;
    return true;
}

enum kc_send kc_execute_send(const struct kc_cluster *c, const struct kc_identity *who,
                             const struct kc_record_step *step, const struct kc_seen *seen, struct kc_arena *a,
                             struct kc_sent *ret)
{
    struct kc_precondition pre = {.resource_version = seen->resource_version};
    struct kc_call call = {.as = who};
    struct kc_api_request req;
    struct kc_api_response res = {0};
    struct kc_err e = {0};
    json_t *after = NULL;

    *ret = (struct kc_sent){.message = "", .warnings = "", .resource_version = ""};
    step->action.verb->change(a, &step->action, &pre, false, &req);
    bool ok = kc_kube_json(c->kube, &req, &call, a, &after, &res, &e);
    ret->status = ok ? res.status : e.http_status;
    ret->warnings = kc_or(res.warnings, "");
    if (ok) {
        ret->resource_version = kc_arena_strdup(a, kc_or(kc_json_str(after, "metadata.resourceVersion"), ""));
        return KC_SEND_DONE;
    }
    ret->message = kc_arena_strdup(a, e.message);
    if (e.http_status == 409)
        return KC_SEND_CONFLICT;
    if (e.http_status == 429 || e.http_status == 401 || (e.http_status == 0 && !res.sent))
        return KC_SEND_NOT_SENT;
    if (e.http_status >= 400 && e.http_status < 500 && e.http_status != 408)
        return KC_SEND_REFUSED;
    return KC_SEND_UNKNOWN; /* 5xx, a cut connection, or an answer that could not be read */
}

/* Whether the object's changed paths hold the values `to` or `from`. */
enum values { VALUES_TO, VALUES_FROM, VALUES_OTHER };

static enum values values_of(struct kc_arena *a, const struct kc_record_step *step, const json_t *now)
{
    bool to = true, from = true;

    for (size_t i = 0; i < step->n_changes; i++) {
        const struct kc_change *ch = &step->changes[i];
        if (ch->volatile_value)
            continue;
        const char *is = kc_object_field(a, now, ch->path);
        to = to && KC_STREQ(is, ch->to);
        from = from && KC_STREQ(is, ch->from);
    }
    return to ? VALUES_TO : from ? VALUES_FROM : VALUES_OTHER;
}

enum kc_recovery kc_recovery_judge(struct kc_arena *a, const struct kc_record_step *step, const struct kc_seen *seen,
                                   const json_t *now, const struct kc_object_meta *meta, const char **ret_message)
{
    const char *shown = kc_target_show(a, &step->action.target);

    if (!KC_STREQ(meta->uid, seen->uid)) {
        *ret_message = kc_arena_printf(a, "%s was created anew (uid %s, it was %s)", shown, meta->uid, seen->uid);
        return KC_RECOVERED_UNKNOWN;
    }
    enum values values = values_of(a, step, now);
    if (values == VALUES_TO) {
        *ret_message = kc_arena_printf(a, "%s was found to have the values that were sent", shown);
        return KC_RECOVERED_DONE;
    }
    if (values == VALUES_FROM && meta->generation == seen->generation) {
        *ret_message = kc_arena_printf(a, "%s has not been touched: the change was not made", shown);
        return KC_RECOVERED_NOT_DONE;
    }
    *ret_message = kc_arena_printf(a,
                                   "%s moved from generation %lld to %lld and has not the values that were sent: "
                                   "somebody may have reverted them",
                                   shown, (long long)seen->generation, (long long)meta->generation);
    return KC_RECOVERED_UNKNOWN;
}

bool kc_execute_recover(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *step,
                        const struct kc_seen *seen, struct kc_arena *a, enum kc_recovery *ret, const char **ret_message,
                        struct kc_err *err)
{
    const char *shown = kc_target_show(a, &step->action.target);
    struct kc_api_request req;
    struct kc_object_meta meta;
    struct kc_err e = {0};
    json_t *now;

    step->action.verb->read(a, &step->action, &req);
    /* The values first: a generation that has not moved by then has not moved before them. */
    if (kc_object_read(c, who, &req, a, &now, &e) && kc_object_meta_read(c, who, &step->action.target, a, &meta, &e)) {
        *ret = kc_recovery_judge(a, step, seen, now, &meta, ret_message);
        return true;
    }
    if (e.class != KC_NOT_FOUND && e.http_status != 403) {
        *err = e;
        return kc_wrap(err, "looking for what became of %s", step->command);
    }
    *ret = KC_RECOVERED_UNKNOWN;
    *ret_message = kc_arena_printf(a, "whether %s was changed before cannot be known any more: %s", shown, e.message);
    return true;
}
