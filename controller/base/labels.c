#include "controller/base/labels.h"

#include <string.h>

const char *kc_label_get(const struct kc_label *labels, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(labels[i].key, key) == 0)
            return labels[i].value;
    return NULL;
}

static bool is_one_of(const char *values, const char *value)
{
    size_t len = strlen(value);

    for (;;) {
        size_t n = strcspn(values, ",");
        if (n == len && memcmp(values, value, n) == 0)
            return true;
        if (values[n] == '\0')
            return false;
        values += n + 1;
    }
}

static bool in(const struct kc_requirement *r, const char *value)
{
    return value && is_one_of(r->values, value);
}

static bool not_in(const struct kc_requirement *r, const char *value)
{
    return !in(r, value);
}

static bool exists(const struct kc_requirement *r, const char *value)
{
    (void)r;
    return value != NULL;
}

static bool does_not_exist(const struct kc_requirement *r, const char *value)
{
    return !exists(r, value);
}

static const struct {
    const char *operator;
    bool (*holds)(const struct kc_requirement *r, const char *value); /* NULL: the object has no such label */
} operators[] = {{"In", in}, {"NotIn", not_in}, {"Exists", exists}, {"DoesNotExist", does_not_exist}};

static bool holds(const struct kc_requirement *r, const char *value)
{
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
        if (strcmp(operators[i].operator, r->operator) == 0)
            return operators[i].holds(r, value);
    return false;
}

bool kc_selector_matches(const struct kc_requirement *selector, size_t n_selector, const struct kc_label *labels,
                         size_t n_labels)
{
    for (size_t i = 0; i < n_selector; i++)
        if (!holds(&selector[i], kc_label_get(labels, n_labels, selector[i].key)))
            return false;
    return true;
}
