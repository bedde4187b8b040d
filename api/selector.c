/* Label selectors (metav1.LabelSelector) and patterns of names. */
#include <string.h>

#include "api/auditpolicy.h"

bool kc_name_matches(const char *pattern, const char *name)
{
    size_t n = strlen(pattern);
    if (n > 0 && pattern[n - 1] == '*')
        return strncmp(pattern, name, n - 1) == 0;
    return KC_STREQ(pattern, name);
}

bool kc_label_selector_check(const struct kc_label_selector *s, struct kc_err *err)
{
    for (size_t i = 0; i < s->n_labels; i++)
        if (!kc_format_label_key.matches(s->labels[i].key))
            return kc_fail(err, KC_INVALID, "SelectorInvalid", "matchLabels: \"%.80s\" is not %s", s->labels[i].key,
                           kc_format_label_key.hint);
    for (size_t i = 0; i < s->n_terms; i++) {
        const struct kc_selector_term *t = &s->terms[i];
        bool compares = t->op == KC_SELECTOR_IN || t->op == KC_SELECTOR_NOT_IN;
        if (compares != (t->values.n > 0))
            return kc_fail(
                err, KC_INVALID, "SelectorInvalid",
                "matchExpressions[%zu]: values belong to the operators In and NotIn, which need at least one, "
                "and to no other",
                i);
    }
    return true;
}

static const char *value_of(const struct kc_label *labels, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (KC_STREQ(labels[i].key, key))
            return labels[i].value;
    return NULL;
}

/* NotIn holds for an object without the label too, as everywhere in Kubernetes. */
static bool term_holds(const struct kc_selector_term *t, const char *value)
{
    switch (t->op) {
    case KC_SELECTOR_IN:
        return value && kc_strs_has(&t->values, value);
    case KC_SELECTOR_NOT_IN:
        return !value || !kc_strs_has(&t->values, value);
    case KC_SELECTOR_EXISTS:
        return value != NULL;
    case KC_SELECTOR_DOES_NOT_EXIST:
        return value == NULL;
    case KC_SELECTOR_NONE:
        break;
    }
    return true;
}

bool kc_label_selector_matches(const struct kc_label_selector *s, const struct kc_label *labels, size_t n)
{
    for (size_t i = 0; i < s->n_labels; i++) {
        const char *value = value_of(labels, n, s->labels[i].key);
        if (!value || !KC_STREQ(value, s->labels[i].value))
            return false;
    }
    for (size_t i = 0; i < s->n_terms; i++)
        if (!term_holds(&s->terms[i], value_of(labels, n, s->terms[i].key)))
            return false;
    return true;
}
