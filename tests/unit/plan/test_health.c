#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/base/text.h"
#include "controller/plan/health.h"

/* A Deployment "web" of pods a, b and c behind the services "front" and "back", and a pod of somebody else's. */
enum { WEB = 3, PODS = 4, SLICES = 3 };
static const struct kc_label web[] = {{"app", "web"}};
static const struct kc_requirement selects_web[] = {{"app", "In", "web"}}, selects_other[] = {{"app", "In", "other"}};
static const struct kc_object_ref to_front[] = {{"Service", "front"}}, to_back[] = {{"Service", "back"}};

struct world {
    struct kc_item pods[PODS], sets[1], services[3], slices[SLICES];
    struct kc_record records[PODS + 1 + 3 + SLICES];
    const struct kc_record *pointers[PODS + 1 + 3 + SLICES];
    struct kc_near near[4];
    struct kc_surroundings around;
    struct kc_record_step step;
};

static void add(struct world *w, size_t kind, size_t at, const char *name, const char *plural, struct kc_item *items,
                const char *const *uids, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        items[i].owner_uid = kc_or(items[i].owner_uid, "");
        items[i].owner_kind = items[i].owner_name = "";
        w->records[at + i] = (struct kc_record){.name = items[i].name, .uid = uids[i], .data = &items[i]};
        w->pointers[at + i] = &w->records[at + i];
    }
    w->near[kind] = (struct kc_near){name, plural, w->pointers + at, n, true};
}

static void set_world(struct world *w, const char *const status[WEB])
{
    static const char *const uids[] = {"p-a", "p-b", "p-c", "p-x"}, *const set[] = {"u-rs"};
    static const struct kc_verb verb = {.name = "set image", .deed = KC_DEED_UPDATE, .rolls_out = true};
    static const char *const names[] = {"web-a", "web-b", "web-c", "other-x"};

    *w = (struct world){
        .sets = {{.name = "web-1", .owner_uid = "u-web"}},
        .services = {{.name = "back", .selects = true, .selector = selects_web, .n_selector = 1},
                     {.name = "front", .selects = true, .selector = selects_web, .n_selector = 1},
                     {.name = "other", .selects = true, .selector = selects_other, .n_selector = 1}},
        .slices = {{.name = "back-1", .refs = to_back, .n_refs = 1, .have = 1},
                   {.name = "back-2", .refs = to_back, .n_refs = 1, .have = 2},
                   {.name = "front-1", .refs = to_front, .n_refs = 1, .have = 3}},
        .step = {.action = {.verb = &verb, .target = {.kind = "Deployment", .ns = "shop", .name = "web"}},
                 .uid = "old"},
    };
    for (size_t i = 0; i < PODS; i++)
        w->pods[i] = (struct kc_item){.name = names[i],
                                      .owner_uid = i < WEB ? "u-rs" : "u-other",
                                      .labels = i < WEB ? web : NULL,
                                      .n_labels = i < WEB,
                                      .status = i < WEB ? status[i] : "CrashLoopBackOff",
                                      .ready = i < WEB && KC_STREQ(status[i], "Running"),
                                      .n_containers = 1};
    add(w, 0, 0, "Pod", "pods", w->pods, uids, PODS);
    add(w, 1, PODS, "ReplicaSet", "replicasets", w->sets, set, 1);
    add(w, 2, PODS + 1, "Service", "services", w->services, (const char *const[]){"s", "s", "s"}, 3);
    add(w, 3, PODS + 4, "EndpointSlice", "endpointslices", w->slices, (const char *const[]){"e", "e", "e"}, SLICES);
    w->around = (struct kc_surroundings){w->near, 4, true};
}

static struct kc_health health(struct kc_arena *a, struct world *w)
{
    struct kc_health h;
    assert_true(kc_health_of(a, &w->step, "u-web", &w->around, NULL, &h));
    return h;
}

static void what_is_taken(void **state)
{
    KC_ARENA_SCOPE(a);
    struct world w;
    (void)state;

    set_world(&w, (const char *const[]){"Running", "Init:CrashLoopBackOff", "Terminating"});
    struct kc_health h = health(a, &w);
    assert_int_equal(h.ready, 1);
    assert_int_equal(h.n_ill, 1);
    assert_string_equal(h.ill[0].uid, "p-b");
    assert_string_equal(h.ill[0].name, "web-b");
    assert_true(h.ill[0].named);
    assert_int_equal(h.n_services, 2);
    assert_string_equal(h.services[0].service, "back");
    assert_int_equal(h.services[0].endpoints, 3);

    w.around.v++; /* no pods in memory */
    w.around.n--;
    assert_false(kc_health_of(a, &w.step, "u-web", &w.around, NULL, &h));
}

/* What an intent row keeps is enough to compare with. */
static void a_row_keeps_it(void **state)
{
    KC_ARENA_SCOPE(a);
    struct world w;
    struct kc_health read;
    (void)state;

    set_world(&w, (const char *const[]){"Running", "OOMKilled", "ImagePullBackOff"});
    struct kc_health h = health(a, &w);
    KC_JSON_SCOPE *row = kc_health_encode(&h);
    assert_true(kc_health_decode(a, row, &read));
    assert_null(kc_health_worse(&read, &h));
    assert_null(kc_health_missing(a, &read, &h, 3));
    assert_int_equal(read.ready, 1);
    assert_int_equal(read.n_ill, 2);
    assert_int_equal(read.n_services, 2);

    KC_JSON_SCOPE *none = json_pack("{s:i}", "ready", 1);
    assert_false(kc_health_decode(a, NULL, &read));
    assert_false(kc_health_decode(a, none, &read));
}

static void which_pod_is_worse(void **state)
{
    static const struct {
        const char *name, *before[WEB], *now[WEB], *worse; /* NULL: none */
    } cases[] = {
        {"all run", {"Running", "Running", "Running"}, {"Running", "Running", "Running"}, NULL},
        {"one crashes", {"Running", "Running", "Running"}, {"Running", "CrashLoopBackOff", "Running"}, "p-b"},
        {"it did before", {"Running", "CrashLoopBackOff", "Running"}, {"Running", "CrashLoopBackOff", "Running"}, NULL},
        {"it did for another reason",
         {"Running", "ImagePullBackOff", "Running"},
         {"Running", "OOMKilled", "Running"},
         NULL},
        {"one more than before", {"Running", "OOMKilled", "Running"}, {"OOMKilled", "OOMKilled", "Running"}, "p-a"},
        {"what may pass", {"Running", "Running", "Running"}, {"ContainerCreating", "Error", "ErrImagePull"}, NULL},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct world w;
        set_world(&w, cases[i].before);
        struct kc_health before = health(a, &w);
        set_world(&w, cases[i].now);
        struct kc_health now = health(a, &w);
        const struct kc_ill_pod *worse = kc_health_worse(&before, &now);
        if (!KC_STREQ(worse ? worse->uid : "none", kc_or(cases[i].worse, "none")))
            fail_msg("%s: %s", cases[i].name, worse ? worse->uid : "none");
    }
}

static void endpoints_come_back(void **state)
{
    static const struct {
        const char *name;
        int32_t front; /* now; three before */
        int64_t want;  /* pods */
        const char *missing;
    } cases[] = {
        {"as before", 3, 3, NULL},
        {"more", 5, 5, NULL},
        {"one is missing", 2, 3, "service/front has 2 of 3 endpoints"},
        {"fewer were asked for", 1, 1, NULL},
        {"fewer than that", 0, 1, "service/front has 0 of 1 endpoints"},
        {"none were asked for", 0, 0, NULL},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct world w;
        set_world(&w, (const char *const[]){"Running", "Running", "Running"});
        struct kc_health before = health(a, &w);
        w.slices[2].have = cases[i].front;
        struct kc_health now = health(a, &w);
        const char *missing = kc_health_missing(a, &before, &now, cases[i].want);
        if (!KC_STREQ(kc_or(missing, "none"), kc_or(cases[i].missing, "none")))
            fail_msg("%s: %s", cases[i].name, kc_or(missing, "none"));
    }
}

/* A change of the template's labels takes the pods out of a service: it is looked at all the same. One that is gone is
 * not. */
static void services_that_are_left(void **state)
{
    static const struct kc_requirement selects_other_pods[] = {{"app", "In", "something-else"}};
    KC_ARENA_SCOPE(a);
    struct world w;
    struct kc_health now;
    (void)state;

    set_world(&w, (const char *const[]){"Running", "Running", "Running"});
    struct kc_health before = health(a, &w);
    w.services[1].selector = selects_other_pods;
    w.slices[2].have = 0;
    assert_true(kc_health_of(a, &w.step, "u-web", &w.around, &before, &now));
    assert_string_equal(kc_health_missing(a, &before, &now, 3), "service/front has 0 of 3 endpoints");

    w.services[1].name = "gone";
    assert_true(kc_health_of(a, &w.step, "u-web", &w.around, &before, &now));
    assert_null(kc_health_missing(a, &before, &now, 3));
}

/* Who may not list services is told of one without its name. */
static void no_name_without_the_right(void **state)
{
    KC_ARENA_SCOPE(a);
    struct world w;
    (void)state;

    set_world(&w, (const char *const[]){"Running", "Running", "OOMKilled"});
    struct kc_health before = health(a, &w);
    w.near[0].named = w.near[2].named = false;
    w.slices[2].have = 0;
    struct kc_health now = health(a, &w);
    assert_string_equal(kc_health_missing(a, &before, &now, 3), "a service has 0 of 3 endpoints");
    assert_false(now.ill[0].named);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken),          cmocka_unit_test(a_row_keeps_it),
        cmocka_unit_test(which_pod_is_worse),     cmocka_unit_test(endpoints_come_back),
        cmocka_unit_test(services_that_are_left), cmocka_unit_test(no_name_without_the_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
