// The grammar of tracepath: the path and its MTU to one host.
import type { Program } from '../table.js';
import { HOST, number, PORT } from '../values.js';
import { FAMILY } from './common.js';

export const TRACEPATH: Program = {
  name: 'tracepath',
  package: 'iputils-tracepath',
  says: 'Traces the path to one host and finds its MTU; needs no privilege.',
  effect: 'probe',
  forced: { '-n': ['-n'] },
  place: {
    style: 'getopt',
    terms: [
      ...FAMILY,
      { name: '-n' },
      { name: '-l', values: [number(28, 9000, 'a packet length in bytes')] },
      { name: '-m', values: [number(1, 64, 'hops')] },
      { name: '-p', values: [PORT] },
      { name: '-b', refuse: 'it asks name servers about every hop' },
    ],
    operands: [{ type: HOST }],
  },
};
