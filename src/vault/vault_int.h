/* vault_int.h -- what the vaults have in common, and what a kind of them says. */
#ifndef HR_VAULT_VAULT_INT_H
#define HR_VAULT_VAULT_INT_H

#include <yyjson.h>

#include "base/map.h"
#include "config/doc.h"
#include "headrace/http.h"
#include "vault/vault.h"

typedef struct hr_net_vault hr_net_vault;

/* What a vault says of one name. */
typedef enum hr_vault_answer {
    HR_VAULT_ABSENT,
    HR_VAULT_DENIED,
    HR_VAULT_FOUND,
    HR_VAULT_ERROR, /* none of these: the request failed */
} hr_vault_answer;

typedef struct hr_vault_kind {
    const char *label;
    const char *denied;  /* the label once it refused something */
    const char *section; /* of providers */
    const char *enable;  /* the key of `providers` that switches it on */
    char separator;      /* between the parts of a name */
    bool by_path;        /* what has a name is an object of fields; else a document of any depth */
    /* Puts what the client needs into `client`, an object of http-client.md's keys. */
    hr_status (*configure)(hr_net_vault *v, yyjson_mut_doc *doc, yyjson_mut_val *client,
                           hr_error *err);
    /* Asks for what has the name; the caller owns *out. */
    hr_status (*ask)(hr_net_vault *v, const char *name, hr_http_response **out, hr_error *err);
    /* What an answer means whose status is not 200. */
    hr_vault_answer (*refusal)(const hr_http_response *r);
    /* Appends the secret in the JSON of an answer whose status is 200; *found: it has one. */
    hr_status (*take)(yyjson_val *root, hr_buf *out, bool *found, hr_error *err);
} hr_vault_kind;

extern const hr_vault_kind hr_hashicorp_vault, hr_google_secrets, hr_aws_secrets;

struct hr_net_vault {
    hr_vault base;
    const hr_vault_kind *kind;
    hr_lookup *lookup; /* where its settings are */
    const char *pipeline;
    const char *prefix; /* of names */
    const char *folder; /* of URLs */
    bool singles;       /* a key may have a secret of its own */
    hr_http_client *client;
    hr_map documents; /* name -> one of the list */
    struct hr_vault_document *newest;
    hr_arena arena;
};

/* A setting of the vault, providers.SECTION.[GROUP.]NAME, else the environment's variable. NULL:
 * neither. It lives as long as the vault. */
hr_status hr_vault_setting(hr_net_vault *v, const char *group, const char *name,
                           const char *variable, bool secret, const char **out, hr_error *err);

/* The same; HR_E_CONFIG when there is none. */
hr_status hr_vault_need(hr_net_vault *v, const char *group, const char *name, const char *variable,
                        bool secret, const char **out, hr_error *err);

/* Adds a member, if there is a text; false: out of memory. */
bool hr_vault_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, const char *text);

/* Three texts in a row, for the vault's life; NULL: out of memory. */
const char *hr_vault_join(hr_net_vault *v, const char *a, const char *b, const char *c);

/* Sends a request, which may be repeated; the other gets the URL of a name in the vault's folder.
 * The caller owns *out. */
hr_status hr_vault_send(hr_net_vault *v, const hr_http_request *request, hr_http_response **out,
                        hr_error *err);
hr_status hr_vault_get(hr_net_vault *v, const char *name, const char *end, hr_http_response **out,
                       hr_error *err);

/* Appends what the vault has under the name. */
hr_status hr_vault_read(hr_net_vault *v, const char *name, hr_buf *out, hr_vault_answer *answer,
                        hr_error *err);

hr_status hr_vault_add_base64(const char *base64, hr_buf *out, hr_error *err);

#endif
