/* Google Secret Manager, with the key of a service account. */
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"
#include "headrace/headrace.h"
#include "vault/vault_int.h"

typedef struct service_account {
    const char *project, *email, *key, *token_url;
} service_account;

/* The file of $GOOGLE_APPLICATION_CREDENTIALS, for what the settings leave out. */
static hr_status complete_account(hr_net_vault *v, service_account *a, hr_error *err)
{
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it
    const char *file = getenv("GOOGLE_APPLICATION_CREDENTIALS");
    const struct {
        const char *key, **field;
    } members[] = {{"project_id", &a->project},
                   {"client_email", &a->email},
                   {"private_key", &a->key},
                   {"token_uri", &a->token_url}};
    hr_buf text = {.limit = 1 << 16};
    hr_doc *doc = NULL;

    if (!file || !*file)
        return HR_OK;
    hr_status st = hr_read_file(file, &text, err);
    if (st == HR_OK)
        st = hr_doc_parse_json(&doc, hr_buf_str(&text), file, err);
    for (size_t i = 0; st == HR_OK && i < sizeof(members) / sizeof(members[0]); i++) {
        const char *found = yyjson_get_str(yyjson_obj_get(hr_doc_root(doc), members[i].key));

        if (found && !*members[i].field)
            *members[i].field = hr_arena_strndup(&v->arena, hr_str_from(found));
    }
    hr_doc_free(doc);
    hr_buf_release(&text);
    return st;
}

static hr_status find_account(hr_net_vault *v, service_account *a, hr_error *err)
{
    static const char group[] = "credentials";
    static const char file[] = "GOOGLE_APPLICATION_CREDENTIALS";
    const char *ignored = NULL;

    HR_TRY(hr_vault_setting(v, group, "project_id", NULL, false, &a->project, err));
    HR_TRY(hr_vault_setting(v, group, "client_email", NULL, false, &a->email, err));
    HR_TRY(hr_vault_setting(v, group, "private_key", NULL, true, &a->key, err));
    HR_TRY(hr_vault_setting(v, group, "token_uri", NULL, false, &a->token_url, err));
    HR_TRY(complete_account(v, a, err));
    if (!a->token_url)
        a->token_url = "https://oauth2.googleapis.com/token";
    if (!a->project)
        return hr_vault_need(v, group, "project_id", file, false, &ignored, err);
    if (!a->email)
        return hr_vault_need(v, group, "client_email", file, false, &ignored, err);
    return a->key ? hr_secret_add(hr_str_from(a->key), err)
                  : hr_vault_need(v, group, "private_key", file, true, &ignored, err);
}

static hr_status configure_google(hr_net_vault *v, yyjson_mut_doc *doc, yyjson_mut_val *client,
                                  hr_error *err)
{
    const char *endpoint = NULL;
    service_account a = {0};

    HR_TRY(find_account(v, &a, err));
    HR_TRY(hr_vault_setting(v, NULL, "endpoint_url", NULL, false, &endpoint, err));
    endpoint =
        hr_vault_join(v, endpoint ? endpoint : "https://secretmanager.googleapis.com", "/", "");
    v->folder = hr_vault_join(v, "v1/projects/", a.project, "/secrets/");
    yyjson_mut_val *auth = yyjson_mut_obj_add_obj(doc, client, "auth");
    return v->folder && endpoint && auth && hr_vault_put(doc, client, "base_url", endpoint) &&
                   hr_vault_put(doc, auth, "type", "oauth2_jwt_bearer") &&
                   hr_vault_put(doc, auth, "client_id", a.email) &&
                   hr_vault_put(doc, auth, "private_key", a.key) &&
                   hr_vault_put(doc, auth, "auth_endpoint", a.token_url) &&
                   hr_vault_put(doc, auth, "scopes",
                                "https://www.googleapis.com/auth/cloud-platform")
               ? HR_OK
               : hr_nomem(err);
}

static hr_status ask_google(hr_net_vault *v, const char *name, hr_http_response **out,
                            hr_error *err)
{
    return hr_vault_get(v, name, "/versions/latest:access", out, err);
}

/* 403 also says that there is no such secret, to those who may not list them; 400, that its latest
 * version is disabled. */
static hr_vault_answer refusal_of_google(const hr_http_response *r)
{
    const int status = hr_http_response_status(r);

    if (status == 403)
        return HR_VAULT_DENIED;
    return status == 404 || status == 400 ? HR_VAULT_ABSENT : HR_VAULT_ERROR;
}

static hr_status take_google(yyjson_val *root, hr_buf *out, bool *found, hr_error *err)
{
    const char *data = yyjson_get_str(yyjson_obj_get(yyjson_obj_get(root, "payload"), "data"));

    *found = data != NULL;
    return data ? hr_vault_add_base64(data, out, err) : HR_OK;
}

const hr_vault_kind hr_google_secrets = {
    .label = "Google Secret Manager",
    .denied = "Google Secret Manager (which denied access)",
    .section = "google_secrets",
    .enable = "enable_google_secrets",
    .separator = '-',
    .configure = configure_google,
    .ask = ask_google,
    .refusal = refusal_of_google,
    .take = take_google,
};
