// Runs inside a sandbox: captures, compares and restores what it is told to on standard input.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Touch } from '../../src/change/operation.js';
import { capture, recapture } from '../../src/change/restore/capture.js';
import { Captured } from '../../src/change/restore/captured.js';
import { changed, undoable } from '../../src/change/restore/compare.js';
import { OtherEnds } from '../../src/change/restore/other-ends.js';
import { restore } from '../../src/change/restore/restore.js';
import type { HeldNamespace } from '../../src/kernel/kernel.js';
import { LiveKernel } from '../../src/kernel/live.js';
import { Marks } from '../../src/kernel/marks.js';
import { readNamespace } from '../../src/kernel/reading/read.js';
import { EVERYTHING } from '../../src/kernel/view.js';
import { pathInto } from '../../src/model/change.js';
import type { NamespaceState, Section } from '../../src/model/snapshot.js';

const SECTIONS: Section[] = ['links', 'addresses', 'routes'];
const Request = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('capture'), touches: z.array(z.record(z.string(), z.unknown())), references: z.array(z.string()) }),
  z.strictObject({ method: z.literal('recapture'), before: Captured, references: z.array(z.string()) }),
  z.strictObject({ method: z.literal('changed'), before: Captured, after: Captured }),
  z.strictObject({ method: z.literal('undoable'), before: Captured, after: Captured, now: Captured }),
  z.strictObject({ method: z.literal('restore'), shall: Captured, made: Captured.optional(), only: z.array(z.string()).optional() }),
]);
type Request = z.infer<typeof Request>;

async function look(references: readonly string[]) {
  const kernel = new LiveKernel(new Marks('/run/none'), EVERYTHING);
  const places = new Map<string, HeldNamespace>();
  const states = new Map<number, NamespaceState>();
  for (const reference of references) {
    const place = await kernel.resolve(reference).catch(() => null);
    if (place) places.set(reference, place);
  }
  for (const place of places.values()) states.set(place.inode, (await readNamespace(pathInto(place), SECTIONS)).state);
  const all = () => [...places.values()].map(({ inode, names }) => ({ inode, names, state: states.get(inode) ?? {} }));
  for (const place of places.values()) {
    const own = all().find(({ inode }) => inode === place.inode);
    if (own && new OtherEnds(all()).needIds(own)) states.set(place.inode, { ...own.state, ...(await readNamespace(pathInto(place), ['nsids'])).state });
  }
  return { places, states };
}

async function handle(request: Request): Promise<unknown> {
  switch (request.method) {
    case 'capture': {
      const { places, states } = await look(request.references);
      return capture(places, states, request.touches as Touch[]);
    }
    case 'recapture': {
      const { places, states } = await look(request.references);
      return recapture(request.before, places, states);
    }
    case 'changed':
      return changed(request.before, request.after);
    case 'undoable':
      return undoable(request.before, request.after, request.now);
    case 'restore': {
      const { shall, made, only } = request;
      const started = performance.now();
      const result = await restore({ shall, sections: SECTIONS, ...(made ? { made } : {}), ...(only ? { only: new Set(only) } : {}) });
      return { ...result, ms: performance.now() - started };
    }
  }
}

const answer = await handle(Request.parse(JSON.parse(readFileSync(0, 'utf8'))));
process.stdout.write(JSON.stringify(answer));
