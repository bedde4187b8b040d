/* session: one run of `kubectl chat` against one API server, with the person's own credentials. */
#pragma once

#include "api/chatrequest.h"
#include "controller/kube/client.h"

struct kc_session {
    struct kc_arena *a; /* the caller's */
    struct kc_http_client *http;
    struct kc_config *config;
    struct kc_kube *kube;
    const char *ns;
};

/* ns NULL: the context's. */
KC_CHECK bool kc_session_open(struct kc_session *s, struct kc_arena *a, const char *kubeconfig, const char *context,
                              const char *ns, struct kc_err *err);
void kc_session_close(struct kc_session *s);

/* ret_json may be NULL. */
KC_CHECK bool kc_session_get(struct kc_session *s, const char *name, struct kc_chatrequest *ret, json_t **ret_json,
                             struct kc_err *err);
/* spec: prompt and what else the person gave. */
KC_CHECK bool kc_session_create(struct kc_session *s, const char *name, const json_t *spec, struct kc_chatrequest *ret,
                                struct kc_err *err);
/* A JSON patch (RFC 6902) of the request. */
KC_CHECK bool kc_session_patch(struct kc_session *s, const char *name, const json_t *patch, struct kc_chatrequest *ret,
                               struct kc_err *err);
/* What the request's reads found, as text, in the session's arena; read just now as the person. NOT_FOUND when the
 * cluster does not serve view.kubechat.io, or the request has nothing to show. */
KC_CHECK bool kc_session_output(struct kc_session *s, const char *name, const char **ret, struct kc_err *err);
/* The server's own table (meta.k8s.io Table), as kubectl prints it. */
KC_CHECK bool kc_session_table(struct kc_session *s, const char *name, bool all_namespaces, json_t **ret,
                               struct kc_err *err);
