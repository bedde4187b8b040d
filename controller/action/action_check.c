/* What holds for every action, whether it was typed, planned or read from a record. */
#include <ctype.h>
#include <string.h>

#include "controller/action/command.h"
#include "controller/action/manifest.h"

const struct kc_flag *kc_verb_flag(const struct kc_verb *verb, const char *name, size_t len)
{
    for (const struct kc_flag *f = verb->flags; f && f->name; f++)
        if (strlen(f->name) == len && memcmp(f->name, name, len) == 0)
            return f;
    return NULL;
}

size_t kc_flags_count(const struct kc_verb *verb)
{
    size_t n = 0;
    while (verb->flags && verb->flags[n].name)
        n++;
    return n;
}

bool kc_object_name_valid(const char *s)
{
    size_t len = strlen(s);
    if (!len || len > 253 || KC_STREQ(s, ".") || KC_STREQ(s, ".."))
        return false;
    if (s[0] == '-' || s[len - 1] == '-') /* a flag, or KEY-: no command can name it */
        return false;
    for (; *s; s++)
        if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7F || *s == '/' || *s == '%')
            return false;
    return true;
}

static bool all_digits(const char *s)
{
    return *s && !s[strspn(s, "0123456789")];
}

/* kubectl reads numbers as Go does: 010 is eight, 0x3 three, 1_0 ten. A person may mean something else, so only plain
 * decimals pass. */
static bool check_int(const struct kc_flag *f, const char *s, struct kc_err *err)
{
    int64_t max = f->min || f->max ? f->max : INT32_MAX, n;
    const char *digits = s + (s[0] == '-');
    if (all_digits(digits) && (digits[0] != '0' || !s[1])) {
        if (kc_parse_int(s, f->min, max, &n))
            return true;
        if (s[0] == '-' || (kc_parse_int(s, INT64_MIN, INT64_MAX, &n) && n < f->min))
            return kc_fail(err, KC_INVALID, "BadFlag", "--%s=%.40s: expected %lld or more", f->name, s,
                           (long long)f->min);
        return kc_fail(err, KC_INVALID, "BadFlag", "--%s=%.40s: at most %lld can be asked for", f->name, s,
                       (long long)max);
    }
    if (isdigit((unsigned char)digits[0]) && strchr(s, '.'))
        return kc_fail(err, KC_INVALID, "BadFlag", "--%s=%.40s: expected a whole number", f->name, s);
    return kc_fail(err, KC_INVALID, "BadFlag",
                   "--%s=%.40s: expected a plain decimal number from %lld to %lld, without plus sign or leading zeros",
                   f->name, s, (long long)f->min, (long long)max);
}

static bool listed(const char *values, const char *value)
{
    size_t len = strlen(value);
    for (const char *p = values; *p; p += strcspn(p + 1, "|") + 1)
        if (p[1] && strncmp(p + 1, value, len) == 0 && p[1 + len] == '|')
            return true;
    return false;
}

/* "|a|b|c|" as "a, b, c". */
static bool none_of(const struct kc_flag *f, const char *value, struct kc_err *err)
{
    KC_BUF_SCOPE known = {0};
    for (const char *p = f->one_of + 1; *p; p++)
        if (*p != '|')
            kc_buf_putc(&known, *p);
        else if (p[1])
            kc_buf_puts(&known, ", ");
    return kc_fail(err, KC_INVALID, "BadFlag", "--%s=%.64s: expected one of %s", f->name, value, kc_buf_str(&known));
}

bool kc_flag_check(const struct kc_flag *f, const char *value, const char **ret, struct kc_err *err)
{
    if (!*value && !f->may_be_empty)
        return kc_fail(err, KC_INVALID, "BadFlag", "--%s: the value is empty", f->name);
    if (f->kind == KC_FLAG_BOOL && !KC_STREQ(value, "true") && !KC_STREQ(value, "false"))
        return kc_fail(err, KC_INVALID, "BadFlag", "--%s=%.64s: expected true or false", f->name, value);
    if (f->kind == KC_FLAG_INT && !check_int(f, value, err))
        return false;
    if (f->one_of && !listed(f->one_of, value))
        return none_of(f, value, err);
    bool as_good_as_none =
        f->kind == KC_FLAG_BOOL && !f->dflt ? KC_STREQ(value, "false") : f->dflt && KC_STREQ(value, f->dflt);
    *ret = as_good_as_none ? NULL : value;
    return true;
}

/* The shape tells operands from objects; there may be none. */
static bool stands_alone(const struct kc_verb *verb)
{
    return verb->shape == KC_SHAPE_FIELD || verb->shape == KC_SHAPE_RIGHT;
}

bool kc_is_operand(const struct kc_verb *verb, const char *word)
{
    size_t len = strlen(word);
    return verb->operands && !verb->last_operands && !verb->takes_command && !stands_alone(verb) &&
           (strpbrk(word, verb->operand_marks ? verb->operand_marks : "=") || (len > 1 && word[len - 1] == '-'));
}

bool kc_action_has_all(const struct kc_action *act, struct kc_err *err)
{
    const struct kc_verb *verb = act->verb;
    for (const struct kc_flag *f = verb->flags; f && f->name; f++)
        if (f->required && !(act->flags && act->flags[f - verb->flags]))
            return kc_fail(err, KC_INVALID, "MissingFlag", "kubectl %s: --%s is missing", verb->name, f->name);
    if (verb->operands && !act->operands.n && verb->takes_command != KC_MAY_COMMAND && !stands_alone(verb))
        return kc_fail(err, KC_INVALID, "MissingOperand", "kubectl %s: %s is missing behind the object", verb->name,
                       verb->operands);
    return true;
}

bool kc_action_agrees(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    return !act->verb->validate || act->verb->validate(a, act, err);
}

static bool check_list(const struct kc_flag *f, const char *all, struct kc_err *err)
{
    for (const char *p = all;; p++) {
        size_t len = strcspn(p, KC_LIST_SEPARATOR), at;
        if (!len && !f->may_be_empty)
            return kc_fail(err, KC_INVALID, "BadFlag", "--%s: the value is empty", f->name);
        if (kc_text_deceptive(p, len, &at))
            return kc_fail(err, KC_INVALID, "BadFlag", "--%s: byte %zu is none that can be typed", f->name, at);
        p += len;
        if (!*p)
            return true;
    }
}

static bool check_flags(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    size_t n = act->flags ? kc_flags_count(act->verb) : 0;
    const char **checked = n ? kc_arena_array(a, n, sizeof *checked) : NULL;
    for (size_t i = 0; i < n; i++) {
        const char *value = act->flags[i];
        const struct kc_flag *f = &act->verb->flags[i];
        size_t at;
        if (value && f->kind == KC_FLAG_LIST && !check_list(f, value, err))
            return false;
        if (value && f->kind != KC_FLAG_LIST && kc_text_deceptive(value, strlen(value), &at))
            return kc_fail(err, KC_INVALID, "BadFlag", "--%s: byte %zu is none that can be typed", f->name, at);
        if (value && !kc_flag_check(f, value, &checked[i], err))
            return false;
    }
    act->flags = checked;
    return true;
}

static bool check_operands(const struct kc_action *act, struct kc_err *err)
{
    const struct kc_verb *verb = act->verb;
    size_t at;
    if (act->operands.n > KC_MAX_OPERANDS || (act->operands.n && !verb->operands) ||
        (verb->last_operands && act->operands.n != verb->last_operands))
        return kc_fail(err, KC_INVALID, "BadOperand", "kubectl %s: %zu words behind the object", verb->name,
                       act->operands.n);
    for (size_t i = 0; i < act->operands.n; i++) {
        const char *word = act->operands.v[i];
        bool anywhere = verb->last_operands || stands_alone(verb);
        bool fits = verb->takes_command || (*word != '-' && (anywhere || kc_is_operand(verb, word)));
        if (!fits || kc_text_deceptive(word, strlen(word), &at))
            return kc_fail(err, KC_INVALID, "BadOperand", "kubectl %s: \"%.64s\" is not %s", verb->name, word,
                           verb->operands);
    }
    return true;
}

/* What could not be told from an operand or a flag in the command. */
static bool check_target(const struct kc_action *act, struct kc_err *err)
{
    const struct kc_target *t = &act->target;
    bool asks = act->verb->shape == KC_SHAPE_RIGHT, typed = *t->kind != '\0';
    if (kc_verb_typeless(act->verb) && typed != (asks && act->operands.n == 1))
        return kc_fail(err, KC_INVALID, "BadTarget", "kubectl %s: %s", act->verb->name,
                       typed ? "no object is named here" : "of which type?");
    bool list = !*t->name && (act->verb->shape == KC_SHAPE_TYPED || act->verb->shape == KC_SHAPE_NONE ||
                              act->verb->shape == KC_SHAPE_POD || act->verb->shape == KC_SHAPE_FIELD ||
                              act->verb->shape == KC_SHAPE_RIGHT);
    if (!list && (!kc_object_name_valid(t->name) || strchr(t->name, ',')))
        return kc_fail(err, KC_INVALID, "BadTarget", "\"%.64s\" is not an object's name", t->name);
    if (kc_is_operand(act->verb, t->name) || (*t->name == '-' && act->verb->type))
        return kc_fail(err, KC_INVALID, "BadTarget", "kubectl %s: an object called \"%.64s\" cannot be named",
                       act->verb->name, t->name);
    if (*t->ns && !kc_dns_label_valid(t->ns))
        return kc_fail(err, KC_INVALID, "BadTarget", "\"%.64s\" is not a namespace's name", t->ns);
    return true;
}

/* What no command says: a list of all namespaces that is in one or names something; logs of nothing. */
static bool check_scope(const struct kc_action *act, struct kc_err *err)
{
    if (act->verb->shape == KC_SHAPE_POD && !*act->target.name && !kc_action_flag(act, "selector"))
        return kc_fail(err, KC_INVALID, "BadTarget", "kubectl %s: the name is missing", act->verb->name);
    return !kc_action_flag(act, "all-namespaces") || (!*act->target.ns && !*act->target.name) ||
           kc_fail(err, KC_INVALID, "BadFlag", "--all-namespaces: which is meant, it or %s%s%s?", act->target.ns,
                   *act->target.name ? "/" : "", act->target.name);
}

bool kc_action_check(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    return check_target(act, err) && check_flags(a, act, err) && check_scope(act, err) && check_operands(act, err) &&
           kc_action_has_all(act, err) && kc_manifest_check(a, act, err) && kc_action_agrees(a, act, err);
}
