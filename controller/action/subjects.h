/* subjects: whom a role is bound to, as the flags --user, --group and --serviceaccount say. Private to action. */
#pragma once

#include "controller/action/action.h"

#define KC_RBAC_GROUP "rbac.authorization.k8s.io"

/* Appends rbac/v1 Subjects: users, groups, then service accounts (NAMESPACE:NAME). INVALID names the value. */
KC_CHECK bool kc_subjects_read(struct kc_arena *a, const struct kc_action *act, json_t *to, struct kc_err *err);
