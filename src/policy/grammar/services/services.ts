// The closed list of programs that start_service may run, and the one door through which their command lines are judged.
import { fail } from '../../../model/errors.js';
import { nearest, visible } from '../../../model/text.js';
import { usageLines } from '../describe.js';
import { readCommand } from '../engine.js';
import { demandPlainWords } from '../grammar.js';
import { SERVICE_PROGRAMS, type ServiceName } from '../names.js';
import type { ParsedCommand } from '../table.js';
import { BIRD } from './bird.js';
import type { ServiceProgram } from './common.js';
import { DNSMASQ } from './dnsmasq.js';
import { IPERF3 } from './iperf3.js';
import { OPENVPN } from './openvpn.js';
import { WEB_SERVER } from './web-server.js';
import { WIREGUARD_GO } from './wireguard-go.js';

const PROGRAMS: Readonly<Record<ServiceName, ServiceProgram>> = {
  'web-server': WEB_SERVER,
  iperf3: IPERF3,
  dnsmasq: DNSMASQ,
  bird: BIRD,
  'wireguard-go': WIREGUARD_GO,
  openvpn: OPENVPN,
};

const ROUTING = 'Use bird: it takes no privilege with which a process can leave its namespace.';
const WEB = 'Use web-server PORT --says TEXT.';

/** What to use instead of programs that people ask for. */
const INSTEAD: Readonly<Record<string, string>> = {
  bgpd: ROUTING,
  frr: ROUTING,
  ospfd: ROUTING,
  zebra: ROUTING,
  busybox: WEB,
  nginx: WEB,
  python3: WEB,
  sh: 'No shell is ever run: give the program and its arguments as separate words.',
  wireguard: 'Use wireguard-go LINK.',
};

const isService = (name: string): name is ServiceName => Object.hasOwn(PROGRAMS, name);

/** A service's command, as it runs. */
export interface ServiceCommand extends ParsedCommand {
  keepsUser: boolean;
  sharesRun: boolean;
  /** Files of the host that it reads. */
  files: string[];
}

/**
 * Judges the command line of a service by the grammar of its program.
 * @throws NetnsError COMMAND_REFUSED, with `details` {program, word, allowed}.
 */
export function parseService(argv: readonly string[]): ServiceCommand {
  const [name = '', ...words] = argv;
  if (!isService(name)) return refuseProgram(name);
  demandPlainWords(name, words);
  const { keepsUser = false, sharesRun = false } = PROGRAMS[name];
  const command = readCommand(PROGRAMS[name], words);
  return { ...command, keepsUser, sharesRun, files: command.argv.filter((word) => word.startsWith('/etc/')) };
}

function refuseProgram(name: string): never {
  const shown = visible(name.slice(0, 80));
  const near = nearest(name, SERVICE_PROGRAMS, 1)[0];
  const list = `Services: ${SERVICE_PROGRAMS.join(', ')}. What reads or probes and ends by itself is for exec_in_namespace.`;
  const instead = Object.hasOwn(INSTEAD, name) ? INSTEAD[name] : undefined;
  const hint = instead ?? (near === undefined ? list : `Did you mean ${near}? ${list}`);
  return fail('COMMAND_REFUSED', `Program "${shown}" is not on the list of services.`, hint, {
    program: shown,
    word: shown,
    allowed: SERVICE_PROGRAMS,
  });
}

/** What a service may be asked, in short lines; the first says what it is for. Empty for a program that is not on the list. */
export function describeService(name: string): string[] {
  if (!isService(name)) return [];
  const program = PROGRAMS[name];
  return [`${program.says} Package ${program.package}; needs ${program.capabilities?.join(', ') ?? 'no capability'}.`, ...usageLines(program)];
}
