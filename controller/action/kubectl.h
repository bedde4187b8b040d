/* kubectl: commands as text <-> actions. Strict: what is not understood whole is refused with a message that says which
 * word and what to write instead; nothing is guessed, nothing dropped. Pure.
 *
 * Words are split as POSIX sh does (XCU 2.2: quotes, backslash), and every unquoted shell metacharacter (; | & $ ` < >
 * ( ) # * ? [ ~ newline) is refused, but for one here-document (XCU 2.7.4) at the end in which a shell would expand
 * nothing: kubectl apply --server-side -f - <<'EOF'. The form in which documentation writes it, cat <<'EOF' | kubectl
 * apply --server-side -f -, is read as the same. Global flags that change identity or target (--as*, --kubeconfig,
 * --context,
 * --cluster, --server/-s, --token, --user, ...), every spelling of --dry-run, and interactive flags are refused by name
 * with the reason. pflag spelling: --flag=value, --flag value, -n value, -nvalue, -n=value; a boolean takes
 * =true/=false;
 * "--" ends flags.
 */
#pragma once

#include "controller/action/action.h"

enum kc_flag_kind {
    KC_FLAG_STRING,
    KC_FLAG_INT,  /* plain decimals from min to max; both 0: from 0 to 2^31-1 */
    KC_FLAG_BOOL, /* "true"; what is given as false is not given */
    KC_FLAG_LIST  /* may be repeated; the values are joined by KC_LIST_SEPARATOR */
};
#define KC_LIST_SEPARATOR "\x1F" /* no command holds one: control characters are refused */

struct kc_flag {
    const char *name; /* "replicas" */
    char letter;      /* 0: none */
    enum kc_flag_kind kind;
    bool required;
    bool may_be_empty;  /* --from-literal= and the like: "" is a value */
    const char *bare;   /* the value of the flag written alone (pflag's NoOptDefVal); NULL: a value has to follow */
    const char *dflt;   /* what it means when it is not given: the canonical form leaves such a value out */
    const char *one_of; /* KC_FLAG_STRING: the values there are, each with "|" on both sides; NULL: any */
    int64_t min, max;   /* KC_FLAG_INT */
};

/* Where names are looked up: the server's types, the namespace of a command that names none. */
struct kc_kubectl_context {
    const struct kc_restmap *restmap;
    const char *default_namespace;
};

struct kc_actions {
    struct kc_action *v;
    size_t n;
};

#define KC_COMMAND_LINE_MAX 4096   /* bytes of the line */
#define KC_COMMAND_MAX      65536  /* with a here-document */
#define KC_COMMANDS_MAX     262144 /* of one request, all together */

/* Whether a request's commands are not too long together; INVALID with the way out. */
KC_CHECK bool kc_commands_fit(const struct kc_strs *commands, struct kc_err *err);

/* "kubectl scale deployment/checkout -n shop --replicas=5" (the leading "kubectl" may be absent). One command may name
 * several targets: one action each, in order. INVALID on anything else. */
KC_CHECK bool kc_kubectl_parse(struct kc_arena *a, const char *command, const struct kc_kubectl_context *c,
                               struct kc_actions *ret, struct kc_err *err);
/* Syntax only, for admission: words, verb, flags and values, but no type lookup. */
KC_CHECK bool kc_kubectl_check(struct kc_arena *a, const char *command, struct kc_err *err);

/* Canonical command: "kubectl scale deployment/checkout --namespace=shop --replicas=5": the type's singular name, with
 * .group (".version.group" when it is not the preferred one) unless kc_restmap_find of the short form gives the same
 * type; quoted where sh needs it; a manifest as a here-document of YAML. kc_kubectl_parse of it gives an equal action.
 */
const char *kc_kubectl_render(struct kc_arena *a, const struct kc_action *act, const struct kc_restmap *restmap);
/* The same in one line, with a manifest's digest in its place: "kubectl apply --server-side --filename=- #
 * deployment/shop/web, 12 lines, sha256:0123456789ab". What audit rows and messages say. */
const char *kc_kubectl_line(struct kc_arena *a, const struct kc_action *act, const struct kc_restmap *restmap);

/* The same of several actions that differ in their objects' names and types alone: "kubectl delete pod/a pod/b
 * --namespace=shop". n is at least 1. */
const char *kc_kubectl_render_all(struct kc_arena *a, const struct kc_action *v, size_t n,
                                  const struct kc_restmap *restmap);
/* A command as it was written, with its here-document's digest in its place: "kubectl apply --server-side -f - # 12
 * lines, sha256:..." (of the text); itself when it has none. */
const char *kc_command_brief(struct kc_arena *a, const char *command);

/* sh words: fails on an open quote or a metacharacter outside quotes. *ret_input is what a here-document at the
 * command's end says, NULL when there is none: its delimiter is quoted, or nothing in it means anything to a shell. */
KC_CHECK bool kc_shell_split(struct kc_arena *a, const char *command, struct kc_strs *ret, const char **ret_input,
                             struct kc_err *err);
void kc_shell_quote(struct kc_buf *out, const char *word);
