/* probes: what the kubelet and Prometheus ask a running process, in the shape that Kubernetes components answer in.
 *
 * GET /livez, /healthz (the same checks) and /readyz: 200 "ok" when every check passes; otherwise 500 (503 for /readyz)
 * with one line a check, "[+]name ok" or "[-]name failed: why". ?verbose shows the lines in any case, ?exclude=name
 * leaves a check out. A check that is only told stands among /readyz's lines, as "[~]name: why" while it fails, and
 * counts for nothing. GET /metrics: every registered metric and those of the process, Prometheus text format 0.0.4.
 *
 * Checks run on the server's thread for each request: they look at a flag or a time-stamp and never block. Checks are
 * added before the server runs or on its thread.
 */
#pragma once

#include "controller/httpd/server.h"

enum kc_probe_kind { KC_PROBE_LIVE = 1, KC_PROBE_READY = 2, KC_PROBE_TOLD = 4 }; /* flags */

struct kc_probes;

/* False with err: the check fails. The message is shown to whoever can reach the port: no names of objects or people.
 */
typedef bool (*kc_probe_fn)(void *arg, struct kc_err *err);

/* Registers its paths with s, which must not be served any more when the probes are destroyed. */
struct kc_probes *kc_probes_create(struct kc_httpd *s);
struct kc_probes *kc_probes_destroy(struct kc_probes *p); /* accepts NULL, returns NULL */
/* name: a constant like "informer-sync"; kinds: which endpoints ask it, kc_probe_kind flags. At most 32 checks: one
 * more aborts. */
void kc_probes_add(struct kc_probes *p, const char *name, unsigned kinds, kc_probe_fn fn, void *arg);
