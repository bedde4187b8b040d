#include "controller/exec/channels.h"

#include <string.h>

#include "controller/base/json.h"
#include "controller/base/text.h"

#define STATUS_MAX ((size_t)64 << 10)

enum { STDOUT = 1, STDERR = 2, STATUS = 3 };

static void add_text(struct kc_channels *c, const char *data, size_t len)
{
    size_t room = KC_TRANSCRIPT_MAX - c->text.len;

    kc_buf_add(&c->text, data, len < room ? len : room);
    c->bytes += len;
    for (size_t i = 0; i < len; i++) {
        c->lines += !c->open_line;
        c->open_line = data[i] != '\n';
    }
}

void kc_channels_take(struct kc_channels *c, const void *message, size_t len)
{
    const char *data = message;

    if (len < 2) /* an empty one says that the channel is there */
        return;
    switch ((unsigned char)data[0]) {
    case STDOUT:
    case STDERR:
        add_text(c, data + 1, len - 1);
        break;
    case STATUS:
        c->status.limit = STATUS_MAX;
        kc_buf_add(&c->status, data + 1, len - 1);
        break;
    default: /* as kubectl: what belongs to no channel is dropped */
        break;
    }
}

void kc_channels_finish(struct kc_channels *c)
{
    kc_buf_finish(&c->text);
    kc_buf_finish(&c->status);
}

/* details.causes[] {reason: ExitCode, message: "3"} */
static bool exit_code(const json_t *status, int *ret)
{
    const json_t *causes = kc_json_at(status, "details.causes");
    int64_t code;

    for (size_t i = 0; i < json_array_size(causes); i++) {
        const json_t *cause = json_array_get(causes, i);
        if (KC_STREQ(kc_or(kc_json_str(cause, "reason"), ""), "ExitCode") &&
            kc_parse_int(kc_or(kc_json_str(cause, "message"), ""), 1, INT32_MAX, &code)) {
            *ret = (int)code;
            return true;
        }
    }
    return false;
}

/* The runtimes' words for a process that never came to be (runc and crun, through containerd and CRI-O). They come with
 * the same reason and code as a connection that broke while a command ran. */
static bool never_started(const json_t *status, const char *message)
{
    static const char *const words[] = {"unable to start container process", "failed to start exec",
                                        "executable file not found", "container not found"};
    int64_t code = kc_json_int(status, "code", 0);

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(message, words[i]))
            return true;
    return code >= 400 && code < 500;
}

struct kc_exit_status kc_channels_exit(const struct kc_channels *c, struct kc_arena *a)
{
    struct kc_exit_status out = {.how = KC_EXIT_UNTOLD, .message = ""};
    struct kc_err ignored = {0};

    if (!c->status.len || c->status.overflow)
        return out;
    KC_JSON_SCOPE *status =
        kc_json_parse(kc_buf_str(&c->status), c->status.len, STATUS_MAX, "the command's status", &ignored);
    const char *word = kc_or(kc_json_str(status, "status"), "");
    const char *message = kc_or(kc_json_str(status, "message"), "");

    if (KC_STREQ(word, "Success")) {
        out.how = KC_EXIT_CODE;
        return out;
    }
    if (!KC_STREQ(word, "Failure"))
        return out;
    out.message = kc_arena_strdup(a, message);
    if (KC_STREQ(kc_or(kc_json_str(status, "reason"), ""), "NonZeroExitCode") && exit_code(status, &out.code))
        out.how = KC_EXIT_CODE;
    else
        out.how = never_started(status, message) ? KC_EXIT_NOT_STARTED : KC_EXIT_FAILED;
    return out;
}
