#include "controller/exec/execute.h"

#include <string.h>

static bool stale(struct kc_arena *a, enum kc_check *ret, struct kc_seen *seen, const char *message)
{
    *ret = KC_CHECK_STALE;
    seen->message = kc_arena_strdup(a, message);
    return true;
}

static const char *describe_changes(struct kc_arena *a, const struct kc_change *v, size_t n)
{
    KC_BUF_SCOPE b = {0};

    for (size_t i = 0; i < n; i++)
        if (!v[i].volatile_value)
            kc_buf_printf(&b, "%s%s: %s -> %s", b.len ? ", " : "", v[i].path, kc_or(v[i].from, "(none)"),
                          kc_or(v[i].to, "(none)"));
    return kc_arena_strdup(a, b.len ? kc_buf_str(&b) : "no change at all");
}

bool kc_execute_check(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *step,
                      struct kc_arena *a, enum kc_check *ret, struct kc_seen *seen, struct kc_err *err)
{
    const struct kc_verb *verb = step->action.verb;
    const char *shown = kc_target_show(a, &step->action.target);
    struct kc_api_request req;
    struct kc_err e = {0};
    struct kc_object_meta meta;
    json_t *before, *after;

    *seen = (struct kc_seen){.uid = step->uid, .resource_version = "", .message = ""};
    if (!kc_object_meta_read(c, who, &step->action.target, a, &meta, &e))
        goto refused;
    verb->read(a, &step->action, &req);
    if (!kc_object_read(c, who, &req, a, &before, &e))
        goto refused;
    if (!KC_STREQ(kc_or(kc_json_str(before, "metadata.uid"), ""), step->uid) || !KC_STREQ(meta.uid, step->uid))
        return stale(a, ret, seen,
                     kc_arena_printf(a, "%s was deleted and created again since the preview (uid %s, previewed %s)",
                                     shown, meta.uid, step->uid));
    if (meta.being_deleted)
        return stale(a, ret, seen, kc_arena_printf(a, "%s is being deleted", shown));
    seen->resource_version = kc_arena_strdup(a, kc_or(kc_json_str(before, "metadata.resourceVersion"), ""));
    seen->generation = meta.generation;
    if (verb->check && !verb->check(&step->action, before, &e))
        return stale(a, ret, seen, e.message);
    verb->change(a, &step->action, NULL, true, &req);
    if (!kc_object_read(c, who, &req, a, &after, &e))
        goto refused;
    struct kc_change *now;
    size_t n_now = kc_changes_between(a, before, after, &now);
    if (!kc_changes_agree(step->changes, step->n_changes, now, n_now))
        return stale(a, ret, seen,
                     kc_arena_printf(a, "%s changed since the preview: previewed %s; now it would be %s", shown,
                                     describe_changes(a, step->changes, step->n_changes),
                                     describe_changes(a, now, n_now)));
    if (*step->fingerprint) {
        const char *fingerprint = kc_object_fingerprint(a, before, err);
        if (!fingerprint)
            return false;
        if (!KC_STREQ(fingerprint, step->fingerprint))
            return stale(a, ret, seen, kc_arena_printf(a, "%s is not what it was at the preview", shown));
    }
    *ret = KC_CHECK_AGREES;
    return true;

refused:
    if (e.class == KC_NOT_FOUND)
        return stale(a, ret, seen, kc_arena_printf(a, "%s is gone since the preview: %s", shown, e.message));
    if (e.class != KC_FORBIDDEN && e.class != KC_INVALID) {
        *err = e;
        return kc_wrap(err, "check before %s", step->command);
    }
    *ret = KC_CHECK_REFUSED;
    seen->message = kc_arena_strdup(a, e.message);
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
    if (e.http_status == 429 || (e.http_status == 0 && !res.sent))
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
