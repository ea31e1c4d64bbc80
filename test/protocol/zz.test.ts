// temporary
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from '../support/fixture.js';
import { until } from '../support/sandbox.js';
import { Wire } from '../support/wire.js';
for (const signal of ['SIGKILL', 'SIGINT', 'cancel'] as const)
test(`x ${signal}`, async ({ sandbox }) => {
  const wire = await Wire.open(sandbox, { });
  const id = wire.request('tools/call', { name: 'exec_in_namespace', arguments: { command: ['ping', '-c', '50', '127.0.0.1'], timeout_ms: 60000} });
  await until('ping runs', async () => (await sandbox.ok(['ps', '-eo', 'comm'])).split('\n').includes('ping'));
  process.stderr.write(await sandbox.ok(['ps', '-eo', 'pid,ppid,stat,args']));
  const t = performance.now();
  if (signal === 'cancel') wire.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason: 'x' } });
  else { process.kill(wire.started.pid, signal);
  await wire.started.ended;}
  process.stderr.write(`${signal} ended ${performance.now() - t}\n`);
  for (let i = 0; i < 4; i++) { process.stderr.write(await sandbox.ok(['ps', '-eo', 'pid,ppid,stat,args'])); await sleep(500); }
});
