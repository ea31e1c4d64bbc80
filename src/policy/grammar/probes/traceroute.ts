// The grammar of traceroute (Butskoy's, Debian package traceroute): bounded hops and probes to one host, no modules.
import { no, none, type Program, type Term } from '../table.js';
import { ADDRESS, DEVICE, HOST, number, PORT } from '../values.js';
import { FAMILY } from './common.js';

const method = (...names: [string, ...string[]]): Term => ({ name: names[0], aliases: names.slice(1), group: 'method', capabilities: ['net_raw'] });

export const TRACEROUTE: Program = {
  name: 'traceroute',
  package: 'traceroute',
  says: 'Traces the hops to one host.',
  effect: 'probe',
  forced: { '-n': ['-n'] },
  place: {
    style: 'getopt',
    terms: [
      ...FAMILY,
      { name: '-n' },
      method('-I', '--icmp'),
      method('-T', '--tcp'),
      { name: '-U', aliases: ['--udp'], group: 'method' },
      { name: '-F', aliases: ['--dont-fragment'] },
      { name: '-e', aliases: ['--extensions'] },
      { name: '-f', aliases: ['--first'], values: [number(1, 64, 'a hop')] },
      { name: '-m', aliases: ['--max-hops'], values: [number(1, 64, 'hops')] },
      { name: '-q', aliases: ['--queries'], values: [number(1, 5, 'probes per hop')] },
      { name: '-w', aliases: ['--wait'], values: [number(0.1, 10, 'seconds', 3)] },
      { name: '-N', aliases: ['--sim-queries'], values: [number(1, 16, 'probes at once')] },
      { name: '-p', aliases: ['--port'], values: [PORT] },
      { name: '-t', aliases: ['--tos'], values: [number(0, 255, 'a traffic class')] },
      { name: '-i', aliases: ['--interface'], values: [DEVICE], capabilities: ['net_raw'] },
      { name: '-s', aliases: ['--source'], values: [ADDRESS] },
      no('-M', 'it loads modules, by path too; -I, -T and -U are the methods', '--module'),
      no('-O', 'it hands options to modules', '--options'),
      no('-A', 'it asks routing registries on the internet', '--as-path-lookups'),
      no('-g', 'it has others route the packets', '--gateway'),
      no('-r', 'it goes past the routing that is to be seen'),
      ...none(['-D', '-P', '--dccp', '--protocol', '--fwmark', '--sport', '-d', '-z', '-l'], 'it is not on the list'),
    ],
    operands: [{ type: HOST }, { type: number(28, 9000, 'a packet length in bytes'), least: 0 }],
  },
};
