#include "webhook/validate.h"

#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/guard/guard.h"
#include "webhook/approval.h"

struct subject {
    struct kc_arena *a;
    const struct kc_review *r;
    const struct kc_admission_snapshot *s;
    struct kc_chatrequest cr;
    struct kc_strs warned;
};

static void cut(struct kc_buf *path, size_t len)
{
    path->len = len;
    path->data[len] = '\0';
}

/* What the API server puts in the place of bytes that are not UTF-8. */
#define REPLACEMENT_CHARACTER "\xEF\xBF\xBD"

static bool plain_string(const json_t *v, const struct kc_buf *path, struct kc_err *err)
{
    const char *text = json_string_value(v);
    size_t at, len = json_string_length(v);
    uint32_t c = kc_text_deceptive(text, len, &at);
    if (c || strlen(text) != len)
        return kc_fail(err, KC_INVALID, "DeceptiveText",
                       "%s: U+%04X at byte %zu makes the text read other than it is (control, direction or invisible "
                       "character); remove it",
                       kc_buf_str(path), (unsigned)c, c ? at : strlen(text));
    const char *lost = strstr(text, REPLACEMENT_CHARACTER);
    return !lost || kc_fail(err, KC_INVALID, "NotUtf8",
                            "%s: U+FFFD at byte %zu stands for bytes that were not UTF-8 when the text was sent; send "
                            "it again in UTF-8",
                            kc_buf_str(path), (size_t)(lost - text));
}

/* Every string below v, so that no field can be forgotten. path grows and shrinks with the walk. */
static bool plain_text(const json_t *v, struct kc_buf *path, struct kc_err *err)
{
    size_t base = path->len, i;
    const char *key;
    json_t *child;
    if (json_is_string(v))
        return plain_string(v, path, err);
    json_array_foreach(v, i, child)
    {
        kc_buf_printf(path, "[%zu]", i);
        if (!plain_text(child, path, err))
            return false;
        cut(path, base);
    }
    json_object_foreach((json_t *)v, key, child)
    {
        kc_buf_printf(path, ".%s", key);
        if (!plain_text(child, path, err))
            return false;
        cut(path, base);
    }
    return true;
}

static bool text_is_plain(struct subject *x, struct kc_err *err)
{
    KC_BUF_SCOPE path = {0};
    kc_buf_puts(&path, "spec");
    return plain_text(kc_json_at(x->r->object, "spec"), &path, err);
}

static bool decodes(struct subject *x, struct kc_err *err)
{
    if (!kc_chatrequest_decode(x->a, x->r->object, true, &x->cr, err))
        return false;
    x->cr.meta.ns = x->r->ns;
    return true;
}

static bool requester_is_caller(struct subject *x, struct kc_err *err)
{
    const struct kc_identity *stored = &x->cr.spec.requested_by.who;
    if (!kc_guard_requester(&x->r->who, err))
        return false;
    if (kc_caller_equal(stored, &x->r->who))
        return true;
    return kc_fail(
        err, KC_FORBIDDEN, "ForgedIdentity",
        "spec.requestedBy (\"%s\") is not the identity that sends the request (\"%s\"): kubechat's mutating webhook "
        "did not stamp it, or another one changed it afterwards; look at 'kubectl get "
        "mutatingwebhookconfigurations'",
        kc_or(stored->username, ""), x->r->who.username);
}

static bool seal_holds(struct subject *x, struct kc_err *err)
{
    if (kc_seal_request_valid(&x->s->key, x->s->cluster_uid, &x->cr))
        return true;
    if (!*kc_or(x->cr.spec.requested_by.seal, ""))
        return kc_fail(
            err, KC_FORBIDDEN, "NotSealed",
            "spec.requestedBy.seal is missing: this request did not come through kubechat's admission; delete it and "
            "ask again");
    return kc_fail(
        err, KC_FORBIDDEN, "SealBroken",
        "spec.requestedBy.seal does not fit the request: it was changed after it was sealed (by another webhook?), "
        "or comes from another cluster or a backup; delete it and ask again");
}

static bool no_approvals(struct subject *x, struct kc_err *err)
{
    if (x->cr.spec.approvals.n == 0)
        return true;
    return kc_fail(err, KC_INVALID, "ApprovalOnCreate", "spec.approvals must be empty in a new request");
}

static bool cluster_known(struct subject *x, struct kc_err *err)
{
    const struct kc_strs *known = &x->s->clusters;
    if (kc_strs_has(known, x->cr.spec.cluster))
        return true;
    KC_BUF_SCOPE names = {0};
    for (size_t i = 0; i < known->n; i++)
        kc_buf_printf(&names, "%s%s", i ? ", " : "", known->v[i]);
    return kc_fail(err, KC_INVALID, "UnknownCluster", "spec.context.cluster: \"%s\" is not registered; known: %s",
                   x->cr.spec.cluster, kc_buf_str(&names));
}

static bool namespaces_valid(struct subject *x, struct kc_err *err)
{
    const struct kc_strs *ns = &x->cr.spec.namespaces;
    for (size_t i = 0; i < ns->n; i++)
        if (!kc_dns_label_valid(ns->v[i]))
            return kc_fail(
                err, KC_INVALID, "InvalidNamespace",
                "spec.context.namespaces[%zu]: \"%s\" cannot be a namespace: lower-case letters, digits and '-', at "
                "most 63 (RFC 1123)",
                i, ns->v[i]);
    return true;
}

static bool commands_parse(struct subject *x, struct kc_err *err)
{
    const struct kc_strs *commands = &x->cr.spec.commands;
    if (!kc_commands_fit(commands, err))
        return kc_wrap(err, "spec.commands");
    for (size_t i = 0; i < commands->n; i++)
        if (!kc_kubectl_check(x->a, commands->v[i], err))
            return kc_wrap(err, "spec.commands[%zu]", i);
    return true;
}

static bool allowed_by_policies(struct subject *x, const char *command, struct kc_err *err)
{
    struct kc_strs namespaces = kc_chatrequest_namespaces(x->a, &x->cr);
    struct kc_kubectl_context context = {.restmap = x->s->types,
                                         .default_namespace = namespaces.n ? namespaces.v[0] : ""};
    struct kc_actions actions;
    /* A type that is not known here may be known to the planner: it has the last word. */
    if (!kc_kubectl_parse(x->a, command, &context, &actions, NULL))
        return true;
    for (size_t i = 0; i < actions.n; i++)
        if (!kc_guard_admit(x->a, x->s->policies, &x->cr, &actions.v[i], &x->warned, err))
            return false;
    return true;
}

static bool policies_allow(struct subject *x, struct kc_err *err)
{
    const struct kc_strs *commands = &x->cr.spec.commands;
    for (size_t i = 0; x->s->policies && x->s->types && i < commands->n; i++)
        if (!allowed_by_policies(x, commands->v[i], err))
            return kc_wrap(err, "spec.commands[%zu]", i);
    return true;
}

static bool approval_sealed(struct subject *x, struct kc_err *err)
{
    size_t at;
    if (!kc_approval_appended(x->r, &at, err))
        return false;
    if (at == KC_NO_APPROVAL)
        return true;
    const struct kc_approval *approval = &x->cr.spec.approvals.v[at];
    const char *uid = kc_or(kc_json_str(x->r->old, "metadata.uid"), "");
    if (kc_caller_equal(&approval->who, &x->r->who) &&
        kc_seal_approval_valid(&x->s->key, x->s->cluster_uid, uid, approval))
        return true;
    return kc_fail(
        err, KC_FORBIDDEN, "SealBroken",
        "spec.approvals[%zu]: kubechat's mutating webhook did not stamp it for \"%s\", or another one changed it "
        "afterwards; look at 'kubectl get mutatingwebhookconfigurations'",
        at, x->r->who.username);
}

typedef bool (*check)(struct subject *x, struct kc_err *err);
static const check on_create[] = {
    text_is_plain,    decodes,        requester_is_caller, no_approvals,   cluster_known,
    namespaces_valid, commands_parse, seal_holds,          policies_allow, NULL,
};
static const check on_update[] = {text_is_plain, decodes, seal_holds, approval_sealed, NULL};

bool kc_validate(struct kc_arena *a, const struct kc_review *r, const struct kc_admission_snapshot *s,
                 struct kc_strs *ret_warnings, struct kc_err *err)
{
    struct subject x = {.a = a, .r = r, .s = s};
    for (const check *c = r->operation == KC_CREATE ? on_create : on_update; *c; c++)
        if (!(*c)(&x, err))
            return false;
    *ret_warnings = x.warned;
    return true;
}
