/* Any bytes as YAML: what is accepted can be written as JSON and read again, and means the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/kube/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kc_err err = {0};
    KC_JSON_SCOPE *documents = kc_yaml_parse((const char *)data, size, 65536, "input", &err);
    if (!documents) {
        if (err.class != KC_INVALID || !*err.message)
            abort();
        return 0;
    }
    char *text = json_dumps(documents, JSON_COMPACT);
    if (!text)
        abort();
    KC_JSON_SCOPE *again = kc_yaml_parse(text, strlen(text), 1 << 20, "again", &err);
    const json_t *same = json_array_get(again, 0); /* the array of documents is one document now */
    if (!json_equal(documents, same))
        abort();
    free(text);
    return 0;
}
