/* arrow_contract.h -- what a schema contract says of the columns of an Arrow stream.
 *
 * A stream's types are those of all its rows, so a contract is asked once for each column: whether
 * it is new, or has another type than the table's. */
#ifndef HR_PIPELINE_ARROW_CONTRACT_H
#define HR_PIPELINE_ARROW_CONTRACT_H

#include "normalize/shredder.h"
#include "schema/contract.h"

typedef struct hr_arrow_verdict {
    hr_contract_mode mode; /* EVOLVE: the column is taken; DISCARD_ROW: rows with a value in it are
                              left out; DISCARD_VALUE: its values are */
    hr_discard why;
} hr_arrow_verdict;

/* `there`: the table's column, NULL: none. `new_table`: it had no columns when the run began, so
 * all are welcome, as with JSON. HR_E_SCHEMA: a freeze, or a type that no contract says a word of.
 */
HR_NODISCARD hr_status hr_arrow_judge(hr_contract contract, const hr_table *t, bool new_table,
                                      const hr_column *there, const hr_column_spec *spec,
                                      hr_arrow_verdict *out, hr_error *err);

#endif
