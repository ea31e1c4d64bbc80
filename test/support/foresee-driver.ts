// Runs inside a sandbox: plans a list of operations, runs its commands as a person would type them, and tells what was foreseen and what came.
import { execFileSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { isAutomatic } from '../../src/change/objects/address.js';
import { type Operation, sectionsOf } from '../../src/change/operation.js';
import { addAddress } from '../../src/change/operations/addresses/add-address.js';
import { deleteAddress } from '../../src/change/operations/addresses/delete-address.js';
import { replaceAddress } from '../../src/change/operations/addresses/replace-address.js';
import { addAltname } from '../../src/change/operations/links/add-altname.js';
import { createVethPair } from '../../src/change/operations/links/create-veth-pair.js';
import { deleteAltname } from '../../src/change/operations/links/delete-altname.js';
import { deleteLink } from '../../src/change/operations/links/delete-link.js';
import { moveLink } from '../../src/change/operations/links/move-link.js';
import { setLink } from '../../src/change/operations/links/set-link.js';
import { createNamespace } from '../../src/change/operations/namespaces/create-namespace.js';
import { deleteNamespace } from '../../src/change/operations/namespaces/delete-namespace.js';
import { addRoute } from '../../src/change/operations/routing/add-route.js';
import { deleteRoute } from '../../src/change/operations/routing/delete-route.js';
import { replaceRoute } from '../../src/change/operations/routing/replace-route.js';
import { PlannedNamespace } from '../../src/change/plan/places.js';
import { type Asked, planList } from '../../src/change/plan/planning.js';
import { shownCommand } from '../../src/change/run/command.js';
import { LiveKernel } from '../../src/kernel/live.js';
import { Marks, stateDirectory } from '../../src/kernel/marks.js';
import { readNamespace } from '../../src/kernel/reading/read.js';
import { EVERYTHING } from '../../src/kernel/view.js';
import { pathInto } from '../../src/model/change.js';
import { toNetnsError } from '../../src/model/errors.js';
import { Held } from '../../src/model/held.js';
import type { NamespaceState, Section } from '../../src/model/snapshot.js';

function erased<Input extends z.ZodObject, Result extends z.ZodRawShape>(operation: Operation<Input, Result>) {
  // All that is compared is read, also where the operation itself does not look.
  const needs = (input: z.output<Input>): Section[] => [...new Set<Section>([...sectionsOf(operation, input), 'links', 'addresses', 'routes'])];
  return {
    name: operation.name,
    ask: (input: unknown) => ({ operation: { ...operation, needs, runsIn: () => [] }, input: operation.input.parse(input) }) as unknown as Asked,
  };
}

const OPERATIONS = [
  ...[erased(addAddress), erased(addAltname), erased(addRoute), erased(createNamespace), erased(createVethPair)],
  ...[erased(deleteAddress), erased(deleteAltname), erased(deleteLink), erased(deleteNamespace), erased(deleteRoute)],
  ...[erased(moveLink), erased(replaceAddress), erased(replaceRoute), erased(setLink)],
];

/** What a person configures, in words that do not depend on what the kernel makes up. */
function plain({ links = [], addresses = [], routes = [] }: NamespaceState): Record<string, string[]> {
  const USER = ['PROMISC', 'ALLMULTI', 'NOARP', 'MULTICAST'];
  const tell = (fields: unknown[]) => fields.map((field) => (Array.isArray(field) ? field.join('+') : String(field))).join(' ');
  return {
    links: links
      .map(({ name, kind, up, mtu, master, alias, altnames, group, tx_queue_len, peer, flags }) =>
        tell([name, kind, up, mtu, master, alias, altnames, group, tx_queue_len, peer, flags.filter((flag) => USER.includes(flag)).sort()]),
      )
      .sort(),
    addresses: addresses
      .filter((address) => {
        const link = links.find(({ index }) => index === address.link_index);
        return (
          address.address !== '::1/128' && !address.address.startsWith('127.') && !(link && isAutomatic(address, link)) && !address.address.startsWith('fe80::')
        );
      })
      .map(({ link, address, peer, broadcast, scope, label, metric, flags, valid_lft_s }) =>
        tell([link, address, peer, broadcast, scope, label, metric, valid_lft_s === null, flags.filter((flag) => flag !== 'tentative').sort()]),
      )
      .sort(),
    routes: routes
      .filter(({ destination, table, protocol }) => !((table === 'local' && protocol === 'kernel') || /^(ff00::|fe80::|::1)/.test(destination)))
      .map(({ family, type, destination, via, device, source, metric, table, protocol, scope, next_hops, metrics, nexthop_id, flags }) =>
        tell([
          ...[family, type, destination, via, device, source, metric, table, protocol, scope, JSON.stringify(metrics ?? {}), nexthop_id],
          next_hops.map((hop) => `${hop.via}/${hop.device}/${hop.weight}`),
          flags.filter((flag) => flag === 'onlink'),
        ]),
      )
      .sort(),
  };
}

const Request = z.array(z.looseObject({ op: z.string() }));

async function carryOut(requests: z.infer<typeof Request>): Promise<unknown> {
  const kernel = new LiveKernel(new Marks(stateDirectory()), EVERYTHING);
  const marks = new Marks(stateDirectory());
  const held = new Held();
  const list = requests.map(({ op, ...input }) => {
    const operation = OPERATIONS.find(({ name }) => name === op);
    if (!operation) throw new Error(`no operation ${op}`);
    return operation.ask(input);
  });
  const { operations, foreseen } = await planList(
    list,
    {
      ...{ kernel, marks, redacts: new Set(), mustLook: true, signal: new AbortController().signal },
      lock: async () => ({ waited: false, [Symbol.dispose]: () => {} }),
      beforeReading: () => 'allow',
    },
    held,
  );
  const touched = [...new Set(list.flatMap(({ operation, input }) => [...operation.namespaces(input), ...(operation.perhaps?.(input) ?? [])]))];
  const expected = Object.fromEntries(touched.map((reference) => [reference, foreseen.find(reference) ? plain(foreseen.state(reference)) : null]));
  const steps = operations.flatMap(({ decided }) => decided.steps);
  const commands = steps.map(shownCommand);
  for (const [at, [program = '', ...args]] of commands.entries()) {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
    const makes = steps[at]?.makes;
    const place = makes === undefined ? null : foreseen.find(makes);
    if (makes !== undefined && place instanceof PlannedNamespace) place.become(held.keep(await kernel.resolve(makes)));
    if (makes !== undefined && place) marks.markNamespace(place.handle);
  }
  // What is held open does not go.
  held[Symbol.dispose]();
  const read = async () => {
    const actual: Record<string, unknown> = {};
    for (const reference of touched) {
      using now = new Held();
      try {
        const place = now.keep(await kernel.resolve(reference));
        actual[reference] = plain((await readNamespace(pathInto(place), ['links', 'addresses', 'routes'])).state);
      } catch {
        actual[reference] = null;
      }
    }
    return actual;
  };
  // The links of a namespace that dies go a moment later.
  let actual = await read();
  for (let round = 0; round < 20 && JSON.stringify(actual) !== JSON.stringify(expected); round++) {
    await setTimeout(100);
    actual = await read();
  }
  const plans = operations.map(({ operation, decided }) => ({
    ...{ op: operation.name, commands: decided.steps.map(shownCommand), loses: decided.loses, undoable: decided.undoable },
    touches: decided.touches ?? [],
  }));
  return { expected, actual, plans };
}

carryOut(Request.parse(JSON.parse(process.argv[2] ?? ''))).then(
  (result) => process.stdout.write(JSON.stringify(result)),
  (error: unknown) => process.stdout.write(JSON.stringify({ error: { ...toNetnsError(error).toValue(), stack: error instanceof Error ? error.stack : '' } })),
);
