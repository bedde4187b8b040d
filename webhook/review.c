#include "webhook/review.h"

#include <string.h>

#include "api/chatrequest.h"
#include "controller/base/digest.h"

#define MAX_BODY ((size_t)8 << 20) /* object and oldObject; etcd takes 1.5 MiB each */
#define MAX_UID  128

static bool bad(struct kc_err *err, const char *what)
{
    return kc_fail(err, KC_INVALID, "BadReview", "not an AdmissionReview of a ChatRequest: %s", what);
}

static bool is(const json_t *v, const char *path, const char *expected)
{
    const char *s = kc_json_str(v, path);
    return s && KC_STREQ(s, expected);
}

static bool operation_of(const json_t *request, enum kc_operation *ret)
{
    static const char *const names[] = {[KC_CREATE] = "CREATE", [KC_UPDATE] = "UPDATE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (is(request, "operation", names[i])) {
            *ret = (enum kc_operation)i;
            return true;
        }
    }
    return false;
}

bool kc_review_decode(struct kc_arena *a, const char *body, size_t len, struct kc_review *ret, struct kc_err *err)
{
    json_t *v = kc_json_parse_in(a, body, len, MAX_BODY, "AdmissionReview", err);
    if (!v)
        return false;
    if (!is(v, "apiVersion", "admission.k8s.io/v1") || !is(v, "kind", "AdmissionReview"))
        return bad(err, "apiVersion and kind are not admission.k8s.io/v1, AdmissionReview");
    const json_t *request = json_object_get(v, "request");
    const char *sub = kc_json_str(request, "subResource");
    struct kc_review r = {
        .uid = kc_json_str(request, "uid"),
        .ns = kc_or(kc_json_str(request, "namespace"), ""),
        .name = kc_or(kc_json_str(request, "name"), ""),
        .dry_run = kc_json_bool(request, "dryRun", false),
        .object = json_object_get(request, "object"),
        .old = json_object_get(request, "oldObject"),
    };
    if (!r.uid || !*r.uid || strlen(r.uid) > MAX_UID)
        return bad(err, "request.uid is missing or too long");
    if (!is(request, "resource.group", KC_GROUP) || !is(request, "resource.resource", KC_CHATREQUEST_RESOURCE) ||
        (sub && *sub))
        return bad(err, "request.resource is not " KC_CHATREQUEST_RESOURCE "." KC_GROUP
                        "; the chart's webhook configurations name nothing else");
    if (!operation_of(request, &r.operation))
        return bad(err, "request.operation is neither CREATE nor UPDATE");
    if (!json_is_object(r.object))
        return bad(err, "request.object is missing");
    if (r.operation == KC_UPDATE && !json_is_object(r.old))
        return bad(err, "request.oldObject is missing");
    if (r.operation == KC_CREATE)
        r.old = NULL;
    if (!kc_caller_decode(a, json_object_get(request, "userInfo"), &r.who, err))
        return false;
    json_object_del(r.object, "status");
    *ret = r;
    return true;
}

static void begin(const struct kc_review *r, bool allowed, struct kc_buf *out)
{
    kc_buf_puts(out, "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"response\":{\"uid\":");
    kc_json_quote(out, r->uid, strlen(r->uid));
    kc_buf_puts(out, allowed ? ",\"allowed\":true" : ",\"allowed\":false");
}

void kc_review_allow(struct kc_arena *a, const struct kc_review *r, const char *patch, size_t len,
                     const struct kc_strs *warnings, struct kc_buf *out)
{
    begin(r, true, out);
    if (len > 0) {
        kc_buf_puts(out, ",\"patchType\":\"JSONPatch\",\"patch\":\"");
        kc_buf_puts(out, kc_base64(a, patch, len));
        kc_buf_putc(out, '"');
    }
    for (size_t i = 0; warnings && i < warnings->n; i++) {
        kc_buf_puts(out, i ? "," : ",\"warnings\":[");
        kc_json_quote(out, warnings->v[i], strlen(warnings->v[i]));
    }
    kc_buf_puts(out, warnings && warnings->n ? "]}}" : "}}");
}

/* metav1.StatusReason by class; whatever else goes wrong here is our own fault. Never 409: the API server would try the
 * same patch again. */
static const struct status {
    enum kc_class class;
    int code;
    const char *reason;
} statuses[] = {
    {KC_FORBIDDEN, 403, "Forbidden"},
    {KC_INVALID, 422, "Invalid"},
    {KC_NONE, 500, "InternalError"},
};

void kc_review_refuse(const struct kc_review *r, const struct kc_err *why, struct kc_buf *out)
{
    const struct status *s = statuses;
    while (s->class != KC_NONE && s->class != why->class)
        s++;
    begin(r, false, out);
    kc_buf_printf(out, ",\"status\":{\"code\":%d,\"reason\":\"%s\",\"message\":", s->code, s->reason);
    kc_json_quote(out, why->message, strlen(why->message));
    kc_buf_puts(out, "}}}");
}
