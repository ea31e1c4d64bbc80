// npm start: from a fresh clone to the guided tour in one command.
import { demandLinux, ensureBuilt, ensureInstalled, run } from './steps.mjs';

demandLinux();
await ensureInstalled();
await ensureBuilt();
const { code } = await run(process.execPath, ['dist/netns-mcp.js', 'tour', '--sandbox', ...process.argv.slice(2)]);
process.exitCode = code;
