// The grammar of iperf3 as a server: it answers throughput tests, and reads and writes no files.
import { no, none } from '../table.js';
import { ADDRESS, number, oneOf, PORT } from '../values.js';
import { LEAVES, type ServiceProgram, WRITES } from './common.js';

const FILES = 'it reads a file';

export const IPERF3: ServiceProgram = {
  name: 'iperf3',
  package: 'iperf3',
  says: 'Answers throughput tests (iperf3 -s).',
  effect: 'serve',
  capabilities: ['net_bind_service'],
  forced: { '-s': ['-s'], '--forceflush': ['--forceflush'] },
  place: {
    style: 'getopt',
    terms: [
      { name: '-s', aliases: ['--server'] },
      { name: '--forceflush' },
      { name: '-p', aliases: ['--port'], values: [PORT] },
      { name: '-B', aliases: ['--bind'], values: [ADDRESS] },
      { name: '-i', aliases: ['--interval'], values: [number(0.1, 60, 'seconds', 1)] },
      { name: '-f', aliases: ['--format'], values: [oneOf(['k', 'm', 'g', 't', 'K', 'M', 'G', 'T'])] },
      { name: '-J', aliases: ['--json'] },
      { name: '-V', aliases: ['--verbose'] },
      { name: '-1', aliases: ['--one-off'] },
      { name: '-4', group: 'family' },
      { name: '-6', group: 'family' },
      no('-c', 'it is a client', '--client'),
      no('-D', LEAVES, '--daemon'),
      ...none(['-I', '--pidfile', '--logfile'], WRITES),
      ...none(['-F', '--file', '--rsa-private-key-path', '--authorized-users-path'], FILES),
    ],
  },
};
