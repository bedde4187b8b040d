#include "controller/exec/access.h"

#include "api/chatrequest.h"

#define PATH "/apis/authorization.k8s.io/v1/subjectaccessreviews"

bool kc_access_allowed(struct kc_kube *kube, const struct kc_identity *who, const struct kc_access *access,
                       struct kc_arena *a, bool *ret, struct kc_err *err)
{
    struct kc_call as_ourselves = {0};
    KC_JSON_SCOPE *spec = kc_identity_encode(who);
    json_t *answer;

    json_object_set_new(spec, "user", json_string(who->username));
    json_object_del(spec, "username");
    json_object_set_new(spec, "resourceAttributes",
                        json_pack("{s:s, s:s, s:s, s:s, s:s}", "group", access->group, "resource", access->resource,
                                  "verb", access->verb, "namespace", access->ns, "name", access->name));
    KC_JSON_SCOPE *review = json_pack("{s:s, s:s, s:O}", "apiVersion", "authorization.k8s.io/v1", "kind",
                                      "SubjectAccessReview", "spec", spec);
    if (!kc_kube_send(kube, "POST", PATH, NULL, "application/json", review, &as_ourselves, a, &answer, err))
        return kc_wrap(err, "whether %s may %s %s in %s", who->username, access->verb, access->resource, access->ns);
    *ret = kc_json_bool(answer, "status.allowed", false);
    return true;
}
