/* The kinds of the API, one row each, and what tells their objects from others'. */
#include <string.h>

#include "api/crd.h"
#include "api/tables.h"

#define API_VERSION KC_GROUP "/" KC_API_VERSION

const struct kc_crd *const kc_crds[] = {&kc_chatrequest_crd, &kc_auditpolicy_crd, &kc_aiprovider_crd, NULL};

bool kc_check_type(const json_t *object, const char *kind, struct kc_err *err)
{
    const char *version = kc_json_str(object, "apiVersion"), *is = kc_json_str(object, "kind");
    if (version && !KC_STREQ(version, API_VERSION))
        return kc_fail(err, KC_INVALID, "FieldValueNotSupported", "apiVersion: expected " API_VERSION ", got %.64s",
                       version);
    if (is && !KC_STREQ(is, kind))
        return kc_fail(err, KC_INVALID, "FieldValueNotSupported", "kind: expected %s, got %.64s", kind, is);
    return true;
}
