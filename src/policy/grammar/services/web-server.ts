// The grammar of web-server, this server's own: it answers every request on one port with one line of text and who asked.
import { ADDRESS, number, pattern } from '../values.js';
import type { ServiceProgram } from './common.js';

export const WEB_SERVER: ServiceProgram = {
  name: 'web-server',
  package: 'nodejs',
  says: 'Built in: answers every HTTP request with one line of text and the address that asked.',
  effect: 'serve',
  capabilities: ['net_bind_service'],
  defaults: { '--address': ['--address', '0.0.0.0'] },
  place: {
    style: 'getopt',
    terms: [
      { name: '--address', values: [ADDRESS] },
      { name: '--says', values: [pattern('a text of printable ASCII', /^[ -~]{1,200}$/)] },
    ],
    operands: [{ type: number(1, 65_535, 'a port') }],
  },
};
