#include "controller/exec/look.h"

static bool wants_json(const struct kc_api_request *req)
{
    return !req->accept || kc_str_starts(req->accept, KC_JSON_ACCEPT);
}

static bool ask(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_action *act,
                const struct kc_api_request *req, const struct kc_looked *so_far, struct kc_arena *a,
                struct kc_answer *ret, struct kc_err *err)
{
    struct kc_api_response res = {0};
    struct kc_call call = {.as = who};
    struct kc_err e = {0};
    json_t *json = NULL;
    bool ok = wants_json(req) ? kc_object_call(c, who, req, a, &json, &res, &e)
                              : kc_kube_do(c->kube, req, &call, a, &res, &e);
    const struct kc_verb *verb = act->verb;
    if (!ok && e.http_status == 404 && (verb->may_be_absent ? verb->may_be_absent(act) : verb->accepts_absent)) {
        *ret = (struct kc_answer){.status = e.http_status};
        return true;
    }
    if (!ok && e.http_status && act->verb->tolerates && act->verb->tolerates(so_far, e.http_status)) {
        *ret = (struct kc_answer){.status = e.http_status, .text = kc_arena_strdup(a, e.message)};
        return true;
    }
    if (!ok) {
        *err = e;
        return false;
    }
    *ret = (struct kc_answer){.status = res.status, .json = json, .text = json ? NULL : kc_or(res.body, "")};
    return true;
}

bool kc_look(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_action *act, struct kc_arena *a,
             struct kc_looked *ret, struct kc_err *err)
{
    struct kc_answer *v = kc_arena_array(a, KC_MAX_LOOKS, sizeof *v);
    struct kc_looked seen = {.v = v};
    struct kc_api_request req;
    while (seen.n < KC_MAX_LOOKS && act->verb->look && act->verb->look(a, act, &seen, &req)) {
        if (!ask(c, who, act, &req, &seen, a, &v[seen.n], err))
            return false;
        seen.n++;
    }
    *ret = seen;
    return true;
}

/* A create's first look is at what it is made of. */
static bool first_request(struct kc_arena *a, const struct kc_action *act, struct kc_api_request *ret)
{
    const struct kc_looked none = {0};
    if (act->verb->deed != KC_DEED_CREATE && act->verb->look)
        return act->verb->look(a, act, &none, ret);
    const struct kc_target object = kc_action_object(act);
    *ret = (struct kc_api_request){.method = "GET", .path = kc_target_path(a, &object, NULL)};
    return true;
}

/* One object, and the answer as it came. */
static bool read_whole(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_api_request *req,
                       struct kc_arena *a, json_t **ret, struct kc_target_seen *t, struct kc_err *err)
{
    struct kc_api_response res = {0};
    if (!kc_object_call(c, who, req, a, ret, &res, err))
        return false;
    t->whole = res.body;
    t->whole_len = res.body_len;
    return true;
}

bool kc_target_look(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_action *act,
                    enum kc_look_order order, struct kc_arena *a, struct kc_target_seen *ret, struct kc_err *err)
{
    struct kc_api_request req;
    struct kc_target_seen t = {0};
    json_t *object;
    if (!first_request(a, act, &req))
        return kc_fail(err, KC_FATAL, "NothingToSee", "kubectl %s looks at nothing", act->verb->name);
    const struct kc_target target = kc_action_object(act);
    bool itself = KC_STREQ(req.path, kc_target_path(a, &target, NULL));
    if (!itself && order == KC_META_FIRST) {
        const struct kc_api_request whole = {.method = "GET", .path = kc_target_path(a, &target, NULL)};
        if (!read_whole(c, who, &whole, a, &object, &t, err))
            return false;
        t.meta = kc_object_meta_of(object);
    }
    if (itself ? !read_whole(c, who, &req, a, &object, &t, err) : !kc_object_read(c, who, &req, a, &object, err))
        return false;
    if (!itself && order == KC_META_LAST && !kc_object_meta_read(c, who, &target, a, &t.meta, err))
        return false;
    struct kc_answer *answer = kc_arena_alloc(a, sizeof *answer);
    *answer = (struct kc_answer){.status = 200, .json = object};
    t.object = object;
    t.seen = (struct kc_looked){.v = answer, .n = 1};
    if (itself)
        t.meta = kc_object_meta_of(object);
    *ret = t;
    return true;
}
