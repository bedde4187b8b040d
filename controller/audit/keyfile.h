/* keyfile: the log's private key in a file of its own. */
#pragma once

#include "controller/audit/note.h"

/* Reads the key in path; when there is none, makes one called name and stores it (mode 0600, on disk before it is
 * used). Of several processes that do so at once, one's key is stored and all get that one. An existing key keeps its
 * own name. INVALID when the file holds no key or others may read it; the group may where another user owns it, as the
 * kubelet mounts Secrets. */
struct kc_signer *kc_signer_load_or_create(const char *path, const char *name, struct kc_err *err);
/* NOT_FOUND when there is none. */
struct kc_signer *kc_signer_load(const char *path, struct kc_err *err);

#define KC_KEYFILE_MAX 4096

/* The text of a file that holds a secret, under the same rules; the caller wipes it. INVALID also when it is longer. */
KC_CHECK bool kc_keyfile_read(const char *path, char text[KC_KEYFILE_MAX], struct kc_err *err);
