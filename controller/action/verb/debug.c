/* kubectl debug of a pod: one more ephemeral container, as kubectl's debugging profiles make it. */
#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/action/object_verb.h"
#include "controller/action/pod_choice.h"
#include "controller/action/read.h"
#include "controller/action/verbs.h"
#include "controller/base/digest.h"

enum { IMAGE, CONTAINER, TARGET, ENV, PROFILE, PULL_POLICY, ARGUMENTS_ONLY };

static const struct kc_flag flags[] = {
    [IMAGE] = {.name = "image", .kind = KC_FLAG_STRING, .required = true},
    [CONTAINER] = {.name = "container", .letter = 'c', .kind = KC_FLAG_STRING},
    [TARGET] = {.name = "target", .kind = KC_FLAG_STRING},
    [ENV] = {.name = "env", .kind = KC_FLAG_LIST},
    [PROFILE] = {.name = "profile",
                 .kind = KC_FLAG_STRING,
                 .one_of = "|legacy|general|baseline|restricted|netadmin|sysadmin|"},
    [PULL_POLICY] = {.name = "image-pull-policy", .kind = KC_FLAG_STRING, .one_of = "|Always|IfNotPresent|Never|"},
    [ARGUMENTS_ONLY] = {.name = "arguments-only", .kind = KC_FLAG_BOOL},
    {.name = NULL},
};

/* kubectl's debugging profiles (pkg/cmd/debug/profiles.go): the securityContext of an ephemeral container. */
static const struct {
    const char *name, *security; /* NULL: none */
} profiles[] = {
    {"legacy", NULL},
    {"general", "{\"capabilities\":{\"add\":[\"SYS_PTRACE\"]}}"},
    {"baseline", NULL},
    {"restricted", "{\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]},\"runAsNonRoot\":true,"
                   "\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}"},
    {"netadmin", "{\"capabilities\":{\"add\":[\"NET_ADMIN\",\"NET_RAW\"]}}"},
    {"sysadmin", "{\"privileged\":true}"},
};

static const char *given(const struct kc_action *act, size_t flag)
{
    return act->flags ? act->flags[flag] : NULL;
}

static bool applies(const struct kc_mapping *m)
{
    return KC_STREQ(m->resource, "pods") && !*kc_or(m->group, "");
}

/* kubectl reads the flag as comma-separated values: what that would change is refused. */
static bool check_env(struct kc_arena *a, const char *list, struct kc_err *err)
{
    for (const char *p = list; *p; p += *p == *KC_LIST_SEPARATOR) {
        size_t len = strcspn(p, KC_LIST_SEPARATOR);
        const char *one = kc_arena_strndup(a, p, len);
        if (!strchr(one, '=') || *one == '=')
            return kc_fail(err, KC_INVALID, "BadFlag", "--env=%.64s: expected KEY=VALUE", one);
        if (strpbrk(one, ",\""))
            return kc_fail(err, KC_INVALID, "BadFlag",
                           "--env=%.64s: a comma or a quote is not a part of the value for kubectl: write one --env a "
                           "variable, without them",
                           one);
        p += len;
    }
    return true;
}

/* The profile becomes part of the command: its default is another one from kubectl to kubectl. */
static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char **values = kc_flags_copy(a, act);

    if (given(act, CONTAINER) && !kc_dns_label_valid(given(act, CONTAINER)))
        return kc_fail(err, KC_INVALID, "BadFlag", "--container=%.64s: not a container's name", given(act, CONTAINER));
    if (given(act, ENV) && !check_env(a, given(act, ENV), err))
        return false;
    if (given(act, ARGUMENTS_ONLY) && !act->operands.n)
        return kc_fail(err, KC_INVALID, "BadFlag", "--arguments-only: the arguments are missing: write them behind --");
    if (!values[PROFILE])
        values[PROFILE] = "legacy";
    act->flags = values;
    return true;
}

/* "debugger-" and five of the letters that Kubernetes makes names of (apimachinery's rand.String), derived from the
 * time that was chosen, so that an action always gives the same one. */
static const char *choose_name(struct kc_arena *a, const struct kc_action *act, const json_t *pod)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    uint8_t digest[KC_SHA256_LEN];
    const char *name;
    unsigned turn = 0;

    do {
        const char *seed = kc_arena_printf(a, "%s %s %u", kc_or(kc_json_str(pod, "metadata.uid"), act->target.name),
                                           kc_or(act->chosen, ""), turn++);
        char suffix[6] = "";
        kc_sha256(digest, seed, strlen(seed));
        for (size_t i = 0; i < sizeof suffix - 1; i++)
            suffix[i] = letters[digest[i] % (sizeof letters - 1)];
        name = kc_arena_printf(a, "debugger-%s", suffix);
    } while (kc_pod_has_container(pod, name) && turn < 100);
    return name;
}

static bool settle(struct kc_arena *a, struct kc_action *act, const struct kc_looked *seen, struct kc_err *err)
{
    const char **values = kc_flags_copy(a, act);

    (void)err;
    if (!values[CONTAINER])
        values[CONTAINER] = choose_name(a, act, kc_seen_object(seen));
    act->flags = values;
    return true;
}

static json_t *env_of(struct kc_arena *a, const struct kc_action *act)
{
    json_t *env = json_array();

    for (const char *p = kc_or(given(act, ENV), ""); *p; p += *p == *KC_LIST_SEPARATOR) {
        size_t len = strcspn(p, KC_LIST_SEPARATOR);
        struct kc_pair pair = kc_pair_of(a, kc_arena_strndup(a, p, len));
        json_t *one = json_pack("{s:s}", "name", pair.key);
        if (*kc_or(pair.value, "")) /* as Go leaves an empty one out */
            json_object_set_new(one, "value", json_string(pair.value));
        json_array_append_new(env, one);
        p += len;
    }
    return env;
}

static json_t *security_of(const struct kc_action *act)
{
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++)
        if (KC_STREQ(profiles[i].name, kc_or(given(act, PROFILE), "")) && profiles[i].security)
            return json_loads(profiles[i].security, 0, NULL);
    return NULL;
}

static json_t *words_of(const struct kc_strs *words)
{
    json_t *list = json_array();

    for (size_t i = 0; i < words->n; i++)
        json_array_append_new(list, json_string(words->v[i]));
    return list;
}

static void put(json_t *container, const char *field, const char *value)
{
    if (value)
        json_object_set_new(container, field, json_string(value));
}

static json_t *container_of(struct kc_arena *a, const struct kc_action *act)
{
    json_t *c = json_pack("{s:s, s:s, s:{}, s:s}", "name", given(act, CONTAINER), "image", given(act, IMAGE),
                          "resources", "terminationMessagePolicy", "File");
    json_t *security = security_of(act);

    put(c, "imagePullPolicy", given(act, PULL_POLICY));
    put(c, "targetContainerName", given(act, TARGET));
    if (given(act, ENV))
        json_object_set_new(c, "env", env_of(a, act));
    if (act->operands.n)
        json_object_set_new(c, given(act, ARGUMENTS_ONLY) ? "args" : "command", words_of(&act->operands));
    if (security)
        json_object_set_new(c, "securityContext", security);
    return c;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    KC_JSON_SCOPE *after = json_deep_copy(kc_seen_object(seen));
    json_t *spec = json_object_get(after, "spec"), *list = json_object_get(spec, "ephemeralContainers");

    if (kc_pod_has_container(after, given(act, CONTAINER)))
        return kc_fail(err, KC_INVALID, "ContainerExists",
                       "%s has a container %.64s already, and an ephemeral one cannot be changed: choose another "
                       "--container",
                       kc_target_show(a, &act->target), given(act, CONTAINER));
    if (!json_is_array(list)) {
        json_object_set_new(spec, "ephemeralContainers", json_array());
        list = json_object_get(spec, "ephemeralContainers");
    }
    json_array_append_new(list, container_of(a, act));
    if (!kc_patch_difference(a, act, seen, after, ret, err))
        return false;
    ret->path = kc_target_path(a, &act->target, "ephemeralcontainers");
    return true;
}

static size_t sets(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_set_field **ret)
{
    struct kc_set_list list = {0};

    (void)seen;
    kc_set_add(a, &list, kc_arena_printf(a, "spec.ephemeralContainers[name=%s].image", given(act, CONTAINER)),
               given(act, IMAGE));
    *ret = list.v;
    return list.n;
}

static const char *awaits(struct kc_arena *a, const struct kc_action *act, const json_t *pod)
{
    const char *why, *name = given(act, CONTAINER), *state = kc_pod_container_state(pod, name, &why);

    if (!state)
        return kc_arena_printf(a, "container %s has not been started yet", name);
    if (!KC_STREQ(state, "waiting"))
        return NULL;
    return kc_arena_printf(a, "container %s is waiting%s%s", name, *why ? ": " : "", why);
}

const struct kc_verb kc_verb_debug = {
    .name = "debug",
    .deed = KC_DEED_UPDATE,
    .effect = KC_MUTATING,
    .shape = KC_SHAPE_POD,
    .type = "pods",
    .applies = applies,
    .participle = "debugged (for a node kubectl makes a privileged pod on it: create that by its manifest)",
    .flags = flags,
    .operands = "-- COMMAND [ARGS...]",
    .takes_command = KC_MAY_COMMAND,
    .validate = validate,
    .chooses_time = true,
    .look = kc_look_at_target,
    .settle = settle,
    .change = change,
    .rbac_verb = "patch",
    .rbac_subresource = "ephemeralcontainers",
    .sets = sets,
    .awaits = awaits,
};
