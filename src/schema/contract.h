/* contract.h -- what data may change of a schema: dlt's schema contracts.
 *
 * Tables, columns and data types each evolve, or changes to them are refused (freeze), or the
 * row or value that would make one is discarded. The contract of a table is that of the first
 * table up its chain of parents that has one, else that of the settings, else all evolves;
 * contracts of several levels are not mixed. */
#ifndef HR_SCHEMA_CONTRACT_H
#define HR_SCHEMA_CONTRACT_H

#include <yyjson.h>

#include "schema/schema.h"

typedef enum hr_contract_mode {
    HR_EVOLVE = 0,
    HR_FREEZE,
    HR_DISCARD_ROW,
    HR_DISCARD_VALUE,
} hr_contract_mode;

typedef struct hr_contract {
    unsigned char tables, columns, data_type; /* hr_contract_mode */
} hr_contract;

/* "evolve", "freeze" ...: a literal. */
const char *hr_contract_mode_name(hr_contract_mode m);

/* System tables always evolve. Modes that are none count as evolve: see hr_contract_check. */
hr_contract hr_table_contract(const hr_schema *s, const hr_table *t);

/* No column of it has a type yet. */
bool hr_table_is_new(const hr_table *t);

/* A mode, or an object of modes by tables, columns and data_type. HR_E_CONFIG: it is neither. */
hr_status hr_contract_check(yyjson_val *given, hr_error *err);

/* Makes it the contract of the table; `t` NULL: of the settings. `given` passed the check. */
hr_status hr_contract_set(hr_schema *s, hr_table *t, yyjson_val *given, hr_error *err);

#endif
