// temporary
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Wire } from '../support/wire.js';
import { test } from '../support/fixture.js';
test('x', async ({ sandbox }) => {
  const wire = await Wire.open(sandbox, { modern: true });
  await wire.ask('server/discover');
  let t = performance.now();
  const p = wire.started.process;
  const gone = once(p, 'exit');
  p.stdin.end();
  p.kill('SIGTERM');
  const timer = setInterval(() => { try { process.stderr.write(readFileSync(`/proc/${p.pid}/status`, 'utf8').match(/State.*|Sig\w+.*/g)?.join(' ') + ' | ' + readFileSync(`/proc/${wire.started.pid}/status`, 'utf8').match(/State.*/g)?.join(' ') + readFileSync(`/proc/${wire.started.pid}/wchan`, 'utf8') + '\n'); } catch (e) { process.stderr.write(String(e)+'\n'); } }, 100);
  await gone;
  clearInterval(timer);
  process.stderr.write(`end ${performance.now() - t} ${p.exitCode} ${p.signalCode}\n`);
});
