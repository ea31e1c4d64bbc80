// The tour, third part: both ends reach each other.
import { z } from 'zod';
import { having, Link, linkLine, Probed, probeLines, UpLink } from './sights.js';
import { step } from './step.js';

const isByPing = (method: string) => method.includes('(ping)');

export const REACH_ACROSS = [
  step({
    title: 'Give the moved end its address again',
    tool: 'change_address',
    with: { action: 'add', namespace: 'ns1', link: 'veth1', address: '10.0.0.2/24' },
    sees: z.looseObject({ link: having(Link, '10.0.0.2/24') }),
    shows: ({ link }) => [linkLine(link)],
    says: () =>
      'The same address, now an entry in ns1. ip -n ns1 is short for: enter ns1, then run ip. The route to 10.0.0.0/24 does not come with it yet; the kernel adds that when the link comes up.',
  }),
  step({
    title: 'Bring it up',
    tool: 'set_link',
    with: { namespace: 'ns1', link: 'veth1', up: true },
    sees: z.looseObject({ link: having(UpLink, '10.0.0.2/24') }),
    shows: ({ link }) => [linkLine(link)],
    says: () => 'UP here, and by that UP at the end that stayed as well: both ends are up again, so both have carrier.',
  }),
  step({
    title: 'From host to ns1',
    tool: 'check_reachability',
    with: { from: 'host', to: '10.0.0.2', count: 2 },
    byHand: ['ping -c 2 10.0.0.2'],
    sees: Probed,
    shows: probeLines,
    says: ({ method }) =>
      `10.0.0.2 is no longer an address of host, so the packets went through the cable: this time it is a proof. ${
        isByPing(method)
          ? 'The answer is typed, numbers and reasons; nobody has to read the output of ping.'
          : 'There is no ping on this machine, so the built-in prober took over: it sends a datagram to a port that nobody listens on, and the ICMP error that comes back is the answer.'
      }`,
  }),
  step({
    title: 'From ns1 to host',
    tool: 'check_reachability',
    with: { from: 'ns1', to: '10.0.0.1', count: 2 },
    byHand: ['ip netns exec ns1 ping -c 2 10.0.0.1'],
    sees: Probed,
    shows: probeLines,
    says: () =>
      'And the other way round. Each answer has come back over the cable, so both directions worked twice; yet it is worth asking from both sides, for each namespace has its own routes and its own firewall, and those care who begins.',
  }),
];
