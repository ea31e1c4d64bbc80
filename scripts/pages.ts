// The pages that follow from the declarations: path → text.
import { readFileSync } from 'node:fs';
import { OPERATIONS } from '../src/change/operations/table.js';
import { policySchemaText } from '../src/policy/format.js';
import { errorsReference } from '../src/server/reference/errors.js';
import { toolsReference, withToolsTable } from '../src/server/reference/tools.js';
import { TOOLS } from '../tools/index.js';

export const pages: Readonly<Record<string, string>> = {
  'docs/tools.md': toolsReference(TOOLS, OPERATIONS),
  'docs/errors.md': errorsReference(),
  // Only the table of tools in it.
  'README.md': withToolsTable(readFileSync('README.md', 'utf8'), TOOLS),
  'policies/policy.schema.json': policySchemaText(),
};
