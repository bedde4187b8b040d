#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/text.h"
#include "controller/exec/evidence.h"

#define STATUS(containers) "{\"status\":{\"containerStatuses\":[" containers "]}}"
#define WELL               "{\"name\":\"proxy\",\"state\":{\"running\":{}},\"restartCount\":0}"

static const struct {
    const char *name, *pod, *evidence;
} cases[] = {
    {"a crash loop, out of memory",
     STATUS(WELL ",{\"name\":\"app\",\"restartCount\":4,\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\","
                 "\"message\":\"back-off 40s restarting failed container=app pod=web-1_shop(u)\"}},\"lastState\":{"
                 "\"terminated\":{\"reason\":\"OOMKilled\",\"exitCode\":137,\"message\":\"password=hunter2\"}}}"),
     "container app: CrashLoopBackOff, last ended with OOMKilled (exit code 137), 4 restarts"},
    {"no such image",
     STATUS("{\"name\":\"app\",\"restartCount\":0,\"state\":{\"waiting\":{\"reason\":\"ImagePullBackOff\","
            "\"message\":\"Back-off pulling image \\\"web:9\\\"\\nmore\"}}}"),
     "container app: ImagePullBackOff: Back-off pulling image \"web:9\""},
    {"no such key",
     STATUS("{\"name\":\"app\",\"restartCount\":0,\"state\":{\"waiting\":{\"reason\":\"CreateContainerConfigError\","
            "\"message\":\"secret \\\"db\\\" not found\"}}}"),
     "container app: CreateContainerConfigError: secret \"db\" not found"},
    {"ended, not started again",
     STATUS("{\"name\":\"app\",\"restartCount\":1,\"state\":{\"terminated\":{\"reason\":\"OOMKilled\",\"exitCode\":137,"
            "\"message\":\"its last words\"}}}"),
     "container app: ended with OOMKilled (exit code 137), 1 restart"},
    {"an init container",
     "{\"status\":{\"initContainerStatuses\":[{\"name\":\"prepare\",\"restartCount\":2,\"state\":{\"waiting\":{"
     "\"reason\":\"CrashLoopBackOff\"}},\"lastState\":{\"terminated\":{\"exitCode\":1}}}],\"containerStatuses\":[{"
     "\"name\":\"app\",\"state\":{\"waiting\":{\"reason\":\"PodInitializing\"}}}]}}",
     "container prepare: CrashLoopBackOff, last ended with an error (exit code 1), 2 restarts"},
    {"all is well", STATUS(WELL), ""},
    {"no status yet", "{}", ""},
};

static void one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_err err = {0};
        KC_JSON_SCOPE *pod = kc_json_parse(cases[i].pod, strlen(cases[i].pod), 65536, "pod", &err);
        assert_non_null(pod);
        const char *evidence = kc_pod_evidence(a, pod);
        if (!KC_STREQ(evidence, cases[i].evidence))
            fail_msg("%s: %s", cases[i].name, evidence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_line)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
