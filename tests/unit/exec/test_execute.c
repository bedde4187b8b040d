/* What an object says of an intent whose outcome is missing (design, section 5). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "controller/exec/execute.h"

static struct kc_change scale_up[] = {{.path = "spec.replicas", .from = "3", .to = "5"}};
static struct kc_change to_zero[] = {{.path = "spec.replicas", .from = "3", .to = "0"}};
static struct kc_change from_zero[] = {{.path = "spec.replicas", .from = "0", .to = "3"}};
static struct kc_change with_volatile[] = {
    {.path = "metadata.annotations.at", .from = "1", .to = "2", .volatile_value = true},
    {.path = "spec.replicas", .from = "3", .to = "5"},
};
static struct kc_change two_fields[] = {
    {.path = "spec.paused", .from = "", .to = "true"},
    {.path = "spec.replicas", .from = "3", .to = "5"},
};

#define SCALE         "{'kind':'Scale','apiVersion':'autoscaling/v1',"
#define CHANGES(list) (list), sizeof(list) / sizeof(list)[0]

static const struct row {
    const char *name;
    struct kc_change *changes;
    size_t n;
    const char *now, *uid;
    int64_t generation;
    enum kc_recovery found;
    const char *says;
} rows[] = {
    {"made", CHANGES(scale_up), SCALE "'spec':{'replicas':5}}", "u-1", 8, KC_RECOVERED_DONE, "were sent"},
    {"made, and others came after", CHANGES(scale_up), SCALE "'spec':{'replicas':5}}", "u-1", 11, KC_RECOVERED_DONE,
     "shop/web"},
    {"not made", CHANGES(scale_up), SCALE "'spec':{'replicas':3}}", "u-1", 7, KC_RECOVERED_NOT_DONE,
     "not been touched"},
    {"made and reverted, or never made", CHANGES(scale_up), SCALE "'spec':{'replicas':3}}", "u-1", 9,
     KC_RECOVERED_UNKNOWN, "generation 7 to 9"},
    {"changed to something else", CHANGES(scale_up), SCALE "'spec':{'replicas':4}}", "u-1", 8, KC_RECOVERED_UNKNOWN,
     "reverted"},
    {"created anew with the very value", CHANGES(scale_up), SCALE "'spec':{'replicas':5}}", "u-2", 1,
     KC_RECOVERED_UNKNOWN, "uid u-2, it was u-1"},
    {"to zero, which the API server leaves out", CHANGES(to_zero), SCALE "'spec':{}}", "u-1", 8, KC_RECOVERED_DONE, ""},
    {"from zero, not made", CHANGES(from_zero), SCALE "'spec':{}}", "u-1", 7, KC_RECOVERED_NOT_DONE, ""},
    {"volatile values do not count", CHANGES(with_volatile),
     SCALE "'metadata':{'annotations':{'at':'9'}},'spec':{'replicas':5}}", "u-1", 8, KC_RECOVERED_DONE, ""},
    {"half made", CHANGES(two_fields), "{'kind':'Shard','spec':{'replicas':5}}", "u-1", 8, KC_RECOVERED_UNKNOWN, ""},
    {"a field that was absent", CHANGES(two_fields), "{'kind':'Shard','spec':{'replicas':3}}", "u-1", 7,
     KC_RECOVERED_NOT_DONE, ""},
    {"a field that came into being", CHANGES(two_fields), "{'kind':'Shard','spec':{'replicas':5,'paused':true}}", "u-1",
     8, KC_RECOVERED_DONE, ""},
};

static json_t *parse(struct kc_arena *a, const char *quoted)
{
    char *s = kc_arena_strdup(a, quoted);
    struct kc_err err = {0};

    for (char *p = s; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    json_t *v = kc_json_parse_in(a, s, strlen(s), 1 << 16, "object", &err);
    if (!v)
        fail_msg("%s: %s", err.message, s);
    return v;
}

static void test_recovery(void **state)
{
    (void)state;
    const struct kc_seen seen = {.uid = "u-1", .resource_version = "100", .generation = 7, .message = ""};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        const struct row *r = &rows[i];
        struct kc_record_step step = {
            .action = {.verb = kc_verb_find("scale"),
                       .target = {.group = "apps",
                                  .version = "v1",
                                  .kind = "Deployment",
                                  .resource = "deployments",
                                  .ns = "shop",
                                  .name = "web"}},
            .changes = r->changes,
            .n_changes = r->n,
        };
        struct kc_object_meta meta = {.uid = r->uid, .resource_version = "101", .generation = r->generation};
        const char *message = NULL;
        enum kc_recovery found = kc_recovery_judge(a, &step, &seen, parse(a, r->now), &meta, &message);
        if (found != r->found || !message || !strstr(message, r->says))
            fail_msg("%s: %d \"%s\"", r->name, (int)found, kc_or(message, ""));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_recovery)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
