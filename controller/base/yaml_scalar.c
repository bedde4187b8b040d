#include "controller/base/yaml_scalar.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/digest.h"
#include "controller/base/json.h"
#include "controller/base/text.h"

enum meaning { MEANS_TRUE, MEANS_FALSE, MEANS_NULL, MEANS_NO_NUMBER };

static const struct {
    const char *word;
    enum meaning meaning;
} words[] = {
    {"", MEANS_NULL},           {"~", MEANS_NULL},          {"null", MEANS_NULL},       {"Null", MEANS_NULL},
    {"NULL", MEANS_NULL},       {"true", MEANS_TRUE},       {"True", MEANS_TRUE},       {"TRUE", MEANS_TRUE},
    {"y", MEANS_TRUE},          {"Y", MEANS_TRUE},          {"yes", MEANS_TRUE},        {"Yes", MEANS_TRUE},
    {"YES", MEANS_TRUE},        {"on", MEANS_TRUE},         {"On", MEANS_TRUE},         {"ON", MEANS_TRUE},
    {"false", MEANS_FALSE},     {"False", MEANS_FALSE},     {"FALSE", MEANS_FALSE},     {"n", MEANS_FALSE},
    {"N", MEANS_FALSE},         {"no", MEANS_FALSE},        {"No", MEANS_FALSE},        {"NO", MEANS_FALSE},
    {"off", MEANS_FALSE},       {"Off", MEANS_FALSE},       {"OFF", MEANS_FALSE},       {".nan", MEANS_NO_NUMBER},
    {".NaN", MEANS_NO_NUMBER},  {".NAN", MEANS_NO_NUMBER},  {".inf", MEANS_NO_NUMBER},  {".Inf", MEANS_NO_NUMBER},
    {".INF", MEANS_NO_NUMBER},  {"+.inf", MEANS_NO_NUMBER}, {"+.Inf", MEANS_NO_NUMBER}, {"+.INF", MEANS_NO_NUMBER},
    {"-.inf", MEANS_NO_NUMBER}, {"-.Inf", MEANS_NO_NUMBER}, {"-.INF", MEANS_NO_NUMBER},
};

static json_t *word(const char *s, const char **ret_problem)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (!KC_STREQ(words[i].word, s))
            continue;
        if (words[i].meaning == MEANS_NO_NUMBER) {
            *ret_problem = "JSON has neither infinity nor NaN; write a string in quotes";
            return NULL;
        }
        return words[i].meaning == MEANS_NULL ? json_null() : json_boolean(words[i].meaning == MEANS_TRUE);
    }
    return NULL;
}

static size_t digits(const char *s)
{
    return strspn(s, "0123456789");
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool looks_real(const char *s)
{
    s += *s == '-' || *s == '+';
    size_t whole = digits(s), part = 0;
    s += whole;
    if (*s == '.') {
        part = digits(++s);
        s += part;
    }
    if (!whole && !part)
        return false;
    if (*s == 'e' || *s == 'E') {
        s++;
        s += *s == '-' || *s == '+';
        if (!digits(s))
            return false;
        s += digits(s);
    }
    return !*s;
}

/* Go's strconv.ParseInt(s, 0, 64) without its underscores: 12, 0x1f, 0o17, 017, 0b11, with a sign. */
static bool looks_integer(const char *s, int *ret_base, const char **ret_digits)
{
    static const struct {
        const char *prefix, *digits;
        int base;
    } bases[] = {
        {"0x", "0123456789abcdefABCDEF", 16},
        {"0X", "0123456789abcdefABCDEF", 16},
        {"0o", "01234567", 8},
        {"0O", "01234567", 8},
        {"0b", "01", 2},
        {"0B", "01", 2},
        {"0", "01234567", 8},
        {"", "0123456789", 10},
    };
    s += *s == '-' || *s == '+';
    for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++) {
        if (!kc_str_starts(s, bases[i].prefix))
            continue;
        const char *rest = s + strlen(bases[i].prefix);
        if (!*rest || rest[strspn(rest, bases[i].digits)])
            continue;
        *ret_base = bases[i].base;
        *ret_digits = rest;
        return true;
    }
    return false;
}

json_t *kc_yaml_real(double value)
{
    if (fabs(value) <= (double)KC_JSON_INT_MAX && value == (double)(json_int_t)value)
        return json_integer((json_int_t)value);
    return json_real(value);
}

static json_t *real(const char *s)
{
    double value = strtod(s, NULL);                      /* the program never leaves the C locale */
    return isfinite(value) ? kc_yaml_real(value) : NULL; /* as text, like go-yaml */
}

static json_t *number(const char *s)
{
    int base;
    const char *from;
    if (looks_integer(s, &base, &from)) {
        bool negative = *s == '-';
        errno = 0;
        unsigned long long size = strtoull(from, NULL, base);
        if (!errno && size <= (unsigned long long)INT64_MAX + negative)
            return json_integer(negative ? (json_int_t)(0 - size) : (json_int_t)size);
    }
    return looks_real(s) ? real(s) : NULL;
}

/* go-yaml drops '_' from numbers ("1_000") before it reads them. */
static json_t *number_without_underscores(const char *s)
{
    char plain[128] = "";
    size_t n = 0;
    if (!strchr("+-.0123456789", *s) || strlen(s) >= sizeof(plain))
        return NULL;
    for (; *s; s++)
        if (*s != '_')
            plain[n++] = *s;
    plain[n] = '\0';
    return number(plain);
}

static json_t *text(const char *s, size_t len, const char **ret_problem)
{
    json_t *v = json_stringn(s, len);
    if (!v)
        *ret_problem = "a string that is not valid UTF-8";
    return v;
}

static json_t *binary(const char *s, const char **ret_problem)
{
    KC_ARENA_SCOPE(a);
    char *packed = kc_arena_alloc(a, strlen(s) + 1);
    size_t n = 0, len = 0;
    for (; *s; s++)
        if (!isspace((unsigned char)*s))
            packed[n++] = *s;
    const uint8_t *bytes = kc_unbase64(a, packed, n, &len);
    if (bytes)
        return text((const char *)bytes, len, ret_problem);
    *ret_problem = "!!binary needs base64";
    return NULL;
}

/* What a scalar without quotes means; NULL: just its text. */
static json_t *meaning_of(const char *s, size_t len, const char **ret_problem)
{
    if (strlen(s) != len)
        return NULL;
    json_t *v = word(s, ret_problem);
    return v || *ret_problem ? v : number_without_underscores(s);
}

static json_t *tagged(const char *tag, const char *s, size_t len, const char **ret_problem)
{
    static const struct {
        const char *tag;
        json_type types[2];
    } known[] = {
        {YAML_NULL_TAG, {JSON_NULL, JSON_NULL}},
        {YAML_BOOL_TAG, {JSON_TRUE, JSON_FALSE}},
        {YAML_INT_TAG, {JSON_INTEGER, JSON_INTEGER}},
        {YAML_FLOAT_TAG, {JSON_INTEGER, JSON_REAL}},
    };
    if (KC_STREQ(tag, "tag:yaml.org,2002:binary"))
        return binary(s, ret_problem);
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (!KC_STREQ(tag, known[i].tag))
            continue;
        json_t *v = meaning_of(s, len, ret_problem);
        if (v && (json_typeof(v) == known[i].types[0] || json_typeof(v) == known[i].types[1]))
            return v;
        json_decref(v);
        *ret_problem = "the value does not fit its tag";
        return NULL;
    }
    return text(s, len, ret_problem); /* !!str, and tags that mean nothing to Kubernetes tools */
}

json_t *kc_yaml_scalar(const yaml_event_t *e, const char **ret_problem)
{
    const char *tag = (const char *)e->data.scalar.tag, *s = (const char *)e->data.scalar.value;
    size_t len = e->data.scalar.length;
    *ret_problem = NULL;
    if (tag)
        return tagged(tag, s, len, ret_problem);
    json_t *v = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? meaning_of(s, len, ret_problem) : NULL;
    return v || *ret_problem ? v : text(s, len, ret_problem);
}

json_t *kc_yaml_key(const json_t *value, const char **ret_problem)
{
    char number_text[64];
    *ret_problem = NULL;
    switch (json_typeof(value)) {
    case JSON_STRING:
        if (strlen(json_string_value(value)) == json_string_length(value))
            return json_string(json_string_value(value));
        *ret_problem = "a key with a NUL character";
        return NULL;
    case JSON_TRUE:
        return json_string("true");
    case JSON_FALSE:
        return json_string("false");
    case JSON_INTEGER:
        snprintf(number_text, sizeof(number_text), "%lld", (long long)json_integer_value(value));
        return json_string(number_text);
    case JSON_REAL: /* Go's 'g' with the fewest digits that read back the same */
        for (int precision = 1; precision <= 17; precision++) {
            snprintf(number_text, sizeof(number_text), "%.*g", precision, json_real_value(value));
            if (strtod(number_text, NULL) == json_real_value(value))
                break;
        }
        return json_string(number_text);
    default:
        *ret_problem = "a key must be a string, a number or a boolean";
        return NULL;
    }
}
