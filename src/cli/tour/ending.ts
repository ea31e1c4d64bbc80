// The end of the tour: what outlives a reboot, and how to go on with a client of one's own.
import { realpathSync } from 'node:fs';
import { shellQuote } from '../../model/text.js';
import { painter } from '../output.js';
import { paragraph } from './page.js';

interface Launch {
  command: string;
  args: string[];
}

/** How a client starts this program: by npx where a package manager has brought it, else by its own path, as in a clone. */
export function launchOf(program: string, ...rest: string[]): Launch {
  const file = realpathSync(program);
  if (file.includes('/node_modules/')) return { command: 'npx', args: ['-y', 'netns-mcp', ...rest] };
  return { command: 'node', args: [file, ...rest] };
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);

/** A JSON object of one entry, its launch on one line. */
function entry(outer: string, launch: Record<string, unknown>): string {
  const inner = JSON.stringify(launch).replace(/":/g, '": ').replace(/,"/g, ', "').replace(/^\{/, '{ ').replace(/\}$/, ' }');
  return json({ [outer]: { netns: 0 } }).replace('0', () => inner);
}

/** The configuration of each client, as it is to be pasted. */
export function snippets(program: string): { client: string; where: string; text: string }[] {
  const launch = launchOf(program, 'serve', '--sandbox');
  return [
    {
      client: 'Claude Code',
      where: 'in a shell',
      text: `claude mcp add --transport stdio netns -- ${[launch.command, ...launch.args].map(shellQuote).join(' ')}`,
    },
    { client: 'Claude Desktop', where: 'claude_desktop_config.json', text: entry('mcpServers', { ...launch }) },
    { client: 'VS Code', where: '.vscode/mcp.json', text: entry('servers', { type: 'stdio', ...launch }) },
    { client: 'Cursor', where: '.cursor/mcp.json', text: entry('mcpServers', { ...launch }) },
  ];
}

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
    paragraph('systemd-networkd makes a veth pair from a .netdev file (Kind=veth) and gives addresses from .network files, both in /etc/systemd/network.'),
    paragraph(
      'ifupdown, the older way of Debian, gives addresses from /etc/network/interfaces and runs each script in /etc/network/if-up.d when a link comes up; there your own ip commands can stand.',
    ),
    paragraph('Named namespaces are made by neither. A systemd unit that runs ip netns add before them does it.'),
    '',
    heading('Let your assistant do it'),
    '',
    paragraph('Paste one of these. They start the server in the sandbox, as in this tour: it can do no harm there.'),
    ...snippets(program).flatMap(({ client, where, text }) => ['', `    ${client} ${paint('dim', `(${where})`)}`, paint('cyan', text.replace(/^/gm, '    '))]),
    '',
    paragraph(
      `For the network of a real host leave --sandbox out and start as root, with a policy that only looks at first: ${[...['sudo', real.command], ...real.args].map(shellQuote).join(' ')} (as the client's command; sudo must not ask for a password). Policy lab then allows changes in namespaces that the server made, operate asks you before it changes the host.`,
    ),
    '',
    paragraph('From macOS or Windows: command ssh, with the arguments HOST and then the same words. netns-mcp doctor tells what works on a host.'),
  ].join('\n');
}
