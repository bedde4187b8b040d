#include "controller/exec/evidence.h"

#include "controller/base/buf.h"
#include "controller/base/text.h"

#define MESSAGE_MAX 200 /* characters of the kubelet's own word */

/* The kubelet's words, on one line. */
static void add_message(struct kc_buf *b, const char *message)
{
    size_t len = strcspn(message, "\r\n"), at = 0;
    uint32_t ignored;

    for (size_t n = 0; n < MESSAGE_MAX && at < len; n++)
        at += kc_utf8_decode(message + at, len - at, &ignored);
    if (at)
        kc_buf_printf(b, ": %.*s%s", (int)at, message, at < len ? "…" : "");
}

static void add_end(struct kc_buf *b, const char *before, const json_t *terminated)
{
    const char *reason = kc_json_str(terminated, "reason");

    kc_buf_printf(b, "%s%s (exit code %lld)", before, kc_or(reason, "an error"),
                  (long long)kc_json_int(terminated, "exitCode", 0));
}

/* False: it says nothing of why it does not run. */
static bool add_container(struct kc_buf *b, const json_t *c)
{
    const char *waits = kc_json_str(c, "state.waiting.reason");
    const json_t *ended = kc_json_at(c, "state.terminated"), *last = kc_json_at(c, "lastState.terminated");
    int64_t restarts = kc_json_int(c, "restartCount", 0);

    if (kc_json_int(ended, "exitCode", 0) == 0)
        ended = NULL;
    if ((!waits || KC_STREQ(waits, "ContainerCreating") || KC_STREQ(waits, "PodInitializing")) && !ended)
        return false;
    kc_buf_printf(b, "container %s: ", kc_or(kc_json_str(c, "name"), "?"));
    if (ended) {
        add_end(b, "ended with ", ended);
    } else {
        kc_buf_puts(b, waits);
        if (!KC_STREQ(waits, "CrashLoopBackOff")) /* that one repeats the names of pod and container */
            add_message(b, kc_or(kc_json_str(c, "state.waiting.message"), ""));
    }
    if (last)
        add_end(b, ", last ended with ", last);
    if (restarts)
        kc_buf_printf(b, ", %lld restart%s", (long long)restarts, restarts == 1 ? "" : "s");
    return true;
}

const char *kc_pod_evidence(struct kc_arena *a, const json_t *pod)
{
    static const char *const lists[] = {"status.initContainerStatuses", "status.containerStatuses"};
    KC_BUF_SCOPE b = {0};

    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
        for (size_t i = 0; i < json_array_size(kc_json_at(pod, lists[l])) && !b.len; i++)
            if (add_container(&b, json_array_get(kc_json_at(pod, lists[l]), i)))
                break;
    return kc_arena_strdup(a, kc_buf_str(&b));
}
