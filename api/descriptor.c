#include "api/descriptor.h"

#include <string.h>

#include "controller/base/clock.h"

#define LOWER_HEX "0123456789abcdef"
#define LETTERS   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS    "0123456789"

/* Length of the leading number ("1", "1.5") and its unit; 0: there is none. */
static size_t duration_term(const char *s)
{
    static const char *const units[] = {"ms", "s", "m", "h"}; /* "ms" before "m" */
    size_t n = strspn(s, DIGITS);
    if (n == 0)
        return 0;
    if (s[n] == '.') {
        size_t fraction = strspn(s + n + 1, DIGITS);
        if (fraction == 0)
            return 0;
        n += 1 + fraction;
    }
    for (size_t i = 0; i < KC_COUNT(units); i++)
        if (kc_str_starts(s + n, units[i]))
            return n + strlen(units[i]);
    return 0;
}

static bool matches_duration(const char *s)
{
    for (const char *p = s; *p;) {
        size_t n = duration_term(p);
        if (n == 0)
            return false;
        p += n;
    }
    int64_t ms;
    return kc_duration_parse(s, &ms, NULL) && ms > 0 && ms <= 720 * KC_HOUR_MS;
}

static bool matches_hex(const char *s, size_t len)
{
    return strspn(s, LOWER_HEX) == len && s[len] == '\0';
}

static bool matches_plan_digest(const char *s)
{
    return kc_str_starts(s, "sha256:") && matches_hex(s + strlen("sha256:"), 64);
}

static bool matches_nonce(const char *s)
{
    return matches_hex(s, 32);
}

static bool matches_seal(const char *s)
{
    if (!kc_str_starts(s, "v1:"))
        return false;
    s += strlen("v1:");
    size_t n = strspn(s, LETTERS DIGITS "+/");
    size_t padding = strspn(s + n, "=");
    return n > 0 && padding <= 2 && s[n + padding] == '\0';
}

static bool matches_condition_reason(const char *s)
{
    size_t n = strlen(s);
    return n > 0 && strchr(LETTERS, s[0]) && strspn(s, LETTERS DIGITS "_,:") == n && s[n - 1] != ',' && s[n - 1] != ':';
}

/* A name, a beginning of names with '*' after it, or '*' for all. */
static bool matches_name_pattern(const char *s)
{
    size_t n = strlen(s);
    if (n == 0 || n > 63 || s[n - 1] != '*')
        return kc_dns_label_valid(s);
    return n == 1 || (s[0] != '-' && strspn(s, "abcdefghijklmnopqrstuvwxyz" DIGITS "-") == n - 1);
}

static bool matches_kind(const char *s)
{
    size_t n = strspn(s, LETTERS DIGITS);
    if (n == 0 || n > 63 || s[0] < 'A' || s[0] > 'Z')
        return false;
    return s[n] == '\0' || (s[n] == '.' && kc_dns_subdomain_valid(s + n + 1));
}

static bool is_label_name(const char *s)
{
    size_t n = strlen(s);
    return n > 0 && n <= 63 && strspn(s, LETTERS DIGITS "-_.") == n && strspn(s, LETTERS DIGITS) > 0 &&
           strchr(LETTERS DIGITS, s[n - 1]);
}

static bool matches_label_key(const char *s)
{
    char prefix[254];
    const char *slash = strchr(s, '/');
    if (!slash)
        return is_label_name(s);
    size_t n = (size_t)(slash - s);
    if (n >= sizeof prefix)
        return false;
    memcpy(prefix, s, n);
    prefix[n] = '\0';
    return kc_dns_subdomain_valid(prefix) && is_label_name(slash + 1);
}

const struct kc_format kc_format_dns_label = {
    .pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    .hint = "lower case letters, digits and '-', with a letter or digit at both ends (RFC 1123 label)",
    .matches = kc_dns_label_valid,
};

const struct kc_format kc_format_dns_subdomain = {
    .pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    .hint = "lower case letters, digits, '-' and '.', with a letter or digit at both ends (RFC 1123 subdomain)",
    .matches = kc_dns_subdomain_valid,
};

const struct kc_format kc_format_name_pattern = {
    .pattern = "^([a-z0-9]([-a-z0-9]*[a-z0-9])?|([a-z0-9][-a-z0-9]*)?\\*)$",
    .hint = "a name (RFC 1123 label), or the beginning of one and '*': \"prod-*\"",
    .matches = matches_name_pattern,
};

const struct kc_format kc_format_kind = {
    .pattern = "^[A-Z][A-Za-z0-9]{0,62}(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    .hint = "a kind such as \"Deployment\", with its group where the kind alone is not enough: "
            "\"Ingress.networking.k8s.io\"",
    .matches = matches_kind,
};

const struct kc_format kc_format_label_key = {
    .pattern = "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",
    .hint =
        "a label's key: at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends, and before "
        "it perhaps a domain and '/'",
    .matches = matches_label_key,
};

static const struct kc_rule duration_rule = {
    .rule = "duration(self) > duration('0s') && duration(self) <= duration('720h')",
    .message = "must be more than 0s and at most 720h",
};
const struct kc_format kc_format_duration = {
    .pattern = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$",
    .rule = &duration_rule,
    .hint = "a duration such as \"90s\", \"45m\" or \"1h30m\", more than 0s and at most 720h",
    .matches = matches_duration,
};

const struct kc_format kc_format_plan_digest = {
    .pattern = "^sha256:[0-9a-f]{64}$",
    .hint = "\"sha256:\" and 64 hexadecimal digits, as in status.plan.digest",
    .matches = matches_plan_digest,
};

const struct kc_format kc_format_nonce = {
    .pattern = "^[0-9a-f]{32}$",
    .hint = "32 hexadecimal digits",
    .matches = matches_nonce,
};

const struct kc_format kc_format_seal = {
    .pattern = "^v1:[A-Za-z0-9+/]+={0,2}$",
    .hint = "\"v1:\" and base64",
    .matches = matches_seal,
};

const struct kc_format kc_format_condition_reason = {
    .pattern = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
    .hint = "one CamelCase word",
    .matches = matches_condition_reason,
};

const struct kc_field *kc_table_find(const struct kc_table *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct kc_field *f = &t->fields[i];
        if (f->kind == KC_FIELD_INLINE) {
            const struct kc_field *inner = kc_table_find(f->table, name);
            if (inner)
                return inner;
        } else if (KC_STREQ(f->name, name)) {
            return f;
        }
    }
    return NULL;
}
