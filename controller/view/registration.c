#include "controller/view/registration.h"

#include <string.h>

#include "controller/base/digest.h"

#define PATH   "/apis/apiregistration.k8s.io/v1/apiservices/" KC_VIEW_APISERVICE
#define ROUNDS 5 /* how often somebody else may write first */

static bool set(json_t *object, const char *name, json_t *value)
{
    bool same = json_equal(json_object_get(object, name), value);

    if (same)
        json_decref(value);
    else
        json_object_set_new(object, name, value);
    return !same;
}

bool kc_view_registration_set(struct kc_arena *a, json_t *api_service, const char *ca_bundle, uint16_t port)
{
    json_t *spec = json_object_get(api_service, "spec"), *service = json_object_get(spec, "service");
    bool changed = set(spec, "caBundle", json_string(kc_base64(a, ca_bundle, strlen(ca_bundle))));

    if (json_object_get(spec, "insecureSkipTLSVerify")) {
        json_object_del(spec, "insecureSkipTLSVerify");
        changed = true;
    }
    if (port && service)
        changed = set(service, "port", json_integer(port)) || changed;
    return changed;
}

static bool apply_once(struct kc_arena *a, struct kc_kube *kube, const char *ca_bundle, uint16_t port,
                       struct kc_err *err)
{
    struct kc_call call = {0};
    json_t *live;

    return kc_kube_get(kube, PATH, NULL, &call, a, &live, err) &&
           (!kc_view_registration_set(a, live, ca_bundle, port) ||
            kc_kube_send(kube, "PUT", PATH, NULL, "application/json", live, &call, a, NULL, err));
}

bool kc_view_registration_apply(struct kc_arena *a, struct kc_kube *kube, const char *ca_bundle, uint16_t port,
                                struct kc_err *err)
{
    struct kc_err why = {0};

    for (int i = 0; i < ROUNDS; i++) {
        kc_err_clear(&why);
        if (apply_once(a, kube, ca_bundle, port, &why))
            return true;
        if (why.class != KC_CONFLICT)
            break;
    }
    if (err)
        *err = why;
    return kc_wrap(err, "APIService " KC_VIEW_APISERVICE);
}
