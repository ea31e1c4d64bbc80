// npm start: from a fresh clone to the guided tour in one command.
import { demandPlatform, ensureBuilt, ensureInstalled, run } from './steps.mjs';

demandPlatform();
await ensureInstalled();
await ensureBuilt();
const { code } = await run(process.execPath, ['dist/netns-mcp.js', 'tour', '--sandbox', ...process.argv.slice(2)]);
process.exitCode = code;
