/* HashiCorp Vault, by version 2 of its key-value engine: an object of fields under each path. */
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"
#include "headrace/headrace.h"
#include "vault/vault_int.h"
#include "json/json.h"

static hr_status take_vault_token(hr_net_vault *v, const char **token, hr_error *err)
{
    const char *home = getenv("HOME"); // NOLINT(concurrency-mt-unsafe): nobody sets it
    hr_buf text = {.limit = 4096};

    HR_TRY(hr_vault_setting(v, "credentials", "token", "VAULT_TOKEN", true, token, err));
    const char *file = *token || !home ? NULL : hr_vault_join(v, home, "/.vault-token", "");
    if (file && hr_read_file(file, &text, NULL) == HR_OK) {
        while (text.len && strchr("\r\n ", text.data[text.len - 1]))
            text.len--;
        *token = hr_arena_strndup(&v->arena, hr_buf_str(&text));
    }
    hr_buf_release(&text);
    return *token ? hr_secret_add(hr_str_from(*token), err)
                  : hr_vault_need(v, "credentials", "token", "VAULT_TOKEN", true, token, err);
}

static hr_status configure_hashicorp(hr_net_vault *v, yyjson_mut_doc *doc, yyjson_mut_val *client,
                                     hr_error *err)
{
    const char *address = NULL, *token = NULL, *space = NULL, *mount = NULL, *prefix = NULL;

    HR_TRY(hr_vault_need(v, NULL, "address", "VAULT_ADDR", false, &address, err));
    HR_TRY(take_vault_token(v, &token, err));
    HR_TRY(hr_vault_setting(v, NULL, "namespace", "VAULT_NAMESPACE", false, &space, err));
    HR_TRY(hr_vault_setting(v, NULL, "mount", NULL, false, &mount, err));
    HR_TRY(hr_vault_setting(v, NULL, "secret_name_prefix", NULL, false, &prefix, err));
    v->prefix = prefix ? prefix : "dlt/";
    v->folder = hr_vault_join(v, "v1/", mount ? mount : "secret", "/data/");
    yyjson_mut_val *headers = yyjson_mut_obj_add_obj(doc, client, "headers");
    return v->folder && headers &&
                   hr_vault_put(doc, client, "base_url", hr_vault_join(v, address, "/", "")) &&
                   hr_vault_put(doc, headers, "X-Vault-Token", token) &&
                   hr_vault_put(doc, headers, "X-Vault-Request", "true") &&
                   hr_vault_put(doc, headers, "X-Vault-Namespace", space)
               ? HR_OK
               : hr_nomem(err);
}

static hr_status ask_hashicorp(hr_net_vault *v, const char *name, hr_http_response **out,
                               hr_error *err)
{
    return hr_vault_get(v, name, "", out, err);
}

static hr_vault_answer refusal_of_hashicorp(const hr_http_response *r)
{
    const int status = hr_http_response_status(r);

    if (status == 403)
        return HR_VAULT_DENIED;
    return status == 404 ? HR_VAULT_ABSENT : HR_VAULT_ERROR;
}

/* {"data": {"data": {FIELD: VALUE ...}, "metadata": ...}} */
static hr_status take_hashicorp(yyjson_val *root, hr_buf *out, bool *found, hr_error *err)
{
    yyjson_val *fields = yyjson_obj_get(yyjson_obj_get(root, "data"), "data");

    *found = yyjson_is_obj(fields);
    if (!*found)
        return HR_OK;
    char *text = hr_json_text(fields, NULL);
    if (!text)
        return hr_nomem(err);
    hr_buf_addz(out, text);
    hr_free(text);
    return HR_OK;
}

const hr_vault_kind hr_hashicorp_vault = {
    .label = "HashiCorp Vault",
    .denied = "HashiCorp Vault (which denied access)",
    .section = "hashicorp_vault",
    .enable = "enable_hashicorp_vault",
    .separator = '/',
    .by_path = true,
    .configure = configure_hashicorp,
    .ask = ask_hashicorp,
    .refusal = refusal_of_hashicorp,
    .take = take_hashicorp,
};
