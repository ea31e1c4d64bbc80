// The end of the tour: what outlives a reboot, and how to go on with a client of one's own.
import { realpathSync } from 'node:fs';
import { shellQuote } from '../../../model/text.js';
import { painter } from '../../output.js';
import { columnOf, paragraph } from './page.js';

interface Launch {
  command: string;
  args: string[];
}

/** How a client starts this program: by its own path, so that it is surely this one. */
function launchOf(program: string, ...rest: string[]): Launch {
  return { command: 'node', args: [realpathSync(program), ...rest] };
}

/** A configuration in the usual layout, its arguments on one line. */
function configuration(outer: string, launch: Record<string, unknown>): string {
  const text = JSON.stringify({ [outer]: { netns: launch } }, null, 2);
  return text.replace(/\[\s+([^\]]*?)\s+\]/g, (_, items: string) => `[${items.replace(/\n\s*/g, ' ')}]`);
}

/** The configuration of each client, as it is to be pasted. */
function snippets(program: string): { client: string; where: string; text: string }[] {
  const launch = launchOf(program, 'serve', '--sandbox');
  return [
    {
      client: 'Claude Code',
      where: 'in a shell',
      text: `claude mcp add --transport stdio netns -- ${[launch.command, ...launch.args].map(shellQuote).join(' ')}`,
    },
    { client: 'Claude Desktop', where: 'claude_desktop_config.json', text: configuration('mcpServers', { ...launch }) },
    { client: 'VS Code', where: '.vscode/mcp.json', text: configuration('servers', { type: 'stdio', ...launch }) },
    { client: 'Cursor', where: '.cursor/mcp.json', text: configuration('mcpServers', { ...launch }) },
  ];
}

/** What can make a network again at the next boot. */
const SURVIVORS: readonly (readonly [string, string])[] = [
  ['systemd-networkd', 'In /etc/systemd/network a .netdev file makes a veth pair (Kind=veth), .network files give addresses and routes.'],
  [
    'ifupdown',
    'The older way of Debian: /etc/network/interfaces gives addresses, and every script in /etc/network/if-up.d runs when a link is brought up; there the commands of this tour can stand.',
  ],
  ['namespaces', 'Neither makes named ones. A systemd unit of your own does, one that runs ip netns add and then the rest.'],
];
const NAME_WIDTH = 18;

/** For a person. */
export function endingPage(program: string, color: boolean): string {
  const paint = painter(color);
  const heading = (text: string) => paint('bold', text);
  const real = launchOf(program, 'serve', '--policy', 'observe');
  return [
    heading('Why none of this survives a reboot, and what does'),
    '',
    paragraph(
      'Links, addresses, routes and namespaces live in the memory of the running kernel; ip changes that and writes no file. Even the names go: /run is a tmpfs. What is to be there after the next boot has to be made again by something that starts then:',
    ),
    '',
    ...SURVIVORS.flatMap(([name, says]) => columnOf(name, NAME_WIDTH, says)),
    '',
    '',
    heading('Let your assistant do it'),
    '',
    paragraph('Paste one of these. They start the server in the sandbox, as here: nothing of this machine can be changed from there.'),
    ...snippets(program).flatMap(({ client, where, text }) => ['', `    ${paint('bold', client)}, ${where}:`, '', paint('cyan', text.replace(/^/gm, '    '))]),
    '',
    paragraph(
      'For the network of a real host leave --sandbox out and start as root. Begin with a policy that only looks, and let the client run (sudo must not ask for a password):',
    ),
    '',
    `    ${paint('cyan', [...['sudo', real.command], ...real.args].map(shellQuote).join(' '))}`,
    '',
    paragraph(
      'Policy lab, the default, also changes namespaces that the server itself made; operate asks you before it changes the host. From macOS or Windows let the client run ssh, with HOST and these words as its arguments. netns-mcp doctor tells what works on a host.',
    ),
  ].join('\n');
}
