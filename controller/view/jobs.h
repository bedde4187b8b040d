/* jobs: a few threads and a bounded queue in front of them. Private to view. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "controller/base/err.h"

struct kc_jobs;

struct kc_jobs *kc_jobs_start(unsigned threads, size_t max_waiting, struct kc_err *err);
/* Waits for what runs and what waits; accepts NULL, returns NULL. */
struct kc_jobs *kc_jobs_stop(struct kc_jobs *j);
/* False: max_waiting wait already, or it is being stopped; run is not called then. Any thread. */
bool kc_jobs_add(struct kc_jobs *j, void (*run)(void *arg), void *arg);
