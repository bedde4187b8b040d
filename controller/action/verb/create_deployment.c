/* kubectl create deployment NAME --image=IMAGE... [-- COMMAND...] */
#include <string.h>

#include "controller/action/create_verb.h"
#include "controller/action/verbs.h"

static const struct kc_flag flags[] = {
    {.name = "image", .kind = KC_FLAG_LIST, .required = true},
    {.name = "replicas", .letter = 'r', .kind = KC_FLAG_INT, .dflt = "1"},
    {.name = "port", .kind = KC_FLAG_INT, .min = 1, .max = 65535},
    {.name = NULL},
};

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    kc_flag_put(a, act, "image", kc_list_canonical(a, act, "image"));
    struct kc_strs images = kc_action_list(a, act, "image", false);
    for (size_t i = 0; i < images.n; i++)
        if (!kc_image_valid(images.v[i]))
            return kc_fail(err, KC_INVALID, "BadFlag", "--image=%.64s: not an image's name: registry/name:tag",
                           images.v[i]);
    if (images.n > 1 && act->operands.n)
        return kc_fail(err, KC_INVALID, "BadOperand", "%.64s: which of the %zu images is it a command of?",
                       act->operands.v[0], images.n);
    return kc_new_name(act, err);
}

/* What the image is called, without registry, tag and digest. Where "_" or "." is in it kubectl adds five random
 * letters; here a command comes to the same container each time it is previewed. */
static const char *container_name(struct kc_arena *a, const char *image)
{
    const char *slash = strrchr(image, '/');
    const char *last = slash ? slash + 1 : image;
    char *name = kc_arena_strndup(a, last, strcspn(last, ":@"));
    for (char *p = name; *p; p++)
        *p = *p == '_' || *p == '.' ? '-' : *p;
    return name;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    struct kc_strs images = kc_action_list(a, act, "image", false);
    json_t *containers = json_array(), *labels = json_pack("{s:s}", "app", act->target.name);
    (void)seen, (void)err;
    for (size_t i = 0; i < images.n; i++)
        json_array_append_new(containers,
                              kc_new_container(container_name(a, images.v[i]), images.v[i], act, "command"));
    if (kc_action_flag(act, "port"))
        json_object_set_new(json_array_get(containers, 0), "ports",
                            json_pack("[{s:I}]", "containerPort", (json_int_t)kc_action_int(act, "port", 0)));
    json_t *template = json_pack("{s:{s:O}, s:{s:o}}", "metadata", "labels", labels, "spec", "containers", containers);
    json_t *spec = json_pack("{s:I, s:{s:O}, s:o}", "replicas", (json_int_t)kc_action_int(act, "replicas", 1),
                             "selector", "matchLabels", labels, "template", template);
    *ret = kc_create_object(a, act, KC_STRICT, json_pack("{s:{s:o}, s:o}", "metadata", "labels", labels, "spec", spec));
    return true;
}

const struct kc_verb kc_verb_create_deployment = {
    KC_CREATES,       .name = "create deployment", .aliases = "|create deploy|",    .type = "deployments.apps",
    .flags = flags,   .operands = "COMMAND",       .takes_command = KC_MAY_COMMAND, .validate = validate,
    .change = change,
};
