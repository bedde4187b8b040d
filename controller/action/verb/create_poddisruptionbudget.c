/* kubectl create poddisruptionbudget NAME --selector=KEY=VALUE --min-available=N | --max-unavailable=N */
#include <ctype.h>
#include <string.h>

#include "controller/action/create_verb.h"
#include "controller/action/verbs.h"

static const struct kc_flag flags[] = {
    {.name = "selector", .kind = KC_FLAG_STRING, .required = true},
    {.name = "min-available", .kind = KC_FLAG_STRING},
    {.name = "max-unavailable", .kind = KC_FLAG_STRING},
    {.name = NULL},
};

/* 3 or 30%. */
static bool share_valid(const char *s)
{
    size_t digits = strspn(s, "0123456789");
    return digits && digits < 10 && (!s[digits] || KC_STREQ(s + digits, "%"));
}

/* metav1.ParseToLabelSelector, of which kubectl promises equality alone: KEY=VALUE, with commas between. */
static json_t *labels_of(struct kc_arena *a, const struct kc_action *act, struct kc_err *err)
{
    json_t *labels = json_object();
    struct kc_strs all = kc_action_list(a, act, "selector", true);
    for (size_t i = 0; i < all.n; i++) {
        const char *value = "", *key = kc_split_pair(a, all.v[i], &value);
        if (key && *value == '=') /* KEY==VALUE */
            value++;
        if (!key || !isalnum((unsigned char)*key) || key[strcspn(key, "!() ")] || value[strcspn(value, "=!() ")]) {
            json_decref(labels);
            kc_fail(err, KC_INVALID, "BadFlag", "--selector=%.64s: expected LABEL=VALUE, with commas between",
                    kc_action_flag(act, "selector"));
            return NULL;
        }
        json_object_set_new(labels, key, json_string(value));
    }
    return labels;
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char *min = kc_action_flag(act, "min-available"), *max = kc_action_flag(act, "max-unavailable");
    KC_JSON_SCOPE *labels = labels_of(a, act, err);
    if (!labels)
        return false;
    if (!min == !max)
        return kc_fail(err, KC_INVALID, "BadFlag",
                       "kubectl create poddisruptionbudget: say one of --min-available and --max-unavailable");
    if (!share_valid(kc_or(min, kc_or(max, ""))))
        return kc_fail(err, KC_INVALID, "BadFlag", "--%s=%.64s: expected a number or a share (30%%)",
                       min ? "min-available" : "max-unavailable", min ? min : max);
    return kc_new_name(act, err);
}

static json_t *share_json(const char *s)
{
    int64_t n;
    return kc_parse_int(s, 0, INT32_MAX, &n) ? json_integer(n) : json_string(s);
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    const char *min = kc_action_flag(act, "min-available"), *max = kc_action_flag(act, "max-unavailable");
    json_t *labels = labels_of(a, act, err);
    (void)seen;
    if (!labels)
        return false;
    *ret = kc_create_object(a, act, KC_STRICT,
                            json_pack("{s:{s:{s:o}, s:o}}", "spec", "selector", "matchLabels", labels,
                                      min ? "minAvailable" : "maxUnavailable", share_json(min ? min : max)));
    return true;
}

const struct kc_verb kc_verb_create_poddisruptionbudget = {
    KC_CREATES,
    .name = "create poddisruptionbudget",
    .aliases = "|create pdb|",
    .type = "poddisruptionbudgets.policy",
    .flags = flags,
    .validate = validate,
    .change = change,
};
