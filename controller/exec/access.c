#include "controller/exec/access.h"

#include "api/chatrequest.h"

#define API "/apis/authorization.k8s.io/v1/"

static json_t *attributes(const struct kc_access *access)
{
    json_t *v = json_pack("{s:s, s:s, s:s, s:s, s:s}", "group", access->group, "resource", access->resource, "verb",
                          access->verb, "namespace", access->ns, "name", access->name);

    if (access->subresource)
        json_object_set_new(v, "subresource", json_string(access->subresource));
    return v;
}

static bool ask(struct kc_kube *kube, const char *kind, const char *path, json_t *spec, const struct kc_identity *as,
                const struct kc_identity *about, const struct kc_access *access, struct kc_arena *a, bool *ret,
                struct kc_err *err)
{
    struct kc_call call = {.as = as};
    KC_JSON_SCOPE *review =
        json_pack("{s:s, s:s, s:O}", "apiVersion", "authorization.k8s.io/v1", "kind", kind, "spec", spec);
    json_t *answer;

    if (!kc_kube_send(kube, "POST", path, NULL, "application/json", review, &call, a, &answer, err))
        return kc_wrap(err, "whether %s may %s %s%s%s in %s", about->username, access->verb, access->resource,
                       access->subresource ? "/" : "", kc_or(access->subresource, ""), access->ns);
    *ret = kc_json_bool(answer, "status.allowed", false);
    return true;
}

bool kc_access_allowed(struct kc_kube *kube, const struct kc_identity *who, const struct kc_access *access,
                       struct kc_arena *a, bool *ret, struct kc_err *err)
{
    KC_JSON_SCOPE *spec = kc_identity_encode(who);

    json_object_set_new(spec, "user", json_string(who->username));
    json_object_del(spec, "username");
    json_object_set_new(spec, "resourceAttributes", attributes(access));
    return ask(kube, "SubjectAccessReview", API "subjectaccessreviews", spec, NULL, who, access, a, ret, err);
}

bool kc_access_own(struct kc_kube *kube, const struct kc_identity *who, const struct kc_access *access,
                   struct kc_arena *a, bool *ret, struct kc_err *err)
{
    KC_JSON_SCOPE *spec = json_pack("{s:o}", "resourceAttributes", attributes(access));

    return ask(kube, "SelfSubjectAccessReview", API "selfsubjectaccessreviews", spec, who, who, access, a, ret, err);
}
