// The grammar of bird: one configuration, whose language routes and filters and cannot run programs.
import { no, none } from '../table.js';
import { EXECUTES, fileOf, type ServiceProgram, USERS, WRITES } from './common.js';

export const BIRD: ServiceProgram = {
  name: 'bird',
  package: 'bird2',
  says: 'Runs the routing protocols of one configuration file (BGP, OSPF, RIP, Babel, BFD).',
  effect: 'serve',
  capabilities: ['net_admin', 'net_raw', 'net_bind_service'],
  forced: { '-d': ['-d'], '-s': ['-s', '/run/bird.ctl'] },
  place: {
    style: 'exact',
    terms: [
      { name: '-c', values: [fileOf('bird')] },
      { name: '-d' },
      { name: '-f', writes: [] },
      no('-s', 'its socket has a place of its own'),
      no('-l', EXECUTES),
      ...none(['-D', '-P'], WRITES),
      ...none(['-u', '-g'], USERS),
    ],
  },
};
