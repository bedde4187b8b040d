/* The kinds of the API, one row each, and what tells their objects from others'. */
#include <string.h>

#include "api/crd.h"
#include "api/tables.h"

#define API_VERSION KC_GROUP "/" KC_API_VERSION

const struct kc_crd *const kc_crds[] = {&kc_chatrequest_crd, &kc_auditpolicy_crd, &kc_aiprovider_crd, NULL};

static bool check_type(const json_t *object, const char *kind, struct kc_err *err)
{
    const char *version = kc_json_str(object, "apiVersion"), *is = kc_json_str(object, "kind");
    if (version && !KC_STREQ(version, API_VERSION))
        return kc_fail(err, KC_INVALID, "FieldValueNotSupported", "apiVersion: expected " API_VERSION ", got %.64s",
                       version);
    if (is && !KC_STREQ(is, kind))
        return kc_fail(err, KC_INVALID, "FieldValueNotSupported", "kind: expected %s, got %.64s", kind, is);
    return true;
}

bool kc_custom_decode_status(struct kc_arena *a, const json_t *object, const struct kc_table *table, void *ret,
                             struct kc_err *err)
{
    const json_t *status = json_object_get(object, "status");

    if (status && !json_is_null(status))
        return kc_table_decode(a, table, status, "status", false, ret, err);
    KC_JSON_SCOPE *none = json_object();
    return kc_table_decode(a, table, none, "status", false, ret, err);
}

bool kc_custom_decode(struct kc_arena *a, const json_t *object, const struct kc_custom_tables *k, bool strict,
                      struct kc_meta *meta, void *spec, void *status, struct kc_err *err)
{
    const json_t *given_meta = json_object_get(object, "metadata"), *given_spec = json_object_get(object, "spec");

    if (!json_is_object(object))
        return kc_fail(err, KC_INVALID, "FieldValueTypeInvalid", "a %s has to be a JSON object", k->kind);
    if (!check_type(object, k->kind, err))
        return false;
    if (!given_meta)
        return kc_fail(err, KC_INVALID, "FieldValueRequired", "metadata: is required");
    if (!kc_table_decode(a, &kc_meta_table, given_meta, "metadata", false, meta, err))
        return false;
    bool ok = given_spec ? kc_table_decode(a, k->spec, given_spec, "spec", strict, spec, err)
                         : kc_fail(err, KC_INVALID, "FieldValueRequired", "spec: is required");
    if (ok && kc_custom_decode_status(a, object, k->status, status, err))
        return true;
    return *meta->name ? kc_wrap(err, "%s %s%s%s", k->kind, meta->ns, *meta->ns ? "/" : "", meta->name) : false;
}
