#include "controller/base/labels.h"

#include <string.h>

#include "controller/base/buf.h"

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

static void put_values(struct kc_buf *out, const json_t *values)
{
    size_t i;
    json_t *v;

    json_array_foreach(values, i, v) kc_buf_printf(out, "%s%s", i ? "," : "", kc_or(json_string_value(v), ""));
}

static void put_expression(struct kc_buf *out, const json_t *e)
{
    const char *key = kc_or(kc_json_str(e, "key"), ""), *op = kc_or(kc_json_str(e, "operator"), "");

    kc_buf_puts(out, out->len ? "," : "");
    if (KC_STREQ(op, "Exists")) {
        kc_buf_puts(out, key);
    } else if (KC_STREQ(op, "DoesNotExist")) {
        kc_buf_printf(out, "!%s", key);
    } else {
        kc_buf_printf(out, "%s %s (", key, KC_STREQ(op, "NotIn") ? "notin" : "in");
        put_values(out, json_object_get(e, "values"));
        kc_buf_putc(out, ')');
    }
}

const char *kc_selector_text(struct kc_arena *a, const json_t *object)
{
    const json_t *selector = kc_json_at(object, "spec.selector");
    const json_t *labels = json_object_get(selector, "matchLabels");
    const json_t *expressions = json_object_get(selector, "matchExpressions");
    KC_BUF_SCOPE out = {0};
    const char *key;
    json_t *value;
    size_t i;

    if (!labels && !expressions)
        labels = selector;
    json_object_foreach((json_t *)labels, key, value)
        kc_buf_printf(&out, "%s%s=%s", out.len ? "," : "", key, kc_or(json_string_value(value), ""));
    json_array_foreach(expressions, i, value) put_expression(&out, value);
    return out.len ? kc_arena_strdup(a, kc_buf_str(&out)) : NULL;
}
