/* kubectl scale: the replica count of one object, through its scale subresource (autoscaling/v1 Scale).
 *
 * kubectl sends {"spec":{"replicas":N}} as a merge patch, and GET and PUT when --current-replicas is given. Ours is
 * always the merge patch: the resourceVersion read right before it goes along as a precondition, which holds for every
 * field, and
 * --current-replicas is checked on the same read.
 */
#include <ctype.h>
#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/action/verbs.h"

enum { FLAG_REPLICAS, FLAG_CURRENT_REPLICAS };

static const struct kc_flag flags[] = {
    [FLAG_REPLICAS] = {.name = "replicas", .kind = KC_FLAG_INT, .required = true},
    [FLAG_CURRENT_REPLICAS] = {.name = "current-replicas", .kind = KC_FLAG_INT},
    {.name = NULL},
};

static bool applies(const struct kc_mapping *m)
{
    return m->scalable;
}

static void read_scale(struct kc_arena *a, const struct kc_action *act, struct kc_api_request *ret)
{
    *ret = (struct kc_api_request){.method = "GET", .path = kc_target_path(a, &act->target, "scale")};
}

static void change(struct kc_arena *a, const struct kc_action *act, const struct kc_precondition *pre, bool dry_run,
                   struct kc_api_request *ret)
{
    KC_BUF_SCOPE body = {0};
    kc_buf_putc(&body, '{');
    if (pre && pre->resource_version) {
        kc_buf_puts(&body, "\"metadata\":{\"resourceVersion\":");
        kc_json_quote(&body, pre->resource_version, strlen(pre->resource_version));
        kc_buf_puts(&body, "},");
    }
    kc_buf_printf(&body, "\"spec\":{\"replicas\":%d}}", act->scale.replicas);
    *ret = (struct kc_api_request){.method = "PATCH",
                                   .path = kc_target_path(a, &act->target, "scale"),
                                   .query = dry_run ? "dryRun=All&fieldManager=kubechat" : "fieldManager=kubechat",
                                   .content_type = "application/merge-patch+json",
                                   .body = kc_arena_strdup(a, kc_buf_str(&body)),
                                   .body_len = body.len};
}

/* The API server leaves a zero out of the Scale. */
static int64_t replicas_of(const json_t *scale)
{
    return kc_json_int(scale, "spec.replicas", 0);
}

static bool check(const struct kc_action *act, const json_t *before, struct kc_err *err)
{
    int64_t now = replicas_of(before);
    if (act->scale.current_replicas < 0 || now == act->scale.current_replicas)
        return true;
    return kc_fail(
        err, KC_INVALID, "CurrentReplicasDiffer",
        "%s has %lld replicas, not %d as --current-replicas says: look again, then ask with the number that it has",
        act->target.name, (long long)now, act->scale.current_replicas);
}

static size_t sets(struct kc_arena *a, const struct kc_action *act, struct kc_set_field **ret)
{
    *ret = kc_arena_array(a, 1, sizeof **ret);
    **ret = (struct kc_set_field){.path = "spec.replicas", .value = kc_arena_printf(a, "%d", act->scale.replicas)};
    return 1;
}

static bool undo(struct kc_arena *a, const struct kc_action *act, const json_t *before, struct kc_action *ret)
{
    int64_t was = replicas_of(before);
    (void)a;
    if (was < 0 || was > INT32_MAX)
        return false;
    *ret = *act;
    ret->scale = (struct kc_scale){.replicas = (int32_t)was, .current_replicas = -1};
    return true;
}

static bool all_digits(const char *s)
{
    return *s && !s[strspn(s, "0123456789")];
}

/* kubectl reads numbers as Go does: 010 is eight, 0x3 three, 1_0 ten. A person may mean something else, so only plain
 * decimals pass. */
static bool read_count(const char *flag, const char *s, int32_t *ret, struct kc_err *err)
{
    int64_t n;
    if (all_digits(s) && (s[0] != '0' || !s[1])) {
        if (!kc_parse_int(s, 0, INT32_MAX, &n))
            return kc_fail(err, KC_INVALID, "BadReplicas", "--%s=%.40s: at most %d replicas can be asked for", flag, s,
                           INT32_MAX);
        *ret = (int32_t)n;
        return true;
    }
    if (s[0] == '-' && isdigit((unsigned char)s[1]))
        return kc_fail(err, KC_INVALID, "BadReplicas", "--%s=%.40s: a number of replicas is 0 or more", flag, s);
    if (isdigit((unsigned char)s[0]) && strchr(s, '.'))
        return kc_fail(err, KC_INVALID, "BadReplicas", "--%s=%.40s: replicas are counted in whole numbers", flag, s);
    return kc_fail(err, KC_INVALID, "BadReplicas",
                   "--%s=%.40s: expected a plain decimal number from 0 to %d, without sign or leading zeros", flag, s,
                   INT32_MAX);
}

static bool parse(struct kc_arena *a, const struct kc_args *args, struct kc_action *act, struct kc_err *err)
{
    const char *current = args->values[FLAG_CURRENT_REPLICAS];
    (void)a;
    act->scale.current_replicas = -1;
    return read_count("replicas", args->values[FLAG_REPLICAS], &act->scale.replicas, err) &&
           (!current || read_count("current-replicas", current, &act->scale.current_replicas, err));
}

static void put_flag(struct kc_buf *out, const char *flag, int32_t n)
{
    char digits[12];
    size_t i = sizeof digits;
    do
        digits[--i] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    kc_buf_puts(out, flag);
    kc_buf_add(out, digits + i, sizeof digits - i);
}

static void render(struct kc_buf *out, const struct kc_action *act)
{
    put_flag(out, " --replicas=", act->scale.replicas);
    if (act->scale.current_replicas >= 0)
        put_flag(out, " --current-replicas=", act->scale.current_replicas);
}

static json_t *encode(const struct kc_action *act)
{
    json_t *out = json_object();
    json_object_set_new(out, "replicas", json_integer(act->scale.replicas));
    if (act->scale.current_replicas >= 0)
        json_object_set_new(out, "currentReplicas", json_integer(act->scale.current_replicas));
    return out;
}

static bool decode(const json_t *params, struct kc_action *act, struct kc_err *err)
{
    const json_t *current = json_object_get(params, "currentReplicas");
    int64_t replicas = kc_json_int(params, "replicas", -1), was = kc_json_int(params, "currentReplicas", -1);
    if (json_object_size(params) != (current ? 2U : 1U) || replicas < 0 || replicas > INT32_MAX ||
        (current && (was < 0 || was > INT32_MAX)))
        return kc_fail(err, KC_INVALID, "BadAction",
                       "params: expected replicas and maybe currentReplicas, numbers from 0 to %d", INT32_MAX);
    act->scale = (struct kc_scale){.replicas = (int32_t)replicas, .current_replicas = current ? (int32_t)was : -1};
    return true;
}

const struct kc_verb kc_verb_scale = {
    .name = "scale",
    .effect = KC_MUTATING,
    .read = read_scale,
    .change = change,
    .check = check,
    .applies = applies,
    .participle = "scaled",
    .rbac_verb = "patch",
    .rbac_subresource = "scale",
    .sets = sets,
    .undo = undo,
    .flags = flags,
    .parse = parse,
    .render = render,
    .encode = encode,
    .decode = decode,
};
