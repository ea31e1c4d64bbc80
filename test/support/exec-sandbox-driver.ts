// A program that enters the product's sandbox. Arguments: what to do (`enter COMMAND…`, `report`, `support`); `AUDIT` names a file to hand in.
import { openSync } from 'node:fs';
import { enterSandbox, prepareSandbox, sandboxSupport } from '../../src/exec/sandbox.js';
import { toNetnsError } from '../../src/model/errors.js';

const [mode, ...argv] = process.argv.slice(2);
const audit = process.env['AUDIT'];
try {
  if (mode === 'enter') process.exitCode = await enterSandbox({ argv, env: process.env, ...(audit ? { auditDescriptor: openSync(audit, 'a') } : {}) });
  if (mode === 'report') process.stdout.write(JSON.stringify(prepareSandbox()));
  if (mode === 'wait') {
    prepareSandbox();
    process.stdout.write('waiting\n');
    setInterval(() => {}, 1_000);
  }
  if (mode === 'support') process.stdout.write(JSON.stringify(await sandboxSupport()));
} catch (error) {
  process.stdout.write(JSON.stringify(toNetnsError(error).toValue()));
  process.exitCode = 99;
}
