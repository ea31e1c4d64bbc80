// Confined runs and probes from within a process of their own: requests as one JSON list on standard input, answers as another on standard output.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { confinedWork, runConfined } from '../../src/exec/confine.js';
import { NamespaceHandle } from '../../src/exec/handle.js';
import { toNetnsError } from '../../src/model/errors.js';
import { Permit } from '../../src/model/permit.js';
import { planProbe } from '../../src/probe/probe.js';

const Place = {
  namespace: z.string(),
  names: z.array(z.string()).default([]),
  between: z.array(z.array(z.string())).default([]),
  searchPath: z.string().optional(),
};
const Confined = z.strictObject({
  ...Place,
  run: z.array(z.string()),
  capabilities: z.array(z.string()).default([]),
  timeoutMs: z.number().default(5_000),
  maxOutputBytes: z.number().optional(),
  stdin: z.string().optional(),
  cancelAfterMs: z.number().optional(),
  permitFor: z.array(z.string()).optional(),
});
const Probe = z.strictObject({
  ...Place,
  probe: z.enum(['icmp', 'tcp', 'udp']),
  to: z.string(),
  port: z.number().nullable().default(null),
  count: z.number().default(1),
  timeoutMs: z.number().default(1_000),
});
const Request = z.union([Confined, Probe]);

async function answer(request: z.output<typeof Request>): Promise<unknown> {
  const { namespace, names, between, searchPath } = request;
  using handle = NamespaceHandle.open(namespace);
  const isHost = namespace === '/proc/self/ns/net';
  const place = { reference: names[0] ?? namespace, inode: handle.inode, names, isHost, owned: false, path: handle.path, entry: { path: namespace } };
  const path = searchPath === undefined ? {} : { searchPath };
  for (const [program = '', ...args] of between) execFileSync(program, args);
  if ('probe' in request) {
    const { to, probe: protocol, port, count, timeoutMs } = request;
    const planned = planProbe({ place, to, protocol, port, count, timeoutMs, ...path });
    return await planned.send(Permit.issue(planned.work));
  }
  const { run, capabilities, timeoutMs, maxOutputBytes, stdin, cancelAfterMs, permitFor } = request;
  const command = { program: run[0] ?? '', argv: run, capabilities, package: 'its-package' };
  const permit = Permit.issue(confinedWork(place, { argv: permitFor ?? run }));
  const signal = cancelAfterMs === undefined ? undefined : AbortSignal.timeout(cancelAfterMs);
  return await runConfined({
    place,
    command,
    permit,
    timeoutMs,
    signal,
    ...path,
    ...(maxOutputBytes === undefined ? {} : { maxOutputBytes }),
    ...(stdin === undefined ? {} : { stdin }),
  });
}

const answers: unknown[] = [];
for (const request of z.array(Request).parse(JSON.parse(readFileSync(0, 'utf8')))) {
  answers.push(
    await answer(request).then(
      (result) => ({ result }),
      (error: unknown) => ({ error: toNetnsError(error).toValue() }),
    ),
  );
}
process.stdout.write(JSON.stringify(answers));
