// The pages that follow from the declarations: path → text.
import { policySchemaText } from '../src/policy/format.js';
import { errorsReference, toolsReference } from '../src/server/reference.js';
import { TOOLS } from '../tools/index.js';

export const pages: Readonly<Record<string, string>> = {
  'docs/tools.md': toolsReference(TOOLS),
  'docs/errors.md': errorsReference(),
  'policies/policy.schema.json': policySchemaText(),
};
