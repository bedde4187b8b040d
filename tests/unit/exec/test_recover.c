/* What became of creates, deletes and changes of metadata whose answer is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "controller/exec/execute.h"

#define T0 "2026-11-23T10:00:00Z"
#define T1 "2026-11-23T10:00:01Z"
#define OURS(at, generation)                                                                                           \
    "{'metadata':{'uid':'u-1','generation':" #generation ",'creationTimestamp':'" at                                   \
    "','managedFields':[{'manager':'kubechat','time':'" at "'}]}}"
#define OTHERS(at)                                                                                                     \
    "{'metadata':{'uid':'u-1','creationTimestamp':'" at "','managedFields':[{'manager':'kubectl','time':'" at "'}]}}"
#define LABELLED(value, generation, at)                                                                                \
    "{'metadata':{'uid':'u-1','generation':" #generation ",'labels':{'a':'" value                                      \
    "'},'managedFields':[{'manager':'kubectl','time':'" at "'},{'manager':'kubelet','subresource':'status','time':"    \
    "'2026-11-23T11:00:00Z'}]}}"
#define GOING "{'metadata':{'uid':'u-1','deletionTimestamp':'" T1 "'}}"

static struct kc_change relabel[] = {{.path = "metadata.labels.a", .from = "1", .to = "2"}};
static struct kc_change relabel_and_scale[] = {{.path = "metadata.labels.a", .from = "1", .to = "2"},
                                               {.path = "spec.replicas", .from = "1", .to = "1"}};
static struct kc_change image[] = {
    {.path = "spec.template.spec.containers[name=web].image", .from = "a:1", .to = "a:2"}};

#define NONE          NULL, 0
#define CHANGES(list) (list), sizeof(list) / sizeof(list)[0]
#define CONTAINERS(log, web)                                                                                           \
    "{'metadata':{'uid':'u-1','generation':7},'spec':{'template':{'spec':{'containers':[{'name':'log','image':'" log   \
    "'},{'name':'web','image':'" web "'}]}}}}"

static const struct row {
    const char *name, *verb;
    struct kc_change *changes;
    size_t n;
    int64_t generation; /* when it was looked at */
    const char *now;    /* NULL: it is not there */
    enum kc_recovery found;
    const char *says;
} rows[] = {
    {"not created", "create configmap", NONE, 0, NULL, KC_RECOVERED_NOT_DONE, "not created"},
    {"created", "create configmap", NONE, 0, OURS(T1, 1), KC_RECOVERED_DONE, "found created at " T1},
    {"created in the same second", "create configmap", NONE, 0, OURS(T0, 1), KC_RECOVERED_DONE, "found created"},
    {"made by us before", "create configmap", NONE, 0, OURS("2026-11-23T09:59:59Z", 1), KC_RECOVERED_UNKNOWN,
     "somebody else made it"},
    {"made by somebody else", "create configmap", NONE, 0, OTHERS(T1), KC_RECOVERED_UNKNOWN, "somebody else made it"},
    {"applied to nothing, and nothing came", "apply", NONE, 0, NULL, KC_RECOVERED_NOT_DONE, "not created"},
    {"applied to nothing", "apply", NONE, 0, OURS(T1, 1), KC_RECOVERED_DONE, "found created at " T1},
    {"applied to nothing, somebody else was faster", "apply", NONE, 0, OTHERS(T1), KC_RECOVERED_UNKNOWN,
     "somebody else made it"},
    {"applied", "apply", CHANGES(image), 6, CONTAINERS("x", "a:2"), KC_RECOVERED_DONE, "were sent"},
    {"not applied", "apply", CHANGES(image), 7, CONTAINERS("x", "a:1"), KC_RECOVERED_NOT_DONE, "not been touched"},
    {"gone", "delete", NONE, 0, NULL, KC_RECOVERED_DONE, "is gone"},
    {"going", "delete", NONE, 0, GOING, KC_RECOVERED_DONE, "being deleted"},
    {"another of the name", "delete", NONE, 0, "{'metadata':{'uid':'u-2'}}", KC_RECOVERED_DONE, "another of its name"},
    {"not deleted", "delete", NONE, 0, "{'metadata':{'uid':'u-1','generation':9}}", KC_RECOVERED_NOT_DONE,
     "was not deleted"},
    {"labelled", "label", CHANGES(relabel), 7, LABELLED("2", 7, T1), KC_RECOVERED_DONE, "were sent"},
    {"not labelled", "label", CHANGES(relabel), 7, LABELLED("1", 7, T0), KC_RECOVERED_NOT_DONE, "not been touched"},
    {"not labelled, and its spec moved", "label", CHANGES(relabel), 7, LABELLED("1", 9, T0), KC_RECOVERED_NOT_DONE,
     "not been touched"},
    {"labelled and labelled back", "label", CHANGES(relabel), 7, LABELLED("1", 7, T1), KC_RECOVERED_UNKNOWN,
     "changed at " T1},
    {"what has no generation", "label", CHANGES(relabel), 0, LABELLED("1", 0, T1), KC_RECOVERED_UNKNOWN, "changed at"},
    {"label and spec: the generation tells", "patch", CHANGES(relabel_and_scale), 7,
     "{'metadata':{'uid':'u-1','generation':9,'labels':{'a':'1'}},'spec':{'replicas':1}}", KC_RECOVERED_UNKNOWN,
     "generation 7 to 9"},
    {"image set", "set image", CHANGES(image), 6, CONTAINERS("x", "a:2"), KC_RECOVERED_DONE, "were sent"},
    {"image not set", "set image", CHANGES(image), 7, CONTAINERS("x", "a:1"), KC_RECOVERED_NOT_DONE,
     "not been touched"},
    {"image of another container", "set image", CHANGES(image), 6, CONTAINERS("a:2", "a:1"), KC_RECOVERED_UNKNOWN,
     "generation 6 to 7"},
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
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        const struct row *r = &rows[i];
        struct kc_record_step step = {
            .action = {.verb = kc_verb_find(r->verb),
                       .target = {.group = "",
                                  .version = "v1",
                                  .kind = "Thing",
                                  .resource = "things",
                                  .ns = "shop",
                                  .name = "x"}},
            .uid = r->changes || KC_STREQ(r->verb, "delete") ? "u-1" : "",
            .changes = r->changes,
            .n_changes = r->n,
        };
        const struct kc_seen seen = {
            .uid = step.uid, .resource_version = "100", .generation = r->generation, .marked_at = T0, .message = ""};
        const json_t *now = r->now ? parse(a, r->now) : NULL;
        struct kc_object_meta meta = kc_object_meta_of(now);
        const char *message = NULL;
        assert_non_null(step.action.verb);
        enum kc_recovery found = kc_recovery_judge(a, &step, &seen, now, &meta, &message);
        if (found != r->found || !message || !strstr(message, r->says))
            fail_msg("%s: %d \"%s\"", r->name, (int)found, kc_or(message, ""));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_recovery)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
