#include "controller/exec/execute.h"

#include <string.h>

#include "controller/action/request.h"
#include "controller/exec/look.h"

#define HTTP_CREATED 201

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
struct scene {
    struct kc_target_seen now; /* without an object: it is not there yet */
    json_t *after;
};

static bool dry_run(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *step,
                    const struct kc_precondition *pre, struct kc_arena *a, json_t **ret, struct kc_err *err)
{
    struct kc_api_request req;

    return kc_request_prepare(a, &step->request, pre, true, &req, err) && kc_object_read(c, who, &req, a, ret, err);
}

/* A dry run that names the version is refused when the object has moved since: the read comes first. */
static bool look_for_version(const struct kc_cluster *c, const struct kc_identity *who,
                             const struct kc_record_step *step, struct kc_arena *a, struct scene *ret,
                             struct kc_err *err)
{
    if (!kc_target_look(c, who, &step->action, KC_META_FIRST, a, &ret->now, err))
        return false;
    struct kc_precondition pre = {.uid = ret->now.meta.uid, .resource_version = ret->now.meta.resource_version};
    if (dry_run(c, who, step, &pre, a, &ret->after, err))
        return true;
    if (err->class == KC_CONFLICT) /* somebody was faster than two calls: look again */
        err->class = KC_RETRY;
    return false;
}

/* An apply is no POST: that the object is still not there has to be looked at. */
static bool look_for_absence(const struct kc_cluster *c, const struct kc_identity *who,
                             const struct kc_record_step *step, struct kc_arena *a, struct scene *ret,
                             struct kc_err *err)
{
    struct kc_err e = {0};

    if (kc_target_look(c, who, &step->action, KC_META_FIRST, a, &ret->now, &e) || e.class == KC_NOT_FOUND)
        return true;
    *err = e;
    return false;
}

static bool look(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *step,
                 struct kc_arena *a, struct scene *ret, struct kc_err *err)
{
    *ret = (struct scene){0};
    if (kc_request_needs_version(&step->request))
        return look_for_version(c, who, step, a, ret, err);
    if (step->action.verb->deed != KC_DEED_RUN && /* a dry run of it would run it */
        !dry_run(c, who, step, NULL, a, &ret->after, err))
        return false;
    if (kc_step_deed(step) != KC_DEED_CREATE)
        return kc_target_look(c, who, &step->action, KC_META_FIRST, a, &ret->now, err);
    if (step->action.verb->deed != KC_DEED_CREATE && !look_for_absence(c, who, step, a, ret, err))
        return false;
    if (ret->now.object)
        return true;
    /* The dry run tells that it is not there yet, and the time at which it was not. */
    ret->now.meta =
        (struct kc_object_meta){.uid = "",
                                .resource_version = "",
                                .marked_at = kc_or(kc_json_str(ret->after, "metadata.creationTimestamp"), "")};
    return true;
}

/* Whether it is the object that was previewed. */
static const char *compare_object(const struct kc_record_step *step, const struct scene *l, struct kc_arena *a)
{
    const char *shown = kc_action_show(a, &step->action);
    struct kc_err unfit = {0};

    if (!KC_STREQ(kc_or(kc_json_str(l->now.object, "metadata.uid"), ""), step->uid) ||
        !KC_STREQ(kc_or(l->now.meta.uid, ""), step->uid))
        return kc_arena_printf(a, "%s was deleted and created again since the preview (uid %s, previewed %s)", shown,
                               l->now.meta.uid, step->uid);
    if (l->now.meta.being_deleted)
        return kc_arena_printf(a, "%s is being deleted", shown);
    if (step->action.verb->check && !step->action.verb->check(&step->action, &l->now.seen, &unfit))
        return kc_arena_strdup(a, unfit.message);
    return NULL;
}

static const char *compare_changes(const struct kc_record_step *step, const struct scene *l, struct kc_arena *a)
{
    struct kc_change *now;
    size_t n_now = kc_changes_between(a, l->now.object, l->after, &now);

    if (kc_changes_agree(step->changes, step->n_changes, now, n_now))
        return NULL;
    return kc_arena_printf(a, "%s changed since the preview: previewed %s; now it would be %s",
                           kc_action_show(a, &step->action), describe_changes(a, step->changes, step->n_changes),
                           describe_changes(a, now, n_now));
}

/* What is different from the preview, as a sentence; NULL: nothing. False: it could not be compared. */
static bool compare(const struct kc_record_step *step, const struct scene *l, struct kc_arena *a, const char **ret,
                    struct kc_err *err)
{
    enum kc_deed deed = kc_step_deed(step);
    const char *fingerprint;

    if (deed == KC_DEED_CREATE && l->now.object) {
        *ret = kc_arena_printf(a, "%s has come to be since the preview", kc_action_show(a, &step->action));
        return true;
    }
    *ret = deed == KC_DEED_CREATE ? NULL : compare_object(step, l, a);
    if (!*ret && deed != KC_DEED_DELETE && deed != KC_DEED_RUN)
        *ret = compare_changes(step, l, a);
    if (*ret || !*step->fingerprint)
        return true;
    fingerprint = kc_object_fingerprint(a, l->now.object, err);
    if (fingerprint && !KC_STREQ(fingerprint, step->fingerprint))
        *ret = kc_arena_printf(a, "%s is not what it was at the preview", kc_action_show(a, &step->action));
    return fingerprint != NULL;
}

/* The others need not wait for whoever looks why one is gone: that it goes is what was approved. */
static bool one_of_several_deletes(const struct kc_record_step *step)
{
    return step->action.verb->deed == KC_DEED_DELETE && *kc_or(step->part, "");
}

/* Whoever deletes it, it goes; nothing of its name that came since is touched. */
static const char *gone_already(const struct kc_record_step *step, const struct scene *l, struct kc_arena *a)
{
    const char *shown = kc_action_show(a, &step->action);

    if (!one_of_several_deletes(step))
        return NULL;
    if (!KC_STREQ(kc_or(l->now.meta.uid, ""), step->uid))
        return kc_arena_printf(a, "%s was gone already, another of its name is left alone", shown);
    return l->now.meta.being_deleted ? kc_arena_printf(a, "%s was being deleted already", shown) : NULL;
}

/* What could not be looked at: gone, there already, refused, or worth another try. */
static bool not_seen(const struct kc_record_step *step, struct kc_arena *a, const struct kc_err *e, enum kc_check *ret,
                     struct kc_seen *seen, struct kc_err *err)
{
    const char *shown = kc_action_show(a, &step->action);

    if (e->class == KC_NOT_FOUND && one_of_several_deletes(step)) {
        *ret = KC_CHECK_DONE;
        seen->message = kc_arena_printf(a, "%s was gone already", shown);
        return true;
    }
    if (e->class == KC_NOT_FOUND || (e->class == KC_CONFLICT && step->action.verb->deed == KC_DEED_CREATE)) {
        *ret = KC_CHECK_STALE;
        seen->message = kc_arena_printf(a, "%s %s since the preview: %s", shown,
                                        e->class == KC_NOT_FOUND ? "is gone" : "has come to be", e->message);
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

/* The budget speaks for whatever has the name by now: is it still what is to be evicted? */
static bool put_off(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *step,
                    const struct kc_err *why, struct kc_arena *a, enum kc_check *ret, struct kc_seen *seen,
                    struct kc_err *err)
{
    struct scene l = {0};
    struct kc_err e = {0};

    if (!kc_target_look(c, who, &step->action, KC_META_FIRST, a, &l.now, &e))
        return not_seen(step, a, &e, ret, seen, err);
    const char *gone = gone_already(step, &l, a);
    *ret = gone ? KC_CHECK_DONE : KC_CHECK_PUT_OFF;
    seen->message = gone ? gone : kc_put_off_by(a, step->action.target.ns, why);
    return true;
}

bool kc_execute_check(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *step,
                      struct kc_arena *a, enum kc_check *ret, struct kc_seen *seen, struct kc_err *err)
{
    struct kc_err e = {0};
    struct scene l;
    const char *drift = NULL;

    *seen = (struct kc_seen){.uid = step->uid, .resource_version = "", .marked_at = "", .message = ""};
    if (!look(c, who, step, a, &l, &e) && kc_is_put_off(&e))
        return put_off(c, who, step, &e, a, ret, seen, err);
    if (e.class != KC_NONE)
        return not_seen(step, a, &e, ret, seen, err);
    const char *gone = gone_already(step, &l, a);
    if (!gone && !compare(step, &l, a, &drift, err))
        return false;
    /* What is captured is what the change is made to. */
    if (!gone && l.now.object &&
        !KC_STREQ(l.now.meta.resource_version, kc_or(kc_json_str(l.now.object, "metadata.resourceVersion"), "")))
        return kc_fail(err, KC_CONFLICT, "Moved", "%s moved while it was looked at", kc_action_show(a, &step->action));
    *ret = gone ? KC_CHECK_DONE : drift ? KC_CHECK_STALE : KC_CHECK_AGREES;
    seen->message = gone ? gone : kc_or(drift, "");
    seen->resource_version = kc_arena_strdup(a, kc_or(kc_json_str(l.now.object, "metadata.resourceVersion"), ""));
    seen->generation = l.now.meta.generation;
    seen->object = l.now.whole;
    seen->object_len = l.now.whole_len;
    seen->marked_at = kc_arena_strdup(a, l.now.meta.marked_at);
    return true;
}

static enum kc_send send_judge(const struct kc_record_step *step, const struct kc_err *e, bool sent)
{
    if (e->http_status == 409)
        return KC_SEND_CONFLICT;
    if (kc_is_put_off(e))
        return KC_SEND_PUT_OFF;
    /* The precondition names the object's uid: another one is in its place, or none. */
    if (e->http_status == 404 && step->action.verb->deed == KC_DEED_DELETE)
        return KC_SEND_CONFLICT;
    if (e->http_status == 429 || e->http_status == 401 || (e->http_status == 0 && !sent))
        return KC_SEND_NOT_SENT;
    if (e->http_status >= 400 && e->http_status < 500 && e->http_status != 408)
        return KC_SEND_REFUSED;
    return KC_SEND_UNKNOWN; /* 5xx, a cut connection, or an answer that could not be read */
}

enum kc_send kc_execute_send(const struct kc_cluster *c, const struct kc_identity *who,
                             const struct kc_record_step *step, const struct kc_seen *seen, struct kc_arena *a,
                             struct kc_sent *ret)
{
    struct kc_precondition pre = {.resource_version = step->action.verb->by_uid ? NULL : seen->resource_version,
                                  .uid = seen->uid};
    struct kc_api_request req;
    struct kc_api_response res = {0};
    struct kc_err e = {0};
    json_t *after = NULL;

    *ret = (struct kc_sent){.message = "", .warnings = "", .resource_version = "", .uid = ""};
    if (!kc_request_prepare(a, &step->request, &pre, false, &req, &e)) {
        ret->message = kc_arena_strdup(a, e.message);
        return KC_SEND_REFUSED;
    }
    bool ok = kc_object_call(c, who, &req, a, &after, &res, &e);
    ret->status = ok ? res.status : e.http_status;
    ret->warnings = kc_or(res.warnings, "");
    if (ok) {
        if (kc_step_deed(step) == KC_DEED_CREATE && res.status != HTTP_CREATED)
            ret->warnings = kc_arena_printf(a, "%s came to be in the moment before: it was changed, not made\n%s",
                                            kc_action_show(a, &step->action), ret->warnings);
        ret->resource_version = kc_arena_strdup(a, kc_or(kc_json_str(after, "metadata.resourceVersion"), ""));
        ret->uid = kc_arena_strdup(a, kc_or(kc_json_str(after, "metadata.uid"), ""));
        return KC_SEND_DONE;
    }
    ret->message = kc_arena_strdup(a, e.message);
    return send_judge(step, &e, res.sent);
}
