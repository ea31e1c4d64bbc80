// The tour, second part: one end of the cable moves into a namespace of its own.
import { z } from 'zod';
import { DownLink, InspectedLink, ListedNamespace, linkLine, namespaceLine } from './sights.js';
import { step } from './step.js';

/** What a kernel calls the end that stayed, and what that means. */
function stateOfTheEndThatStayed(operstate: string): string {
  if (operstate === 'LOWERLAYERDOWN') return 'LOWERLAYERDOWN again: veth0 is up, its other end is down.';
  return 'The state means what LOWERLAYERDOWN meant before: veth0 is up, its other end is down. Most kernels write LOWERLAYERDOWN here too; newer ones, like this one, look for the other end in their own namespace only, do not find it there and write DOWN. NO-CARRIER is what all of them show.';
}

export const TWO_NAMESPACES = [
  step({
    title: 'Make a second namespace',
    tool: 'create_namespace',
    with: { name: 'ns1' },
    sees: z.looseObject({ namespace: z.looseObject({ inode: z.number(), names: z.tuple([z.literal('ns1')]) }) }),
    shows: ({ namespace: { inode } }) => [`ns1  inode ${inode}`],
    says: () =>
      'A namespace lives as long as something holds it: a process in it, an open file, or a mount. ip netns add makes one and mounts it on /run/netns/ns1; that file is the name. Inside there is only a loopback link, and that is down.',
    learns: ({ namespace: { inode } }) => ({ ns1: inode }),
  }),
  step({
    title: 'List both, with their ids',
    tool: 'list_namespaces',
    byHand: ['lsns -t net', 'ip netns list-id'],
    sees: z.looseObject({ namespaces: z.array(ListedNamespace).length(2) }),
    holds: ({ namespaces }, { host, ns1 }) =>
      namespaces.every(({ inode }) => inode === host || inode === ns1) ? null : `expected the inodes ${host} (host) and ${ns1} (ns1)`,
    shows: ({ namespaces }) => namespaces.map(namespaceLine),
    says: ({ namespaces }, { ns1 }) =>
      `An nsid is a number that one namespace gives to another, for its own use, once it has to speak of it. ${
        namespaces.some(({ inode, nsid }) => inode === ns1 && nsid !== null)
          ? 'Host has given one to ns1 already.'
          : 'Host has given none to ns1 yet: no link leads there, so there was nothing to say.'
      }`,
  }),
  step({
    title: 'Move one end there',
    tool: 'move_link',
    with: { link: 'veth1', to: 'ns1' },
    sees: z.looseObject({
      change: z.looseObject({
        loses: z.array(z.string()).refine((losses) => losses.some((lost) => lost.includes('10.0.0.2/24')), 'expected the address among the losses'),
      }),
      link: DownLink.extend({ addresses: z.array(z.string()).length(0) }),
    }),
    shows: ({ change: { loses }, link }) => [linkLine(link), `lost: ${loses.join('; ')}`],
    says: () =>
      'The kernel takes the link out of one namespace and registers it in the other as if it were new there. So it arrives down, and its addresses and routes are gone: they were entries in the namespace it left, not properties of the cable. What does come along is the cable itself: its other end is still veth0.',
  }),
  step({
    title: 'Look at the end that stayed',
    tool: 'inspect_namespace',
    with: { sections: ['links'] },
    byHand: ['ip link show dev veth0'],
    sees: z.looseObject({ links: z.array(InspectedLink) }),
    holds: ({ links }) => {
      const veth0 = links.find(({ name }) => name === 'veth0');
      const isAsSaid = veth0?.up && veth0.flags.includes('NO-CARRIER') && veth0.link_netnsid !== null;
      return isAsSaid ? null : 'expected veth0 to be up, with NO-CARRIER and a link-netnsid';
    },
    shows: (_, text) =>
      text
        .split('\n')
        .filter((line) => line.includes('veth0@'))
        .map((line) => line.trim()),
    says: ({ links }) => {
      const veth0 = links.find(({ name }) => name === 'veth0');
      return `@if${veth0?.peer_index}: the other end is the link with index ${veth0?.peer_index} in its own namespace. link-netns ns1: that namespace is ns1. Behind the name stands the number ${veth0?.link_netnsid}, the id that host has given to ns1 now that a link leads there. ${stateOfTheEndThatStayed(veth0?.operstate ?? '')}`;
    },
    learns: ({ links }) => {
      const nsid = links.find(({ name }) => name === 'veth0')?.link_netnsid;
      return typeof nsid === 'number' ? { idOfNs1: nsid } : {};
    },
  }),
  step({
    title: 'Look at the end that moved, from inside',
    tool: 'exec_in_namespace',
    with: { namespace: 'ns1', command: ['ip', 'address', 'show', 'dev', 'veth1'] },
    byHand: ['ip netns exec ns1 ip address show dev veth1'],
    sees: z.looseObject({
      exit_code: z.literal(0),
      stdout: z
        .string()
        .regex(/veth1@if\d+: .* state DOWN /)
        .regex(/link-netnsid \d+/)
        .refine((output) => !/\binet6? /.test(output), 'expected no address'),
    }),
    shows: ({ stdout }) => stdout.trimEnd().split('\n'),
    says: ({ stdout }) =>
      `The command ran inside ns1. veth1 is down, and where its addresses were there is nothing. Now the number that many guides get wrong: link-netnsid ${/link-netnsid (\d+)/.exec(stdout)?.[1]} is not the id of ns1, where veth1 is. It is the id that ns1 has given to the namespace where the other end lives.`,
  }),
  step({
    title: 'Whose number is it?',
    tool: 'inspect_netns_id',
    with: { link: 'veth1', relative_to: 'ns1' },
    sees: z.looseObject({ nsid: z.number(), namespace: z.looseObject({ inode: z.number() }) }),
    holds: ({ namespace: { inode } }, { host }) => (inode === host ? null : `expected the inode of host, ${host}`),
    shows: ({ nsid, namespace: { inode } }) => [`as ns1 counts, id ${nsid} is inode ${inode}: host`],
    says: ({ nsid }, { idOfNs1 }) =>
      `In ns1 the number ${nsid} means host; in host the number ${idOfNs1} means ns1. ${
        nsid === idOfNs1 ? 'That they are equal is chance: each namespace counts for itself, from 0.' : 'Each namespace counts for itself.'
      } An nsid says nothing without the namespace that gave it, so this tool always asks: relative to which?`,
    learns: ({ nsid }) => ({ idOfHost: nsid }),
  }),
  step({
    title: 'Try what is not allowed',
    tool: 'exec_in_namespace',
    with: { namespace: 'ns1', command: ['ip', 'netns', 'exec', 'ns1', 'sh'] },
    isRefused: true,
    sees: z.looseObject({ code: z.literal('COMMAND_REFUSED') }),
    shows: (_, text) => [text],
    says: () =>
      'There is no shell here, and no command that starts another. The list of programs is closed, and for each it says which words may stand where, abbreviations included; the sandbox widens what may be changed, not what may be run. A refusal names a way that is allowed, so that an assistant can go on.',
  }),
];
