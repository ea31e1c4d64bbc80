// set_hosts
import { z } from 'zod';
import { IpAddress } from '../../../model/ip.js';
import { defineOperation } from '../../operation.js';
import { fileOperation, foreseeFile, HostName, OfNamespace, planFile } from '../../parts/settings/own-file.js';

const Input = z.strictObject({
  namespace: OfNamespace,
  entries: z.array(z.strictObject({ address: IpAddress, names: z.array(HostName).min(1).max(32) })).max(1000).describe("Empty: the host's file again"), // biome-ignore format: one thought
});

/** The text of hosts(5); null when it would say nothing. */
function textOf({ entries }: z.output<typeof Input>): string | null {
  return entries.length === 0 ? null : entries.map(({ address, names }) => `${address} ${names.join(' ')}\n`).join('');
}

/** Gives a namespace a hosts file of its own. Equivalent to: writing /etc/netns/NAME/hosts (ip-netns(8), hosts(5)). */
export const setHosts = defineOperation({
  ...fileOperation('hosts'),
  name: 'set_hosts',
  title: 'Set the host names of a namespace',
  description: "Writes a namespace's own hosts file, whole: list localhost as well. Programs started later see it.",
  input: Input,
  plan: (input, world) => planFile(world, input.namespace, 'hosts', textOf(input)),
  foresee: (input, foreseen) => foreseeFile(foreseen, input.namespace, 'hosts', textOf(input)),
});
