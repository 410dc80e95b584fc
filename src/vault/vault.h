/* vault.h -- places over the network where secrets are kept: HashiCorp Vault, AWS Secrets Manager
 * and Google Secret Manager. Which are switched on and how they are reached is looked for in the
 * sections `providers` and `providers.NAME` (docs/configuration.md). */
#ifndef HR_VAULT_VAULT_H
#define HR_VAULT_VAULT_H

#include "config/lookup.h"

/* For hr_lookup_set_vaults. HR_E_CONFIG: a vault is switched on and lacks an address or
 * credentials. No request is made yet. */
hr_status hr_vaults_open(hr_lookup *l, const char *pipeline, hr_vault *vaults[HR_MOST_VAULTS + 1],
                         hr_error *err);

#endif
