#include "controller/view/viewer.h"

#include <string.h>

#include "controller/base/clock.h"
#include "controller/exec/access.h"
#include "controller/exec/object.h"
#include "controller/exec/read.h"
#include "controller/guard/guard.h"
#include "controller/show/show.h"

/* What the outcome row of a command says. */
struct ran {
    bool over;
    const char *message;
    const char *transcript; /* blob; "": it said nothing, or nothing was kept */
    bool truncated;
};

/* What the store says of one request. */
struct trail {
    const char *request_uid;
    struct kc_plan_record plan;
    const char *digest; /* of the plan; NULL: there is none */
    bool *was_read;     /* one a step: it was carried out */
    struct ran *ran;    /* one a step */
};

#define CUT_NOTE "... cut here: the first MiB of what it said was kept\n"

/* What happened to one step while somebody looked. */
struct look {
    struct kc_read read;
    bool seen, refused;
};

static bool may_look(const struct kc_viewer *v, const struct kc_identity *who, const char *ns, const char *name,
                     struct kc_arena *a, struct kc_err *err)
{
    struct kc_access access = {
        .verb = "get", .group = KC_GROUP, .resource = KC_CHATREQUEST_RESOURCE, .ns = ns, .name = name};
    bool allowed;

    if (!kc_access_allowed(v->cluster->kube, who, &access, a, &allowed, err))
        return false;
    return allowed ||
           kc_fail(err, KC_FORBIDDEN, "Forbidden",
                   "chatrequests.kubechat.io \"%s\" is forbidden: user \"%s\" cannot get it in the namespace "
                   "\"%s\", and its output is for those who can",
                   name, who->username, ns);
}

static bool find_request(const struct kc_viewer *v, const char *ns, const char *name, struct kc_arena *a,
                         struct kc_chatrequest *ret, struct kc_err *err)
{
    struct kc_call as_ourselves = {0};
    const char *path = kc_resource_path(a, &kc_chatrequest_mapping, ns, name, NULL);
    json_t *object;

    return kc_kube_get(v->cluster->kube, path, NULL, &as_ourselves, a, &object, err) &&
           kc_chatrequest_decode(a, object, false, ret, err);
}

static bool take_plan(const struct kc_viewer *v, const struct kc_row *row, struct kc_arena *a, struct trail *t,
                      struct kc_err *err)
{
    const char *blob = row->blobs.n ? row->blobs.v[0] : "";
    size_t len;
    const char *bytes = kc_audit_blob(v->audit, blob, a, &len, err);
    struct kc_plan_record plan = {0};

    if (!bytes || !kc_plan_record_decode(a, bytes, len, &plan, err))
        return kc_wrap(err, "plan of record %s", blob);
    if (KC_STREQ(plan.why, KC_WHY_ROLLBACK))
        return true; /* it looks at nothing: what was read before it is what there is to see */
    struct trail next = {.request_uid = t->request_uid, .digest = row->plan_digest, .plan = plan};
    next.was_read = kc_arena_array(a, plan.n_steps + 1, sizeof *next.was_read);
    next.ran = kc_arena_array(a, plan.n_steps + 1, sizeof *next.ran);
    /* The same steps: what was done is done. */
    if (t->digest && KC_STREQ(plan.why, KC_WHY_DEFERRED) && t->plan.n_steps == plan.n_steps) {
        memcpy(next.was_read, t->was_read, plan.n_steps * sizeof *next.was_read);
        memcpy(next.ran, t->ran, plan.n_steps * sizeof *next.ran);
    }
    *t = next;
    return true;
}

static void take_read(const struct kc_row *row, struct trail *t)
{
    int64_t id;

    if (t->digest && KC_STREQ(row->plan_digest, t->digest) && KC_STREQ(row->result, "Read") &&
        kc_parse_int(row->step, 1, (int64_t)t->plan.n_steps, &id))
        t->was_read[id - 1] = true;
}

static void take_outcome(const struct kc_row *row, struct trail *t)
{
    int64_t id;

    if (t->digest && KC_STREQ(row->plan_digest, t->digest) && kc_parse_int(row->step, 1, (int64_t)t->plan.n_steps, &id))
        t->ran[id - 1] = (struct ran){.over = true,
                                      .message = row->message,
                                      .transcript = row->blobs.n ? row->blobs.v[0] : "",
                                      .truncated = kc_json_bool(row->detail, "truncated", false)};
}

static bool follow(const struct kc_viewer *v, const char *uid, struct kc_arena *a, struct trail *ret,
                   struct kc_err *err)
{
    struct kc_audit_row *rows;
    size_t n;

    *ret = (struct trail){.request_uid = uid};
    if (!kc_audit_rows(v->audit, uid, a, &rows, &n, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct kc_row row;
        if (rows[i].type != KC_ROW_PLANNED && rows[i].type != KC_ROW_READ && rows[i].type != KC_ROW_OUTCOME)
            continue;
        if (!kc_row_decode(a, rows[i].entry, rows[i].len, &row, err))
            return kc_wrap(err, "entry %lld", (long long)rows[i].index);
        if (row.type == KC_ROW_READ)
            take_read(&row, ret);
        else if (row.type == KC_ROW_OUTCOME)
            take_outcome(&row, ret);
        else if (!take_plan(v, &row, a, ret, err))
            return false;
    }
    return true;
}

/* False for what may pass (RETRY, UNAVAILABLE): then nothing is shown at all. */
static bool read_step(const struct kc_viewer *v, const struct kc_identity *who, const struct trail *t, size_t i,
                      struct kc_arena *a, struct kc_output_step *out, struct look *ret, struct kc_err *err)
{
    const struct kc_record_step *s = &t->plan.steps[i];
    struct kc_err e = {0};

    *out = (struct kc_output_step){
        .id = kc_arena_printf(a, "%zu", i + 1), .command = kc_arena_strdup(a, s->command), .note = ""};
    *ret = (struct look){0};
    if (!t->was_read[i]) {
        out->note = "not read yet: the plan has not come to this step";
        return true;
    }
    if (kc_read(v->cluster, who, &s->action, a, &ret->read, &e)) {
        ret->seen = true;
        out->output = ret->read.output;
        out->truncated = ret->read.truncated;
        return true;
    }
    if (!kc_is_refusal(&e) && e.class != KC_NOT_FOUND) {
        *err = e;
        return kc_wrap(err, "step %s", out->id);
    }
    ret->refused = e.class == KC_FORBIDDEN;
    out->note = kc_arena_strdup(a, e.message);
    return true;
}

/* Whoever may run a command there learns nothing by reading what one said. */
static bool may_run(const struct kc_viewer *v, const struct kc_identity *who, const struct kc_target *pod,
                    struct kc_arena *a, bool *ret, struct kc_err *err)
{
    struct kc_access access = {
        .verb = "create", .group = "", .resource = "pods", .ns = pod->ns, .name = pod->name, .subresource = "exec"};

    return kc_access_allowed(v->cluster->kube, who, &access, a, ret, err);
}

/* Shows it as a read's output is shown: no terminal sequence gets through. */
static void take_text(const struct kc_viewer *v, const char *text, size_t len, struct kc_arena *a,
                      struct kc_output_step *out, struct look *ret)
{
    KC_BUF_SCOPE shown = {0};
    const char *end = text + len;

    for (const char *p = text; p < end; p += strlen(p) + 1) { /* a zero byte is shown like other control characters */
        kc_show_text(&shown, p);
        if (p + strlen(p) < end)
            kc_buf_putc(&shown, '?');
    }
    if (out->truncated)
        kc_buf_printf(&shown, "%s" CUT_NOTE, shown.len && shown.data[shown.len - 1] != '\n' ? "\n" : "");
    ret->seen = true;
    ret->read = (struct kc_read){.len = len, .digest = kc_output_digest(a, &v->cluster->redact_key, text, len)};
    for (size_t i = 0; i < shown.len; i++)
        ret->read.lines += shown.data[i] == '\n';
    out->output = kc_arena_memdup(a, kc_buf_str(&shown), shown.len + 1);
}

/* False for what may pass. */
static bool open_transcript(const struct kc_viewer *v, const struct trail *t, size_t i, struct kc_arena *a,
                            struct kc_output_step *out, struct look *ret, struct kc_err *err)
{
    const char *context = kc_arena_printf(a, "transcript %s %s", t->request_uid, out->id);
    size_t locked_len, len;
    struct kc_err e = {0};
    const char *locked = kc_audit_blob(v->audit, t->ran[i].transcript, a, &locked_len, &e);

    if (!locked && e.class != KC_NOT_FOUND) {
        *err = e;
        return false;
    }
    const char *text = locked ? kc_locker_unlock(v->locker, a, context, locked, locked_len, &len, &e) : NULL;
    if (!text) { /* it was kept no longer, or locked with a key that is gone */
        out->note = kc_arena_printf(a, "%s; what it said cannot be shown: %s", out->note, e.message);
        return true;
    }
    out->truncated = t->ran[i].truncated;
    take_text(v, text, len, a, out, ret);
    return true;
}

/* The same as read_step for a command in a container. */
static bool run_step(const struct kc_viewer *v, const struct kc_identity *who, const struct trail *t, size_t i,
                     struct kc_arena *a, struct kc_output_step *out, struct look *ret, struct kc_err *err)
{
    const struct kc_record_step *s = &t->plan.steps[i];
    const struct ran *ran = &t->ran[i];
    bool allowed;

    *out = (struct kc_output_step){.id = kc_arena_printf(a, "%zu", i + 1),
                                   .command = kc_arena_strdup(a, s->command),
                                   .note = ran->over ? ran->message : "not run yet, or still running"};
    *ret = (struct look){0};
    if (!ran->over || !*ran->transcript)
        return true;
    if (!may_run(v, who, &s->action.target, a, &allowed, err))
        return false;
    if (!allowed) {
        ret->refused = true;
        out->note = kc_arena_printf(a,
                                    "pods \"%s\" is forbidden: what a command said is for those who may create "
                                    "pods/exec there, user \"%s\" may not in the namespace \"%s\"",
                                    s->action.target.name, who->username, s->action.target.ns);
        return true;
    }
    if (!v->locker) {
        out->note = kc_arena_printf(a,
                                    "%s; what it said is locked, and the manager was started without "
                                    "--capture-key-file",
                                    ran->message);
        return true;
    }
    return open_transcript(v, t, i, a, out, ret, err);
}

static json_t *detail_of(const struct kc_output *o, const struct look *looks)
{
    json_t *steps = json_array();

    for (size_t i = 0; i < o->n_steps; i++)
        json_array_append_new(steps, looks[i].seen
                                         ? json_pack("{s:s, s:I, s:I, s:s}", "step", o->steps[i].id, "bytes",
                                                     (json_int_t)looks[i].read.len, "lines",
                                                     (json_int_t)looks[i].read.lines, "digest", looks[i].read.digest)
                                         : json_pack("{s:s, s:s}", "step", o->steps[i].id, "note", o->steps[i].note));
    return json_pack("{s:o}", "steps", steps);
}

/* Nobody sees anything before it is on record that they did. */
static bool record(const struct kc_viewer *v, const struct kc_identity *who, const char *digest,
                   const struct kc_output *o, const struct look *looks, bool seen, struct kc_err *err)
{
    KC_JSON_SCOPE *detail = detail_of(o, looks);
    struct kc_row row = {.type = KC_ROW_VIEWED,
                         .time = o->made_at,
                         .cluster_uid = v->cluster->uid,
                         .who = *who,
                         .request_ns = o->ns,
                         .request_name = o->name,
                         .request_uid = o->uid,
                         .plan_digest = digest,
                         .step = "",
                         .command = "",
                         .target = "",
                         .result = seen ? "Seen" : "Refused",
                         .reason = seen ? "Viewed" : "ApiServerRefused",
                         .message = "",
                         .detail = detail};
    struct kc_audit_batch batch = {.rows = &row, .n_rows = 1};

    return kc_audit_append(v->audit, &batch, NULL, err) || kc_wrap(err, "the look could not be recorded");
}

/* Reads what there is to read. A look that was refused whole is a refusal. */
static bool look(const struct kc_viewer *v, const struct kc_identity *who, const struct trail *t, struct kc_arena *a,
                 struct kc_output *o, struct kc_err *err)
{
    struct look *looks = kc_arena_array(a, t->plan.n_steps, sizeof *looks);
    size_t seen = 0, refused = 0;

    o->steps = kc_arena_array(a, t->plan.n_steps, sizeof *o->steps);
    for (size_t i = 0; i < t->plan.n_steps; i++) {
        enum kc_deed deed = t->plan.steps[i].action.verb->deed;
        if (deed != KC_DEED_READ && deed != KC_DEED_RUN)
            continue;
        if (!(deed == KC_DEED_READ ? read_step : run_step)(v, who, t, i, a, &o->steps[o->n_steps], &looks[o->n_steps],
                                                           err))
            return false;
        seen += looks[o->n_steps].seen;
        refused += looks[o->n_steps].refused;
        o->n_steps++;
    }
    if (o->n_steps == 0)
        return kc_fail(err, KC_NOT_FOUND, "NotFound",
                       "outputs.view.kubechat.io \"%s\" not found: the request neither reads nor runs anything",
                       o->name);
    if (!record(v, who, t->digest, o, looks, seen > 0, err))
        return false;
    return refused < o->n_steps || kc_fail(err, KC_FORBIDDEN, "Forbidden", "%s", o->steps[0].note);
}

bool kc_viewer_look(const struct kc_viewer *v, const struct kc_identity *who, const char *ns, const char *name,
                    struct kc_arena *a, struct kc_output *ret, struct kc_err *err)
{
    struct kc_chatrequest cr;
    struct trail trail;

    if (!may_look(v, who, ns, name, a, err) || !kc_guard_requester(who, err) ||
        !find_request(v, ns, name, a, &cr, err) || !follow(v, cr.meta.uid, a, &trail, err))
        return false;
    if (!trail.digest)
        return kc_fail(err, KC_NOT_FOUND, "NotFound",
                       "outputs.view.kubechat.io \"%s\" not found: the request has no plan (it is %s)", name,
                       kc_or(cr.status.phase, "not picked up yet"));
    *ret = (struct kc_output){.ns = cr.meta.ns, .name = cr.meta.name, .uid = cr.meta.uid, .made_at = kc_unix_ms()};
    return look(v, who, &trail, a, ret, err);
}
