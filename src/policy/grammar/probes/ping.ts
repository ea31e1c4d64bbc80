// The grammar of ping: a bounded number of small packets at an ordinary pace to one host.
import { no, none, type Program } from '../table.js';
import { ADDRESS, DEVICE, either, HOST, number, oneOf } from '../values.js';
import { FAMILY } from './common.js';

const FLOODS = 'it floods, and pace and number of packets are bounded here';

export const PING: Program = {
  name: 'ping',
  package: 'iputils-ping',
  says: 'Asks one host for ICMP echoes: 4 unless -c says otherwise.',
  effect: 'probe',
  // The file capability of the program does not count without new privileges.
  capabilities: ['net_raw'],
  forced: { '-n': ['-n'] },
  defaults: { '-c': ['-c', '4'] },
  place: {
    style: 'getopt',
    terms: [
      ...FAMILY,
      { name: '-n' },
      { name: '-c', values: [number(1, 50, 'a count')] },
      { name: '-i', values: [number(0.2, 10, 'seconds', 3)] },
      { name: '-W', values: [number(0.1, 10, 'seconds', 3)] },
      { name: '-w', values: [number(1, 60, 'seconds')] },
      { name: '-s', values: [number(0, 9000, 'a size in bytes')] },
      { name: '-t', values: [number(1, 255, 'a TTL')] },
      { name: '-M', values: [oneOf(['do', 'want', 'dont'])] },
      { name: '-Q', values: [number(0, 255, 'a traffic class')] },
      { name: '-I', values: [either(ADDRESS, DEVICE)] },
      { name: '-q' },
      { name: '-v' },
      { name: '-D' },
      { name: '-O' },
      ...none(['-f', '-l', '-A'], FLOODS),
      no('-b', 'one host answers, not a network'),
      no('-p', 'packets carry no content of yours'),
      no('-m', 'it sets a firewall mark'),
    ],
    operands: [{ type: HOST }],
  },
};
