// The word for those who start the program where there is no Linux kernel.

const NAMES: Readonly<Record<string, string>> = { darwin: 'macOS', win32: 'Windows' };

/** null on Linux. */
export function wordForOtherPlatforms(platform: NodeJS.Platform): string | null {
  if (platform === 'linux') return null;
  const client = { mcpServers: { netns: { command: 'ssh', args: ['HOST', 'netns-mcp', 'serve'] } } };
  return [
    `netns-mcp is a Linux server: it works on the network namespaces of a Linux kernel, and ${NAMES[platform] ?? platform} has none.`,
    '',
    'Two ways to use it from here:',
    '1. Run it on a Linux host over SSH. The client stays here; its configuration names ssh as the command:',
    `   ${JSON.stringify(client)}`,
    '   (SSH must log in without a question: a key and an agent. On the host: Node 20.19 or newer, iproute2, and netns-mcp installed.)',
    '2. Run it in a Linux VM on this machine (Lima, Multipass, UTM, WSL 2 …), the client reaching it by SSH as above,',
    '   or by the VM\'s own way to start a command, e.g. {"command": "wsl", "args": ["netns-mcp", "serve"]}.',
  ].join('\n');
}
