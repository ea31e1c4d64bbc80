// set_resolver
import { z } from 'zod';
import { IpAddress } from '../../../model/ip.js';
import { defineOperation } from '../../operation.js';
import { fileOperation, foreseeFile, HostName, OfNamespace, planFile } from '../../parts/settings/own-file.js';

const Input = z.strictObject({
  namespace: OfNamespace,
  // The resolver of the C library asks no more (MAXNS, resolv.h).
  nameservers: z.array(IpAddress).max(3).default([]),
  search: z.array(HostName).max(6).default([]).describe('Domains tried in turn'),
  options: z
    .array(z.string().regex(/^[a-z][a-z0-9-]{0,30}(:\d{1,4})?$/, 'an option of resolv.conf(5)'))
    .max(12)
    .default([])
    .describe('E.g. ndots:2'),
});

/** The text of resolv.conf(5); null when it would say nothing. */
function textOf({ nameservers, search, options }: z.output<typeof Input>): string | null {
  const lines = [
    ...nameservers.map((address) => `nameserver ${address}`),
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
  ];
  return lines.length === 0 ? null : `${lines.join('\n')}\n`;
}

/** Gives a namespace a resolv.conf of its own. Equivalent to: writing /etc/netns/NAME/resolv.conf (ip-netns(8), resolv.conf(5)). */
export const setResolver = defineOperation({
  ...fileOperation('resolv.conf'),
  name: 'set_resolver',
  title: 'Set the name servers of a namespace',
  description: "Writes a namespace's own resolv.conf; with nothing in it the namespace uses the host's again. Programs started later see it.",
  input: Input,
  plan: (input, world) => planFile(world, input.namespace, 'resolv.conf', textOf(input)),
  foresee: (input, foreseen) => foreseeFile(foreseen, input.namespace, 'resolv.conf', textOf(input)),
});
