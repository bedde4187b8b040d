/* Any bytes as a kubeconfig file, and as what a credential plugin prints. */
#include <stdint.h>
#include <stdlib.h>

#include "controller/base/yaml.h"
#include "controller/kube/kubeconfig.h"
#include "controller/kube/plugin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_fields(struct kc_arena *a, const struct kc_kubeconfig_entry *e)
{
    static const char *const fields[] = {"server", "token", "tokenFile", "as", "certificate-authority", "exec"};
    struct kc_err err = {0};
    struct kc_strs groups;
    const char *text;
    bool flag;
    if (!e->object)
        return;
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        if (!kc_kubeconfig_str(e, fields[i], &text, &err) && err.class != KC_INVALID)
            abort();
    (void)!kc_kubeconfig_bool(e, "insecure-skip-tls-verify", &flag, &err);
    if (kc_kubeconfig_strs(a, e, "as-groups", &groups, &err) && groups.n && !groups.v[groups.n - 1])
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct kc_kubeconfig k;
    struct kc_plugin_credential credential;
    const struct kc_plugin plugin = {.where = "exec", .api_version = "client.authentication.k8s.io/v1"};
    KC_JSON_SCOPE *documents = kc_yaml_parse((const char *)data, size, 65536, "input", &err);
    const json_t *root = json_array_get(documents, 0);
    if (json_is_object(root)) {
        const struct kc_kubeconfig_file files[] = {{"dir/one", root}, {"two", root}};
        if (kc_kubeconfig_choose(a, files, 2, NULL, &k, &err)) {
            read_fields(a, &k.cluster);
            read_fields(a, &k.user);
        }
    }
    if (kc_plugin_parse(&plugin, (const char *)data, size, a, &credential, &err) && !*credential.token &&
        !credential.cert_pem)
        abort();
    return 0;
}
