/* facts: what an object's JSON says of its state, as kubectl's columns do. Private to plan.
 *
 * Fills ready, restarts, status, node, unschedulable, paused, created_ms, containers and labels of *ret, whose mapping
 * is set. Copies in the arena.
 */
#pragma once

#include "controller/plan/inventory.h"

void kc_object_facts(struct kc_arena *a, const json_t *object, struct kc_object *ret);
