#include "pipeline/arrow_contract.h"

#include "headrace/headrace.h"

static hr_status judge_column(hr_contract contract, const hr_table *t, const hr_column_spec *spec,
                              hr_arrow_verdict *out, hr_error *err)
{
    out->mode = (hr_contract_mode)contract.columns;
    out->why = out->mode == HR_DISCARD_ROW ? HR_DISCARD_ROW_OF_COLUMN : HR_DISCARD_NEW_COLUMN;
    if (out->mode == HR_FREEZE)
        return hr_fail(err, HR_E_SCHEMA,
                       "table \"%s\": schema_contract columns: freeze refuses the new column "
                       "\"" HR_STR_FMT "\" of the stream, a %s",
                       t->name, HR_STR_ARG(spec->name), hr_type_name(spec->type));
    return HR_OK;
}

static hr_status judge_type(hr_contract contract, const hr_table *t, const hr_column *there,
                            const hr_column_spec *spec, hr_arrow_verdict *out, hr_error *err)
{
    out->mode = (hr_contract_mode)contract.data_type;
    out->why = out->mode == HR_DISCARD_ROW ? HR_DISCARD_ROW_OF_TYPE : HR_DISCARD_NEW_TYPE;
    if (out->mode == HR_FREEZE)
        return hr_fail(err, HR_E_SCHEMA,
                       "table \"%s\": schema_contract data_type: freeze refuses the stream's %s in "
                       "column \"%s\" of type %s",
                       t->name, hr_type_name(spec->type), there->name, hr_type_name(there->type));
    if (out->mode == HR_EVOLVE)
        return hr_fail(err, HR_E_SCHEMA, "table %s: column \"%s\" is %s and the stream brings %s",
                       t->name, there->name, hr_type_name(there->type), hr_type_name(spec->type));
    return HR_OK;
}

hr_status hr_arrow_judge(hr_contract contract, const hr_table *t, bool new_table,
                         const hr_column *there, const hr_column_spec *spec, hr_arrow_verdict *out,
                         hr_error *err)
{
    *out = (hr_arrow_verdict){.mode = HR_EVOLVE};
    if (there && there->type != HR_TYPE_NONE)
        return there->type == spec->type ? HR_OK : judge_type(contract, t, there, spec, out, err);
    return new_table ? HR_OK : judge_column(contract, t, spec, out, err);
}
