// The tour, fourth part: a namespace pointed at by a process in it; and the end, where everything is taken down.
import { z } from 'zod';
import { having, ListedNamespace, linkLine, namespaceLine, UpLink } from './sights.js';
import { step } from './step.js';

/** Nobody has 10.0.0.9: who asks there waits. */
const WAITING = {
  tool: 'check_reachability',
  arguments: { from: 'ns1', to: '10.0.0.9', protocol: 'udp', port: 9, count: 10, timeout_ms: 10_000 },
};

const Commands = z.looseObject({ commands: z.array(z.array(z.string())) });

const pidOf = (sample: string): number => Number.parseInt(sample, 10);

export const BY_PROCESS = [
  step({
    title: 'Which namespace does a process belong to?',
    background: WAITING,
    tool: 'list_namespaces',
    with: { name: 'ns1' },
    byHand: ({ pid }) => [`readlink /proc/${pid ?? 'PID'}/ns/net`],
    sees: z.looseObject({
      namespaces: z.tuple([ListedNamespace.extend({ processes: z.looseObject({ count: z.number().min(1), sample: z.array(z.string()).min(1) }) })]),
    }),
    holds: ({ namespaces: [{ inode }] }, { ns1 }) => (inode === ns1 ? null : `expected the inode of ns1, ${ns1}`),
    shows: ({ namespaces: [namespace] }) => [namespaceLine(namespace), `processes in it: ${namespace.processes.sample.join(', ')}`],
    says: ({ namespaces: [{ inode, processes }] }) =>
      `In the background a probe waits in ns1 for an answer that nobody sends, so that a process lives there. Every process has its network namespace: /proc/${pidOf(processes.sample[0] ?? '')}/ns/net reads net:[${inode}], and that is the inode of ns1. Most containers have no name in /run/netns, only processes; so a process is the way to point at them.`,
    learns: ({ namespaces: [{ processes }] }) => ({ pid: pidOf(processes.sample[0] ?? '') }),
  }),
  step({
    title: 'Fetch the end home',
    tool: 'move_link',
    with: { link: 'veth1', from: 'ns1', to: 'host', keep_addresses: true, up: true },
    sees: z.looseObject({ change: Commands, link: having(UpLink.extend({ peer: z.literal('veth0') }), '10.0.0.2/24') }),
    shows: ({ link }) => [linkLine(link)],
    says: ({ change: { commands } }) =>
      `The way back. This time keep_addresses and up make good in the same call what the move loses; a call is one change, done whole or taken back to where it began.${commands[0]?.at(-1) === '1' ? ' Host has no name that ip knows, so the command says netns 1: the namespace in which process 1 lives.' : ''}`,
  }),
  step({
    title: 'Move it to where the process lives',
    endsBackground: true,
    tool: 'move_link',
    with: ({ pid }) => ({ link: 'veth1', to: `pid:${pid}`, new_name: 'eth0', keep_addresses: true, up: true }),
    byHand: ({ pid }) => [`ip link set dev veth1 netns ${pid} name eth0`],
    sees: z.looseObject({ link: having(UpLink.extend({ name: z.literal('eth0') }), '10.0.0.2/24') }),
    holds: ({ link: { link_netnsid } }, { idOfHost }) => (link_netnsid === idOfHost ? null : `expected link-netnsid ${idOfHost}, as on veth1 before`),
    shows: ({ link }) => [linkLine(link)],
    says: ({ link: { link_netnsid } }) =>
      `The second round, by a process id and with a new name on the way. The process was looked up once, and all commands worked on the namespace found then: a process id that ends meanwhile and is given to another cannot lead them astray. eth0 shows link-netnsid ${link_netnsid} as veth1 did: the number belongs to the namespace at the other end, not to the link.`,
  }),
];

/** And all of it goes again, in the reverse order. */
export const TAKE_DOWN = [
  step({
    title: 'Take the cable away',
    tool: 'delete_link',
    with: { link: 'veth0' },
    sees: z.looseObject({ links_left: z.tuple([z.literal('lo')]) }),
    shows: ({ links_left }) => [`links left in host: ${links_left.join(', ')}`],
    says: () => 'A cable has two ends or none: with veth0 the kernel deletes eth0 in ns1 as well, wherever it is and whatever its name.',
  }),
  step({
    title: 'And the namespace',
    tool: 'delete_namespace',
    with: { namespace: 'ns1' },
    sees: z.looseObject({ namespace: z.null() }),
    shows: () => ['ns1 is gone'],
    says: () =>
      'Nothing held it any more: the cable is gone, the probe has ended. Had a process or a link of others still been in it, the call would have refused and named them.',
  }),
  step({
    title: 'Look again',
    tool: 'list_namespaces',
    byHand: ['lsns -t net'],
    sees: z.looseObject({
      namespaces: z.tuple([ListedNamespace.extend({ kind: z.literal('host'), links: z.looseObject({ count: z.literal(1), up: z.number() }) })]),
    }),
    shows: ({ namespaces }) => namespaces.map(namespaceLine),
    says: () => 'As in the first step: one namespace, and in it lo. When the client leaves now, the sandbox goes too.',
  }),
];
