// The grammar of wireguard-go: one link, made and carried by a process; keys and peers come over its socket.
import { no } from '../table.js';
import { pattern } from '../values.js';
import { LEAVES, type ServiceProgram } from './common.js';

export const WIREGUARD_GO: ServiceProgram = {
  name: 'wireguard-go',
  package: 'wireguard-go',
  says: 'Makes a wireguard link and carries it, where the kernel has none; it goes with the service.',
  effect: 'serve',
  capabilities: ['net_admin'],
  forced: { '-f': ['-f'] },
  // Its socket is /run/wireguard/LINK.sock, where wg(8) looks for it.
  keepsUser: true,
  sharesRun: true,
  place: {
    style: 'exact',
    terms: [{ name: '-f', aliases: ['--foreground'] }, no('-b', LEAVES, '--background')],
    operands: [{ type: pattern('a name for the link', /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/) }],
  },
};
