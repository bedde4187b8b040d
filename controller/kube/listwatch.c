#include "controller/kube/listwatch.h"

#include <string.h>

#include "controller/base/digest.h"
#include "controller/base/text.h"
#include "controller/kube/ingest.h"

#define WATCH_S       300 /* the server ends a watch after 300 to 600 s, as client-go asks for */
#define JSON_TYPE     "application/json"
#define PROTOBUF_TYPE "application/vnd.kubernetes.protobuf"
#define METADATA      ";g=meta.k8s.io;v=v1;as=PartialObjectMetadata" /* of a list: ...List */

static void add_encoded(struct kc_buf *b, const char *s)
{
    for (; *s; s++)
        if (strchr("-._~", *s) || (*s >= '0' && *s <= '9') || ((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z'))
            kc_buf_putc(b, *s);
        else
            kc_buf_printf(b, "%%%02X", (unsigned)(unsigned char)*s);
}

/* What to ask for, by what we can decode. */
static const char *accept(const struct kc_reflector_options *o, enum kc_attempt_kind kind)
{
    static const char *const types[2][2] = {
        {JSON_TYPE METADATA, PROTOBUF_TYPE METADATA ", " JSON_TYPE METADATA},
        {JSON_TYPE METADATA "List", PROTOBUF_TYPE METADATA "List, " JSON_TYPE METADATA "List"},
    };
    bool protobuf = o->decode_protobuf != NULL;

    if (o->metadata_only)
        return types[kind == KC_LIST][protobuf];
    return protobuf ? PROTOBUF_TYPE ", " JSON_TYPE : JSON_TYPE;
}

/* path lacks only the selector. */
static struct kc_attempt *ask(const struct kc_listwatch *lw, enum kc_attempt_kind kind, struct kc_buf *path,
                              const struct kc_attempt_handler *h, struct kc_err *err)
{
    if (lw->o->query)
        kc_buf_printf(path, "&%s", lw->o->query);
    const struct kc_attempt_request req = {
        .kind = kind,
        .target = kc_config_target(kc_kube_config(lw->kube)),
        .path = kc_buf_str(path),
        .accept = accept(lw->o, kind),
        .token = lw->token,
        .as = kc_config_as(kc_kube_config(lw->kube)),
        .idle_ms = kind == KC_LIST ? KC_LIST_IDLE_MS : lw->o->idle_ms,
        .max_frame = KC_OBJECT_MAX,
        .bulk = kind == KC_LIST && lw->o->bulk,
    };
    return kc_attempt_start(kc_kube_http(lw->kube), &req, h, err);
}

struct kc_attempt *kc_listwatch_list(const struct kc_listwatch *lw, const char *more, bool whole,
                                     const struct kc_attempt_handler *h, struct kc_err *err)
{
    KC_BUF_SCOPE path = {0};

    kc_buf_printf(&path, "%s?", lw->o->path);
    if (!whole)
        kc_buf_printf(&path, "limit=%d", lw->o->page);
    else
        kc_buf_puts(&path, "resourceVersion=");
    if (more) {
        kc_buf_puts(&path, "&continue=");
        add_encoded(&path, more);
    }
    return ask(lw, KC_LIST, &path, h, err);
}

struct kc_attempt *kc_listwatch_watch(const struct kc_listwatch *lw, const char *from,
                                      const struct kc_attempt_handler *h, struct kc_err *err)
{
    KC_BUF_SCOPE path = {0};
    uint32_t spread;

    kc_random(&spread, sizeof(spread));
    kc_buf_printf(&path, "%s?watch=true&allowWatchBookmarks=true&timeoutSeconds=%u", lw->o->path,
                  (unsigned)(WATCH_S + spread % WATCH_S));
    if (from) {
        kc_buf_puts(&path, "&resourceVersion=");
        add_encoded(&path, from);
    } else { /* no resourceVersion: the newest state */
        kc_buf_puts(&path, "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
    }
    return ask(lw, KC_WATCH, &path, h, err);
}

struct kc_attempt *kc_listwatch_probe(const struct kc_listwatch *lw, int64_t limit_ms,
                                      const struct kc_attempt_handler *h, struct kc_err *err)
{
    const struct kc_attempt_request req = {
        .kind = KC_PROBE,
        .target = kc_config_target(kc_kube_config(lw->kube)),
        .path = "/version",
        .accept = JSON_TYPE,
        .token = lw->token,
        .as = kc_config_as(kc_kube_config(lw->kube)),
        .idle_ms = limit_ms,
        .timeout_ms = limit_ms,
    };

    return kc_attempt_start(kc_kube_http(lw->kube), &req, h, err);
}
