/* probe server: the probes (probes.h) on a thread and a loop of their own, plain HTTP. */
#pragma once

#include "controller/runtime/probes.h"

struct kc_probe_server;

/* address and port as in kc_httpd_options. */
struct kc_probe_server *kc_probe_server_create(const char *address, uint16_t port, struct kc_err *err);
struct kc_probes *kc_probe_server_probes(struct kc_probe_server *s); /* to add checks before it runs */
uint16_t kc_probe_server_port(const struct kc_probe_server *s);
KC_CHECK bool kc_probe_server_run(struct kc_probe_server *s, struct kc_err *err); /* starts the thread */
struct kc_probe_server *kc_probe_server_destroy(struct kc_probe_server *s);       /* accepts NULL, returns NULL */
