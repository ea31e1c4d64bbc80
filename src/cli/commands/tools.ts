// netns-mcp tools
import { listableOf, offered } from '../../server/call/registry.js';
import { annotationsOf } from '../../server/mcp/result.js';
import { jsonSchemaOf } from '../../server/mcp/schema.js';
import type { Invocation } from '../commands.js';
import { columns, EXIT, painter, print, printJson, usesColor } from '../output.js';
import { servicesFor } from '../services.js';

/** The tools that are offered under these settings. @throws NetnsError POLICY_INVALID. */
export async function tools(invocation: Invocation): Promise<number> {
  const services = await servicesFor(invocation);
  const listed = offered(
    services.tools.map((tool) => ({ ...listableOf(tool), tool })),
    services,
  ).map(({ tool }) => tool);
  if (invocation.json) {
    printJson(
      listed.map((tool) => ({
        name: tool.name,
        title: tool.title,
        description: tool.description,
        toolset: tool.toolset,
        effect: tool.effect,
        annotations: annotationsOf(tool),
        inputSchema: jsonSchemaOf(tool.input, 'input'),
        outputSchema: jsonSchemaOf(tool.output, 'output'),
      })),
    );
    return EXIT.done;
  }
  const paint = painter(usesColor());
  for (const toolset of new Set(listed.map((tool) => tool.toolset))) {
    const rows = listed.filter((tool) => tool.toolset === toolset).map(({ name, effect, title }) => [name, effect, title]);
    print(`${paint('bold', toolset)}\n${columns(rows, '  ')}`);
  }
  const hidden = services.tools.filter((tool) => listableOf(tool).when !== 'never').length - listed.length;
  print(
    `\nPolicy ${services.policy.name}${invocation.settings.readOnly ? ', read-only' : ''}: ${listed.length} tools${hidden > 0 ? `, ${hidden} left out` : ''}. ` +
      "Try: netns-mcp call list_namespaces '{}'",
  );
  return EXIT.done;
}
